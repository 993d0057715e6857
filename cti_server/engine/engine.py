"""The engine: one door through which every command comes, and out of which events and effects go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine import (
    callbacks,
    calls,
    offering,
    operating,
    queueing,
    reconcile,
    site,
    staffing,
)
from cti_server.engine.deadlines import Deadlines, Entry, Kind
from cti_server.engine.matching import Matching
from cti_server.engine.state import State
from cti_server.engine.talking import supervision, talks
from cti_server.engine.treatment import queue_time_over, request_ended, run_waiting_flows, step_over
from cti_server.engine.trials.guarding import finish_trial, judge, stop_trial
from cti_server.engine.turn import Spread, Turn
from cti_server.flows import steps
from cti_server.flows.component import Component
from cti_server.routing.strategies import BUILT_IN, Strategy
from cti_server.vocabulary import commands, events, operator_commands
from cti_server.vocabulary.effects import Effect
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.faults import RoutingError
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId
from cti_server.vocabulary.parties import AddressOf, Identify, nobody
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
        commands.ChangeAgentSkills: staffing.change_skills,
        commands.ChangeAgentGroups: staffing.change_groups,
        commands.ExtendWrapUp: staffing.extend_wrap_up,
        commands.EndWrapUp: staffing.stop_wrap_up,
        commands.ReportPhoneService: staffing.phone_service,
        commands.ChangePriority: queueing.priority_wished,
        commands.ReportRequestEnded: request_ended,
        commands.ReportForwarded: calls.forwarded,
        commands.OpenContact: calls.open_contact,
        commands.FinishContact: calls.finish_contact,
        commands.SetCalendar: site.set_calendar,
        commands.CreateCallback: callbacks.create,
        commands.CancelCallback: callbacks.cancel,
        commands.ReportCallbackDialled: callbacks.dialled,
        commands.ReportCallbackUnanswered: callbacks.unanswered,
        commands.ReportHeld: talks.held,
        commands.ReportConsultation: talks.consultation,
        commands.ReportTransferred: talks.transferred,
        commands.ReportConference: talks.conference,
        commands.ReportPickedUp: talks.picked_up,
        commands.Supervise: supervision.supervise,
        commands.ReportSupervision: supervision.supervision,
        commands.StopTrial: stop_trial,
        commands.FinishTrial: finish_trial,
        operator_commands.NoteOperation: operating.note_operation,
        operator_commands.MoveContact: operating.move_contact,
        operator_commands.PullContact: operating.pull_contact,
        operator_commands.HangUpContact: operating.hang_up,
        operator_commands.CloseContact: operating.close_contact,
        operator_commands.SetQueue: operating.set_queue,
        operator_commands.DrainLink: operating.drain_link,
    }
)

SPREADS: Final[Mapping[type[commands.Command], Spread]] = MappingProxyType(
    {
        commands.WakeUp: Spread.WAKE_UP,
        commands.ReportCalls: Spread.SURVEY,
        commands.ReportSessions: Spread.SURVEY,
    }
)

# After these alone can an agent whom the plan has dropped be free to go.
DISMISSING: Final[frozenset[type[Event]]] = frozenset(
    {
        events.PlanLoaded,
        events.OfferEnded,
        events.WrapUpEnded,
        events.ContactClosed,
        events.AgentLoggedOn,
    }
)


MOST_ROUNDS: Final = 10
"""So often is looked in one wake-up for what is over now; what is left after that is the next one's."""


class Engine:
    """The one writer of routing state. It does no I/O and knows no clock: the same commands give the same outcomes.

    ``address_of`` and ``identify`` tell customers' addresses and number new ones; decisions look at them, events hold
    what was decided, and the fold needs neither.

    After an exception out of `handle` the state is not to be trusted: build a new engine from snapshot and journal.
    """

    def __init__(
        self,
        state: State | None = None,
        strategies: Mapping[str, Strategy] = BUILT_IN,
        components: Mapping[str, Component] = steps.BUILT_IN,
        address_of: AddressOf = nobody,
        identify: Identify | None = None,
    ) -> None:
        self._state = state if state is not None else State()
        # Built-ins stay known, so that no journal tells of a step that nobody can carry out.
        known = {**steps.BUILT_IN, **components}
        self._components = MappingProxyType({each.settings: each for each in known.values()})
        self._address_of, self._identify = address_of, identify
        self._deadlines = Deadlines(self._state)
        self._matching = Matching(self._state, strategies)

    @property
    def state(self) -> State:
        """Everything that routing knows; read it, but leave changing it to the engine."""
        return self._state

    @property
    def matching(self) -> Matching:
        """Who is free and who waits, for figures about queues; read it, but leave changing it to the engine."""
        return self._matching

    @property
    def next_deadline(self) -> float | None:
        """When `WakeUp` is due, Unix seconds; None while nothing is timed."""
        return self._deadlines.next()

    def handle(self, command: commands.Command, now: float) -> Outcome:
        """Decide what a command leads to and fold it into the state; ``now`` is Unix seconds.

        Raises `RoutingError` for a command that is none, and for defects.
        """
        spread = SPREADS.get(type(command), Spread.ONE)
        turn = Turn(self._state, now, command.cause, self._matching, spread, self._components, _answer)
        turn.address_of, turn.identify = self._address_of, self._identify
        if isinstance(command, commands.WakeUp):
            noted = self._wake_up(turn)
            refusal = None
        else:
            refusal, noted = _answer(turn, command), 0
        if refusal is None:
            self._settle(turn)
        for recorded in turn.events[noted:]:
            self._deadlines.note(recorded)
        return Outcome(tuple(turn.events), tuple(turn.effects), refusal)

    def _wake_up(self, turn: Turn) -> int:
        """Deal with what is over, and with what that lets be over at once: a wait whose last ring has ended.

        Returns how many of the turn's events the deadlines know of.
        """
        noted = 0
        for _ in range(MOST_ROUNDS):
            for entry in self._deadlines.take_due(turn.now):
                if self._deadlines.current(entry):
                    self._time_over(turn, entry)
            if noted == len(turn.events):
                break
            for recorded in turn.events[noted:]:
                self._deadlines.note(recorded)
            noted = len(turn.events)
        return noted

    def _time_over(self, turn: Turn, entry: Entry) -> None:
        _, kind, number, agent = entry
        if kind is Kind.OFFER:
            offering.ring_time_over(turn, self._state.offers[OfferId(number)])
            return
        contact = self._state.contacts[ContactId(number)]
        match kind:
            case Kind.WRAP_UP:
                calls.end_wrap_up(turn, contact, AgentId(agent), contact.last_seq)
            case Kind.STEP:
                step_over(turn, contact)
            case Kind.RELAX:
                queueing.relax(turn, contact)
            case Kind.AGEING:
                queueing.age(turn, contact)
            case Kind.LONGEST:
                queue_time_over(turn, contact)
            case Kind.CALLBACK:
                callbacks.become_due(turn, contact)

    def _settle(self, turn: Turn) -> None:
        """After every change: nobody waits beside a fitting free agent, and the flows of the others go on."""
        if any(type(recorded.event) in DISMISSING for recorded in turn.events):
            staffing.dismiss_removed(turn)
        offering.match_waiting(turn)
        # A flow that goes on may queue its contact elsewhere, where an agent is free.
        while turn.to_run or turn.over:
            calls.close_over(turn)
            run_waiting_flows(turn)
            offering.match_waiting(turn)
        judge(turn)


def _answer(turn: Turn, command: commands.Command) -> Refusal | None:
    answer = ANSWERS.get(type(command))
    if answer is None:
        raise RoutingError(f"no command: {type(command).__name__}")
    return answer(turn, command)
