"""The fold: the only place that changes the engine's state, one recorded event at a time."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.agents.agent import Agent
from cti_server.agents.states import StatusMove, WorkMove
from cti_server.engine import apply_contacts as contacts
from cti_server.engine.retention import load_plan
from cti_server.engine.state import LinkState, State
from cti_server.vocabulary import events
from cti_server.vocabulary.faults import UnknownEventError
from cti_server.vocabulary.values import WorkState

SURVEY_GRACE_SECONDS: Final = 5.0
"""How long a ringing offer lives on after its link came back, so that the survey can tell what became of it."""


def apply(state: State, recorded: events.Recorded) -> None:
    """Fold one event into ``state``.

    Raises `RoutingError` for an event that the state's laws do not allow; the state is not to be used after that.
    """
    try:
        fold = FOLDS[type(recorded.event)]
    except KeyError:
        raise UnknownEventError(f"event {recorded.seq}: no fold for {type(recorded.event).__name__}") from None
    if recorded.seq != state.seq + 1:
        raise UnknownEventError(f"event {recorded.seq} does not follow event {state.seq}")
    state.seq = recorded.seq
    fold(state, recorded, recorded.event)


def _plan_loaded(state: State, recorded: events.Recorded, event: events.PlanLoaded) -> None:
    del recorded
    load_plan(state, event.plan)


def _link_came_up(state: State, recorded: events.Recorded, event: events.LinkCameUp) -> None:
    state.links[event.link] = LinkState(up=True, since=recorded.at, up_seq=recorded.seq)
    for offer in state.offers.values():
        if state.contacts[offer.contact].call.link == event.link:
            offer.deadline = max(offer.deadline, recorded.at + SURVEY_GRACE_SECONDS)


def _link_went_down(state: State, recorded: events.Recorded, event: events.LinkWentDown) -> None:
    state.links[event.link] = LinkState(up=False, since=recorded.at, reason=event.reason)


def _calls_surveyed(state: State, recorded: events.Recorded, event: events.CallsSurveyed) -> None:
    del recorded
    state.links[event.link].surveyed = True


def _agent_logged_on(state: State, recorded: events.Recorded, event: events.AgentLoggedOn) -> None:
    agent = state.agents.setdefault(event.agent, Agent(id=event.agent, work_since=recorded.at))
    agent.declare(StatusMove.LOG_ON, recorded.at, event.origin)
    agent.device = event.device


def _agent_logged_off(state: State, recorded: events.Recorded, event: events.AgentLoggedOff) -> None:
    agent = state.agents[event.agent]
    agent.declare(StatusMove.LOG_OFF, recorded.at, event.origin)
    agent.device = None
    if event.agent not in state.plan.agents and agent.work is WorkState.IDLE and agent.offer is None:
        del state.agents[event.agent]


def _agent_became_ready(state: State, recorded: events.Recorded, event: events.AgentBecameReady) -> None:
    state.agents[event.agent].declare(StatusMove.READY, recorded.at, event.origin)


def _agent_became_not_ready(state: State, recorded: events.Recorded, event: events.AgentBecameNotReady) -> None:
    state.agents[event.agent].declare(StatusMove.NOT_READY, recorded.at, event.origin, event.reason)


def _phone_became_busy(state: State, recorded: events.Recorded, event: events.PhoneBecameBusy) -> None:
    state.busy_phones[event.device] = recorded.at


def _phone_became_free(state: State, recorded: events.Recorded, event: events.PhoneBecameFree) -> None:
    del recorded
    state.busy_phones.pop(event.device, None)


def _wrap_up_started(state: State, recorded: events.Recorded, event: events.WrapUpStarted) -> None:
    contact = state.contacts[event.contact]
    contact.wrap_up_until, contact.last_seq = event.deadline, recorded.seq
    state.agents[event.agent].work_on(WorkMove.WRAP_UP, recorded.at)


def _wrap_up_ended(state: State, recorded: events.Recorded, event: events.WrapUpEnded) -> None:
    contact = state.contacts[event.contact]
    contact.wrap_up_until, contact.agent, contact.last_seq = None, None, recorded.seq
    state.agents[event.agent].work_on(WorkMove.FREE, recorded.at)


# The class of the event decides the function's third argument, which the type of a table cannot say.
FOLDS: Final[Mapping[type[events.Event], Callable[[State, events.Recorded, Any], None]]] = MappingProxyType(
    {
        events.PlanLoaded: _plan_loaded,
        events.LinkCameUp: _link_came_up,
        events.LinkWentDown: _link_went_down,
        events.CallsSurveyed: _calls_surveyed,
        events.ContactOpened: contacts.opened,
        events.CallReplaced: contacts.call_replaced,
        events.MediaRequested: contacts.media_requested,
        events.MediaRefused: contacts.media_refused,
        events.MediaJoined: contacts.media_joined,
        events.MediaLeft: contacts.media_left,
        events.TreatmentFailed: contacts.treatment_failed,
        events.StepEntered: contacts.step_entered,
        events.VerbEnded: contacts.verb_ended,
        events.ContactQueued: contacts.queued,
        events.OfferMade: contacts.offer_made,
        events.OfferAlerted: contacts.offer_alerted,
        events.OfferEnded: contacts.offer_ended,
        events.ContactAnswered: contacts.answered,
        events.ContactReleased: contacts.released,
        events.WrapUpStarted: _wrap_up_started,
        events.WrapUpEnded: _wrap_up_ended,
        events.ContactClosed: contacts.closed,
        events.AgentLoggedOn: _agent_logged_on,
        events.AgentLoggedOff: _agent_logged_off,
        events.AgentBecameReady: _agent_became_ready,
        events.AgentBecameNotReady: _agent_became_not_ready,
        events.PhoneBecameBusy: _phone_became_busy,
        events.PhoneBecameFree: _phone_became_free,
    }
)
