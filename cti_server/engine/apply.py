"""The fold: the only place that changes the engine's state, one recorded event at a time."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.fold import callbacks, contacts, flow, operating, queueing, talks, trials
from cti_server.engine.state import LinkState, State
from cti_server.vocabulary import events
from cti_server.vocabulary.faults import UnknownEventError

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
    state.seq, state.at = recorded.seq, recorded.at
    fold(state, recorded, recorded.event)


def _link_came_up(state: State, recorded: events.Recorded, event: events.LinkCameUp) -> None:
    state.links[event.link] = LinkState(up=True, since=recorded.at, up_seq=recorded.seq)
    for offer in state.offers.values():
        call = state.contacts[offer.contact].call
        if call is not None and call.link == event.link:
            offer.deadline = max(offer.deadline, recorded.at + SURVEY_GRACE_SECONDS)


def _link_went_down(state: State, recorded: events.Recorded, event: events.LinkWentDown) -> None:
    state.links[event.link] = LinkState(up=False, since=recorded.at, reason=event.reason)


def _calls_surveyed(state: State, recorded: events.Recorded, event: events.CallsSurveyed) -> None:
    del recorded
    link = state.links.get(event.link)
    if link is not None and link.up:
        link.surveyed = True


def _sessions_surveyed(state: State, recorded: events.Recorded, event: events.SessionsSurveyed) -> None:
    """What came of it follows in events of its own."""


# The class of the event decides the function's third argument, which the type of a table cannot say.
FOLDS: Final[Mapping[type[events.Event], Callable[[State, events.Recorded, Any], None]]] = MappingProxyType(
    {
        events.PlanLoaded: trials.plan_loaded,
        events.TrialStopped: trials.trial_stopped,
        events.TrialFinished: trials.trial_finished,
        events.LinkCameUp: _link_came_up,
        events.LinkWentDown: _link_went_down,
        events.CallsSurveyed: _calls_surveyed,
        events.SessionsSurveyed: _sessions_surveyed,
        events.ContactOpened: contacts.opened,
        events.CallReplaced: contacts.call_replaced,
        events.MediaRequested: contacts.media_requested,
        events.MediaRefused: contacts.media_refused,
        events.MediaJoined: contacts.media_joined,
        events.MediaLeft: contacts.media_left,
        events.TreatmentFailed: flow.treatment_failed,
        events.StepEntered: flow.step_entered,
        events.StepPassed: flow.step_passed,
        events.VerbEnded: flow.verb_ended,
        events.DataSet: flow.data_set,
        events.RequestEnded: flow.request_ended,
        events.FlowCalled: flow.flow_called,
        events.FlowReturned: flow.flow_returned,
        events.EstimateTold: flow.estimate_told,
        events.ForwardRequested: flow.forward_requested,
        events.ForwardFailed: flow.forward_failed,
        events.CalendarSet: flow.calendar_set,
        events.ContactQueued: contacts.queued,
        events.QueueLeft: contacts.queue_left,
        events.ContactAnswered: contacts.answered,
        events.ContactReleased: contacts.released,
        events.ContactClosed: contacts.closed,
        events.CallbackScheduled: callbacks.scheduled,
        events.CallbackCancelled: callbacks.cancelled,
        events.CallbackDialled: callbacks.dialled,
        **queueing.FOLDS,
        **talks.FOLDS,
        **operating.FOLDS,
    }
)
