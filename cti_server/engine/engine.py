"""The engine: one door through which every command comes, and out of which events and effects go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine import calls, offering, reconcile, site, staffing
from cti_server.engine.deadlines import Deadlines, Entry, Kind
from cti_server.engine.state import State
from cti_server.engine.treatment import run_waiting_flows, step_over
from cti_server.engine.turn import Members, Spread, Turn
from cti_server.routing.fitting import members
from cti_server.routing.strategies import BUILT_IN, Strategy
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.effects import Effect
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.faults import RoutingError
from cti_server.vocabulary.ids import ContactId, OfferId
from cti_server.vocabulary.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: events to be journaled, then effects to be carried out; or a refusal and neither."""

    events: tuple[Recorded, ...]
    effects: tuple[Effect, ...]
    refusal: Refusal | None = None


# The class of the command decides the function's second argument, which the type of a table cannot say.
ANSWERS: Final[Mapping[type[commands.Command], Callable[[Turn, Any], Refusal | None]]] = MappingProxyType(
    {
        commands.LoadPlan: site.load_plan,
        commands.ReportLinkUp: site.link_up,
        commands.ReportLinkDown: site.link_down,
        commands.ReportCalls: reconcile.calls_surveyed,
        commands.ReportSessions: reconcile.sessions_surveyed,
        commands.ReportCallArrived: calls.call_arrived,
        commands.ReportCallReplaced: calls.call_replaced,
        commands.ReportCallEnded: calls.call_ended,
        commands.ReportMediaJoined: calls.media_joined,
        commands.ReportMediaRefused: calls.media_refused,
        commands.ReportMediaLost: calls.media_lost,
        commands.ReportVerbEnded: calls.verb_ended,
        commands.ReportOfferAlerting: offering.offer_alerting,
        commands.ReportOfferAnswered: offering.offer_answered,
        commands.ReportOfferFailed: offering.offer_failed,
        commands.ReportPhoneBusy: staffing.phone_busy,
        commands.LogAgentOn: staffing.log_on,
        commands.LogAgentOff: staffing.log_off,
        commands.SetAgentReady: staffing.set_ready,
        commands.SetAgentNotReady: staffing.set_not_ready,
    }
)

SPREADS: Final[Mapping[type[commands.Command], Spread]] = MappingProxyType(
    {
        commands.WakeUp: Spread.WAKE_UP,
        commands.ReportCalls: Spread.SURVEY,
        commands.ReportSessions: Spread.SURVEY,
    }
)

# After these alone can an agent be free, or a contact wait, who was not so before.
MATCHING: Final[frozenset[type[Event]]] = frozenset(
    {
        events.PlanLoaded,
        events.LinkCameUp,
        events.CallsSurveyed,
        events.CallReplaced,
        events.ContactQueued,
        events.OfferEnded,
        events.WrapUpEnded,
        events.ContactClosed,
        events.AgentLoggedOn,
        events.AgentBecameReady,
        events.PhoneBecameFree,
    }
)


class Engine:
    """The one writer of routing state. It does no I/O and knows no clock: the same commands give the same outcomes.

    After an exception out of `handle` the state is not to be trusted: build a new engine from snapshot and journal.
    """

    def __init__(self, state: State | None = None, strategies: Mapping[str, Strategy] = BUILT_IN) -> None:
        self._state = state if state is not None else State()
        # Built-ins stay known, so that a queue whose strategy is missing still has one to fall back on.
        self._strategies = MappingProxyType({**BUILT_IN, **strategies})
        self._deadlines = Deadlines(self._state)
        self._members = self._all_members()

    @property
    def state(self) -> State:
        """Everything that routing knows; read it, but leave changing it to the engine."""
        return self._state

    @property
    def next_deadline(self) -> float | None:
        """When `WakeUp` is due, Unix seconds; None while nothing is timed."""
        return self._deadlines.next()

    def handle(self, command: commands.Command, now: float) -> Outcome:
        """Decide what a command leads to and fold it into the state; ``now`` is Unix seconds.

        Raises `RoutingError` for a command that is none, and for defects.
        """
        spread = SPREADS.get(type(command), Spread.ONE)
        turn = Turn(self._state, now, command.cause, self._strategies, spread)
        if isinstance(command, commands.WakeUp):
            self._wake_up(turn)
            refusal = None
        else:
            answer = ANSWERS.get(type(command))
            if answer is None:
                raise RoutingError(f"no command: {type(command).__name__}")
            refusal = answer(turn, command)
        if refusal is None:
            self._settle(turn)
        for recorded in turn.events:
            self._deadlines.note(recorded)
        return Outcome(tuple(turn.events), tuple(turn.effects), refusal)

    def _wake_up(self, turn: Turn) -> None:
        for entry in self._deadlines.take_due(turn.now):
            if self._deadlines.current(entry):
                self._time_over(turn, entry)

    def _time_over(self, turn: Turn, entry: Entry) -> None:
        _, kind, number = entry
        if kind is Kind.OFFER:
            offering.ring_time_over(turn, self._state.offers[OfferId(number)])
            return
        contact = self._state.contacts[ContactId(number)]
        if kind is Kind.WRAP_UP and contact.agent is not None:
            calls.end_wrap_up(turn, contact, contact.agent, contact.last_seq)
        elif kind is Kind.STEP:
            step_over(turn, contact)

    def _settle(self, turn: Turn) -> None:
        """After every change: nobody waits beside a fitting free agent, and the flows of the others go on."""
        if not any(type(recorded.event) in MATCHING for recorded in turn.events):
            run_waiting_flows(turn)
            return
        if any(isinstance(recorded.event, events.PlanLoaded) for recorded in turn.events):
            self._members = self._all_members()
        staffing.dismiss_removed(turn)
        offering.match_waiting(turn, self._members)
        run_waiting_flows(turn)

    def _all_members(self) -> Members:
        state = self._state
        queues = {**state.old_queues, **state.plan.queues}
        return {name: members(queue, state.plan.agents) for name, queue in queues.items()}
