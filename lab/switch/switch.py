"""The switch's door: what happens on SIP legs, at the registrar and in time goes in; wishes come out."""

from dataclasses import dataclass

from csta.causes import EventCause
from csta.messages import Request
from csta.states import ConnectionState
from lab.switch.call import Call, Party
from lab.switch.delivery import Delivery
from lab.switch.exchange import Exchange
from lab.switch.plan import Feature, NumberPlan
from lab.switch.seats import Seats
from lab.switch.services import Answer, Deed, Services, initiate, originate
from lab.switch.wishes import CallerID, Hear, Refuse, Tone, Wish

CAUSE_OF_STATUS = {
    408: EventCause.CALL_NOT_ANSWERED,
    480: EventCause.CALL_NOT_ANSWERED,
    486: EventCause.BUSY,
    600: EventCause.BUSY,
    603: EventCause.BLOCKED,
    607: EventCause.BLOCKED,
}
"""Why a delivery failed, by the phone's final status; any other means that the phone is out of order."""


@dataclass(frozen=True, slots=True)
class CallView:
    """One call for the log and for people: its identifier and (device, state) of each party."""

    call_id: str
    parties: tuple[tuple[str, str], ...]


class Switch:
    """A call-switching PBX without I/O: deterministic, with ``now`` (Unix seconds) where time matters.

    After each method, `take_wishes` gives what is to be done, in order.
    """

    def __init__(self, plan: NumberPlan, epoch: int = 0) -> None:
        self._exchange = Exchange(plan, epoch)
        self._delivery = Delivery(self._exchange)
        self._seats = Seats(self._exchange)
        self._services = Services(self._exchange, self._delivery, self._seats)

    @property
    def plan(self) -> NumberPlan:
        """The number plan."""
        return self._exchange.plan

    def take_wishes(self) -> list[Wish]:
        """The wishes since the last time, oldest first."""
        wishes, self._exchange.wishes = self._exchange.wishes, []
        return wishes

    def calls(self) -> tuple[CallView, ...]:
        """All calls, oldest first."""
        return tuple(
            CallView(call.call_id, tuple((party.device, str(party.state)) for party in call.parties()))
            for call in self._exchange.calls.values()
        )

    def registered(self, number: str) -> None:
        """A phone registered at extension ``number``."""
        self._exchange.registered.add(number)

    def unregistered(self, number: str) -> None:
        """No phone is registered at ``number`` any more; a call in progress there goes on."""
        self._exchange.registered.discard(number)

    def attend(self, pilots: frozenset[str]) -> None:
        """Tell which pilots are monitored by an application: their calls wait for it instead of hunting."""
        self._exchange.attended = pilots

    def perform(self, request: Request, now: float) -> tuple[Answer, Deed]:
        """Answer a CSTA service request; do the deed after sending the answer, then take the wishes."""
        return self._services.perform(request, now)

    def arrived(self, leg: str, caller: CallerID, dialled: str, now: float) -> None:
        """An INVITE for ``dialled`` came in on ``leg`` from ``caller``."""
        exchange = self._exchange
        feature = exchange.plan.features.get(dialled)
        if feature is None and dialled not in exchange.plan.devices():
            exchange.wish(Refuse(leg, 404, "Not Found"))
            return
        extension = exchange.plan.extensions.get(caller.number)
        if caller.number in exchange.plan.pilots or (extension is not None and not exchange.is_free(caller.number)):
            exchange.wish(Refuse(leg, 486, "Busy Here"))
            return
        party = Party(caller.number, ConnectionState.INITIATED, name=caller.name, leg=leg)
        call = Call(exchange.new_call_id(), party, dialled)
        exchange.calls[call.call_id] = call
        exchange.add_leg(leg, call)
        initiate(exchange, call, EventCause.NEW_CALL)
        originate(exchange, call, EventCause.NEW_CALL)
        if feature is None:
            self._delivery.deliver(call, dialled, EventCause.NEW_CALL, now)
        else:
            self._feature(call, leg, feature, now)

    def _feature(self, call: Call, leg: str, feature: Feature, now: float) -> None:
        """Obey a feature code: a call with the switch itself, which keeps the phone busy while the tone sounds."""
        if self._seats.feature(call.caller.device, feature):
            call.deadline = now + self.plan.timers.confirmation
            self._exchange.wish(Hear(leg, Tone.CONFIRMATION))
            return
        self._exchange.wish(Refuse(leg, 403, "Not Permitted Here"))
        self._exchange.drop_leg(call.caller, hang_up=False)
        self._delivery.clear(call, call.caller, EventCause.BLOCKED)

    def progressed(self, leg: str) -> None:
        """The phone on an outgoing ``leg`` rings (18x)."""
        call = self._exchange.legs.get(leg)
        if call is not None and call.target is not None and call.target.leg == leg:
            self._delivery.alerting(call)

    def answered(self, leg: str, now: float) -> None:
        """The phone on an outgoing ``leg`` was answered (2xx)."""
        call = self._exchange.legs.get(leg)
        if call is None:
            return
        if call.caller.leg == leg:
            self._caller_prompted(call, now)
        else:
            self._delivery.answered(call)

    def _caller_prompted(self, call: Call, now: float) -> None:
        if call.caller.state is ConnectionState.INITIATED:
            call.caller.answered = True
            originate(self._exchange, call, EventCause.MAKE_CALL)
            self._delivery.deliver(call, call.called, EventCause.NEW_CALL, now)

    def refused(self, leg: str, status: int, now: float) -> None:
        """The phone on an outgoing ``leg`` refused, or could not be reached (the transaction layer's 408, 503)."""
        call = self._exchange.legs.get(leg)
        if call is None:
            return
        cause = CAUSE_OF_STATUS.get(status, EventCause.DEST_OUT_OF_ORDER)
        if call.target is not None and call.target.leg == leg:
            self._delivery.fail(call, cause, now, hang_up=False)
        else:
            self._exchange.drop_leg(call.caller, hang_up=False)
            self._delivery.clear(call, call.caller, cause)

    def ended(self, leg: str) -> None:
        """The far end of ``leg`` hung up (BYE, CANCEL) or is gone."""
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is not None and party is not None:
            self._exchange.drop_leg(party, hang_up=False)
            self._delivery.clear(call, party, EventCause.NORMAL_CLEARING)

    def broken(self, leg: str, now: float) -> None:
        """The media of ``leg`` cannot be joined: a delivery under way fails, an answered call is of no use and ends."""
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is not None and party is not None and party.state is ConnectionState.ALERTING:
            self._delivery.fail(call, EventCause.INCOMPATIBLE_DESTINATION, now)
        elif call is not None and party is not None:
            self._delivery.clear(call, party, EventCause.INCOMPATIBLE_DESTINATION)

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        calls = (call.deadline for call in self._exchange.calls.values() if call.deadline is not None)
        return min(calls, default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due: end rings without answer, hunt for unattended calls, end the calls of feature codes."""
        for call in [call for call in self._exchange.calls.values() if call.deadline is not None]:
            if call.deadline is not None and call.deadline <= now:
                self._due(call, now)

    def _due(self, call: Call, now: float) -> None:
        call.deadline = None
        if call.target is None:
            confirmed = call.called in self.plan.features
            cause = EventCause.NORMAL_CLEARING if confirmed else EventCause.CALL_NOT_ANSWERED
            self._delivery.clear(call, call.caller, cause)
        elif call.target.state is ConnectionState.QUEUED:
            self._delivery.hunt(call, now)
        elif call.target.state is ConnectionState.ALERTING:
            self._delivery.fail(call, EventCause.CALL_NOT_ANSWERED, now)
