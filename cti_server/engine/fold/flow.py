"""The fold of what a contact's flow does: steps, verbs, data, requests to the outside, flows within flows, forwards."""

from dataclasses import replace
from typing import Final

from cti_server.contacts.contact import Contact, Frame, in_line
from cti_server.contacts.stages import ContactMove, next_stage
from cti_server.engine.fold import trials
from cti_server.engine.fold.cursor import start_flow, suspend
from cti_server.engine.retention import went_on
from cti_server.engine.state import Door, State, current_step
from cti_server.flows.steps import DisconnectStep
from cti_server.queues.estimate_accuracy import Told
from cti_server.vocabulary import events
from cti_server.vocabulary.faults import UnknownEventError
from cti_server.vocabulary.values import DoorState, VerbResult

FlowEvent = (
    events.TreatmentFailed
    | events.StepEntered
    | events.StepPassed
    | events.VerbEnded
    | events.DataSet
    | events.RequestEnded
    | events.FlowCalled
    | events.FlowReturned
    | events.EstimateTold
    | events.ForwardRequested
    | events.ForwardFailed
)

RETRY_SECONDS: Final = 2.0
"""How long a flow stands still after a verb was stopped or failed, so that a broken prompt cannot make it spin.

A verb also ends so when the caller hangs up or the call is moved: then the report of that comes within this time, and
the contact is found where it stood.
"""

UNSUCCESSFUL: Final = frozenset({VerbResult.STOPPED, VerbResult.FAILED})


def treatment_failed(state: State, recorded: events.Recorded, event: events.TreatmentFailed) -> None:
    """The cursor stands where it stood, waiting for nothing, until the step's rule leads it on."""
    contact = _touch(state, recorded, event)
    suspend(contact.cursor)
    trials.failed(state, contact)


def step_entered(state: State, recorded: events.Recorded, event: events.StepEntered) -> None:
    """The cursor stands in the step."""
    contact = _touch(state, recorded, event)
    cursor = contact.cursor
    # A step that awaits nothing is the last one, whatever its class: the flow has run out.
    awaits_nothing = event.verb is None and event.deadline is None and event.request is None
    suspend(cursor)
    cursor.step, cursor.entered, cursor.attempt = event.step, True, event.attempt
    cursor.verb, cursor.action, cursor.position = event.verb, event.action, event.position
    cursor.request, cursor.outside, cursor.memory = event.request, event.outside, event.memory
    cursor.deadline, cursor.stalled, cursor.entered_seq = event.deadline, event.stalled, recorded.seq
    contact.verbs += event.verb is not None
    contact.requests += event.request is not None
    contact.served = event.served
    contact.leaving = awaits_nothing or isinstance(current_step(state, contact), DisconnectStep)


def step_passed(state: State, recorded: events.Recorded, event: events.StepPassed) -> None:
    """Nothing but where the contact went through."""
    cursor = _touch(state, recorded, event).cursor
    suspend(cursor)
    cursor.step, cursor.attempt = event.step, 1


def verb_ended(state: State, recorded: events.Recorded, event: events.VerbEnded) -> None:
    """The step's verb is done; after one that was stopped or failed the flow stands still for a moment."""
    cursor = _touch(state, recorded, event).cursor
    cursor.verb, cursor.ended = None, event.outcome.result
    if event.outcome.result in UNSUCCESSFUL and cursor.deadline is None:
        cursor.deadline, cursor.stalled = recorded.at + RETRY_SECONDS, True


def data_set(state: State, recorded: events.Recorded, event: events.DataSet) -> None:
    """The contact's data have these values."""
    _touch(state, recorded, event).data.update(event.values)


def request_ended(state: State, recorded: events.Recorded, event: events.RequestEnded) -> None:
    """The answer waits at the cursor until the flow can go on with it."""
    cursor = _touch(state, recorded, event).cursor
    cursor.request = cursor.outside = cursor.deadline = None
    cursor.asked, cursor.entered = event.outcome, False


def flow_called(state: State, recorded: events.Recorded, event: events.FlowCalled) -> None:
    """The cursor is at the start of the flow that is run; the step that runs it is on the stack."""
    contact = _touch(state, recorded, event)
    cursor = contact.cursor
    frame = Frame(flow=cursor.flow, flow_version=cursor.flow_version, step=event.step)
    contact.cursor = start_flow(state, event.flow, event.flow_version)
    contact.cursor.stack = (*cursor.stack, frame)


def flow_returned(state: State, recorded: events.Recorded, event: events.FlowReturned) -> None:
    """The cursor is at the step that had run the flow."""
    contact = _touch(state, recorded, event)
    done = contact.cursor
    if not done.stack:
        raise UnknownEventError(f"contact {contact.id} comes back from a flow that no step runs")
    frame = done.stack[-1]
    contact.cursor = replace(
        done, flow=frame.flow, flow_version=frame.flow_version, step=frame.step, stack=done.stack[:-1], attempt=1
    )
    suspend(contact.cursor)
    went_on(state)


def estimate_told(state: State, recorded: events.Recorded, event: events.EstimateTold) -> None:
    """What the caller was told is a ceiling for what they are told next, and is compared with the true wait."""
    contact = _touch(state, recorded, event)
    told = Told(
        at=recorded.at,
        low=event.low,
        likely=event.likely,
        high=event.high,
        position=event.position,
        eligible=event.eligible,
        handle=event.handle,
    )
    first, _ = state.told.get(contact.id, (told, told))
    state.told[contact.id] = (first, told)


def forward_requested(state: State, recorded: events.Recorded, event: events.ForwardRequested) -> None:
    """The call is on its way to a number outside; a place in line is kept until it is there."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.FORWARD)
    contact.media_requested = False
    suspend(contact.cursor)
    contact.cursor.step, contact.cursor.deadline = event.step, event.deadline


def forward_failed(state: State, recorded: events.Recorded, event: events.ForwardFailed) -> None:
    """The contact is where it was."""
    contact = _touch(state, recorded, event)
    move = ContactMove.KEEP_WAITING if in_line(contact) else ContactMove.KEEP_TREATING
    contact.stage = next_stage(contact.stage, move)
    contact.cursor.deadline, contact.forward_failed_at = None, recorded.at


def calendar_set(state: State, recorded: events.Recorded, event: events.CalendarSet) -> None:
    """What was set by hand goes before the calendar's hours."""
    del recorded
    if event.state is DoorState.AUTOMATIC:
        state.doors.pop(event.calendar, None)
    else:
        state.doors[event.calendar] = Door(open=event.state is DoorState.OPEN, until=event.until)


def _touch(state: State, recorded: events.Recorded, event: FlowEvent) -> Contact:
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    return contact
