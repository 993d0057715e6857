"""The switch's door: what happens on SIP legs, at the registrar and in time goes in; wishes come out."""

from dataclasses import dataclass

from csta.causes import EventCause
from csta.messages import Request
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.board import Board
from lab.switch.call import Call, Party
from lab.switch.exchange import Exchange
from lab.switch.features import Features, Obeyed
from lab.switch.plan import Feature, NumberPlan
from lab.switch.services import Outcome, Services
from lab.switch.wishes import CallerID, Refuse, Tone, Wish

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
        self._exchange = exchange = Exchange(plan, epoch)
        board = Board.of(exchange)
        self._seats = board.seats
        self._delivery = board.delivery
        self._holding = board.holding
        self._pickup = board.pickup
        self._features = Features(board)
        self._services = Services(board)

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
            CallView(call.call_id, tuple((party.device, str(party.state)) for party in call.parties))
            for call in self._exchange.calls.values()
        )

    def registered(self, number: str) -> None:
        """A phone registered at extension ``number``; one that was gone is told to be back in service."""
        self._exchange.registered.add(number)
        if number in self._exchange.out_of_service:
            self._exchange.out_of_service.discard(number)
            reports.service(self._exchange, number, in_service=True)
        self._exchange.stir()

    def unregistered(self, number: str) -> None:
        """No phone is registered at ``number`` any more, it is out of service; a call in progress there goes on."""
        if number in self._exchange.registered:
            self._exchange.registered.discard(number)
            self._exchange.out_of_service.add(number)
            reports.service(self._exchange, number, in_service=False)

    def attend(self, pilots: frozenset[str]) -> None:
        """Tell which pilots are monitored by an application: their calls wait for it instead of hunting."""
        self._exchange.attended = pilots

    def perform(self, request: Request, now: float) -> Outcome:
        """Answer a CSTA service request; do the deed after sending the answer, then take the wishes."""
        self._exchange.now = now
        return self._services.perform(request)

    def supported(self) -> frozenset[type[Request]]:
        """The services that `perform` knows; any other is refused with ``serviceNotSupported``."""
        return self._services.supported()

    # ---- what happens on legs

    def arrived(self, leg: str, caller: CallerID, dialled: str, now: float, trunk: str | None = None) -> None:
        """An INVITE for ``dialled`` came in on ``leg`` from ``caller``, from outside by ``trunk``."""
        exchange = self._exchange
        exchange.now = now
        feature = exchange.plan.feature(dialled)
        if feature is None and not exchange.plan.reaches(dialled):
            exchange.wish(Refuse(leg, 404, "Not Found"))
            return
        if dialled == caller.number or not self._may_call(caller.number, feature is not None):
            exchange.wish(Refuse(leg, 486, "Busy Here"))
            return
        party = Party(caller.number, ConnectionState.INITIATED, name=caller.name, leg=leg, trunk=trunk)
        call = Call(exchange.new_call_id(), caller, dialled, [party], feature=feature is not None)
        exchange.open(call)
        reports.initiated(exchange, call, party, EventCause.NEW_CALL)
        party.move(ConnectionState.CONNECTED)
        reports.originated(exchange, call, party, EventCause.NEW_CALL)
        if feature is None:
            if caller.number in exchange.lines:
                exchange.lines[caller.number].dialled = dialled
            self._delivery.deliver(call, dialled, EventCause.NEW_CALL, now)
        else:
            self._obey(call, party, *feature, now)

    def _may_call(self, number: str, feature: bool) -> bool:
        """Whether a phone may begin a call: it is free, or has all its calls on hold, or asks the switch itself."""
        exchange = self._exchange
        if number in exchange.plan.pilots or number in exchange.plan.trunks:
            return False
        if number not in exchange.plan.extensions or feature or exchange.is_free(number):
            return True
        return all(party.state is ConnectionState.HOLD for _, party in exchange.parties_at(number))

    def _obey(self, call: Call, party: Party, feature: Feature, number: str, now: float) -> None:
        """Obey a feature code: a call with the switch itself, which keeps the phone busy while the tone sounds."""
        leg = party.leg
        obeyed = self._features.obey(call, party, feature, number, now)
        if obeyed is Obeyed.TAKEN or leg is None:
            return
        if obeyed is Obeyed.DONE:
            call.deadline = now + self.plan.timers.confirmation
            party.answered = True
            self._exchange.hear(leg, Tone.CONFIRMATION)
            return
        self._exchange.wish(Refuse(leg, 403, "Not Permitted Here"))
        self._exchange.drop_leg(party, hang_up=False)
        self._delivery.clear(call, party, EventCause.BLOCKED)

    def progressed(self, leg: str) -> None:
        """The phone on an outgoing ``leg`` rings (18x)."""
        call = self._exchange.legs.get(leg)
        if call is not None and call.target is not None and call.target.leg == leg:
            self._delivery.alerting(call)

    def answered(self, leg: str, now: float) -> None:
        """The phone on an outgoing ``leg`` was answered (2xx)."""
        self._exchange.now = now
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is None or party is None:
            return
        if party is call.target:
            self._delivery.answered(call)
        elif party.state is ConnectionState.INITIATED:
            party.answered = True
            call.deadline = None
            party.move(ConnectionState.CONNECTED)
            reports.originated(self._exchange, call, party, EventCause.MAKE_CALL)
            self._delivery.deliver(call, call.called, EventCause.NEW_CALL, now)

    def refused(self, leg: str, status: int, now: float) -> None:
        """The phone on an outgoing ``leg`` refused, or could not be reached (the transaction layer's 408, 503)."""
        self._exchange.now = now
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is None or party is None:
            return
        cause = CAUSE_OF_STATUS.get(status, EventCause.DEST_OUT_OF_ORDER)
        if party is call.target:
            self._delivery.fail(call, cause, now, hang_up=False)
        else:
            self._exchange.drop_leg(party, hang_up=False)
            self._delivery.clear(call, party, cause)

    def ended(self, leg: str, now: float) -> None:
        """The far end of ``leg`` hung up (BYE, CANCEL) or is gone: all that its phone had on this leg ends."""
        exchange = self._exchange
        exchange.now = now
        call = exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is None or party is None:
            return
        exchange.drop_leg(party, hang_up=False)
        self._delivery.clear(call, party, EventCause.NORMAL_CLEARING)
        legs = any(other.leg is not None for _, other in exchange.parties_at(party.device))
        for held, mine in exchange.parties_at(party.device) if not legs else []:
            if mine.state is ConnectionState.HOLD and held.call_id in exchange.calls:
                self._delivery.clear(held, mine, EventCause.NORMAL_CLEARING)

    def broken(self, leg: str, now: float) -> None:
        """The media of ``leg`` cannot be joined: a delivery under way fails, an answered call is of no use and ends."""
        self._exchange.now = now
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is not None and party is not None and party is call.target:
            self._delivery.fail(call, EventCause.INCOMPATIBLE_DESTINATION, now)
        elif call is not None and party is not None:
            self._delivery.clear(call, party, EventCause.INCOMPATIBLE_DESTINATION)

    def held(self, leg: str, now: float) -> None:
        """The phone on ``leg`` put its call on hold by re-INVITE."""
        self._exchange.now = now
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is not None and party is not None:
            self._holding.held_at_phone(call, party)

    def resumed(self, leg: str, now: float) -> None:
        """The phone on ``leg`` took its call back by re-INVITE; wishes tell what each side hears from now on."""
        self._exchange.now = now
        call = self._exchange.legs.get(leg)
        party = None if call is None else call.on_leg(leg)
        if call is not None and party is not None:
            self._holding.resumed_at_phone(call, party)

    # ---- time

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        calls = [call.deadline for call in self._exchange.calls.values() if call.deadline is not None]
        work = self._seats.get_timer()
        return min(calls if work is None else [*calls, work], default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due: end rings without answer, hunt for waiting calls, end the calls of feature codes."""
        self._exchange.now = now
        self._seats.handle_timer(now)
        for call in list(self._exchange.calls.values()):
            if call.deadline is not None and call.deadline <= now and call.call_id in self._exchange.calls:
                self._due(call, now)

    def _due(self, call: Call, now: float) -> None:
        call.deadline = None
        target = call.target
        if target is None:
            cause = EventCause.NORMAL_CLEARING if call.feature else EventCause.CALL_NOT_ANSWERED
            self._delivery.clear(call, call.parties[0], cause)
        elif target.state is ConnectionState.QUEUED and call.parked_by is not None:
            self._pickup.recall(call, now)
        elif target.state is ConnectionState.QUEUED:
            self._delivery.hunt(call, now)
        elif call.hunting:
            self._delivery.fail(call, EventCause.CALL_NOT_ANSWERED, now)
        else:
            self._delivery.unanswered(call, now)
