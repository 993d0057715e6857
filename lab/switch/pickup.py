"""Taking a call that rings or waits elsewhere, and parking one: pick-up, group pick-up, park (ECMA-269 17.1)."""

from csta.causes import EventCause
from csta.states import ConnectionState
from lab.switch.call import Call, Party
from lab.switch.delivery import Delivery
from lab.switch.exchange import Exchange

_S = ConnectionState


class Pickup:
    """Moves calls of one exchange to who takes them."""

    def __init__(self, exchange: Exchange, delivery: Delivery) -> None:
        self._exchange = exchange
        self._delivery = delivery

    def can_pick(self, call: Call, device: str) -> bool:
        """Whether the call rings, or waits (queued or parked), and ``device`` is not in it."""
        target = call.target
        return target is not None and target.state in {_S.ALERTING, _S.QUEUED} and call.party(device) is None

    def ringing_at(self, device: str) -> Call | None:
        """The oldest call that rings, or waits, at a device."""
        return next((call for call in self._exchange.calls_at(device) if _at(call, device)), None)

    def ringing_in_group(self, device: str) -> Call | None:
        """The oldest call that rings at a member of the device's pick-up group."""
        extensions = self._exchange.plan.extensions
        group = extensions[device].pickup_group if device in extensions else None
        members = {number for number, one in extensions.items() if group is not None and one.pickup_group == group}
        ringing = (
            call
            for call in self._exchange.calls.values()
            if call.target is not None
            and call.target.state is _S.ALERTING
            and call.target.device in members - {device}
            and call.party(device) is None
        )
        return next(ringing, None)

    def pick(self, call: Call, device: str, leg: str | None) -> None:
        """Bring the call to ``device``, over ``leg`` where its phone is on the line already, else by ringing it.

        A phone that is rung is asked to answer by itself. Diverted and Established tell of it, no Delivered.
        """
        target = call.target
        if target is None:
            return
        if target.device != device:  # else it was parked here
            self._delivery.take_away(call, target, device, EventCause.CALL_PICKUP)
            target = Party(device, _S.ALERTING, name=self._exchange.plan.extensions[device].name)
            call.aim(target)
        call.pilot = None
        call.hunting = False
        if leg is None:
            call.deadline = self._exchange.now + self._exchange.plan.timers.no_answer
            self._delivery.invite(call, target, EventCause.CALL_PICKUP, prompt=True)
            return
        target.leg = leg
        call.redirected_by = EventCause.CALL_PICKUP
        self._exchange.add_leg(leg, call)
        self._delivery.answered(call)

    def park(self, call: Call, party: Party, device: str, now: float) -> None:
        """Let the other party of a connected call wait at ``device``; after a while it rings where it was parked."""
        parker = party.device
        self._delivery.take_away(call, party, device, EventCause.PARK)
        call.parked_by = parker
        call.pilot = None
        self._delivery.park(call, device, now)

    def recall(self, call: Call, now: float) -> None:
        """Nobody fetched a parked call: it rings at who parked it."""
        parker = call.parked_by
        if parker is not None:
            self._delivery.divert(call, parker, EventCause.RECALL, now)


def _at(call: Call, device: str) -> bool:
    return call.target is not None and call.target.device == device and call.target.state in {_S.ALERTING, _S.QUEUED}
