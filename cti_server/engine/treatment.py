"""Treatment: carries contacts through their flows, from one step that has to be awaited to the next."""

from typing import Final

from cti_server.contacts.contact import Contact, waiting
from cti_server.engine.state import current_step, place_of
from cti_server.engine.turn import Turn
from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PositionStep, QueueStep
from cti_server.flows.verbs import media_action, verb_id
from cti_server.flows.walk import (
    find_step,
    first_step,
    is_heard,
    menu_choice,
    music_deadline,
    step_after,
    step_on_failure,
)
from cti_server.vocabulary.effects import Treat
from cti_server.vocabulary.events import ContactQueued, MediaRequested, StepEntered, TreatmentFailed
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import FlowPlan, Step
from cti_server.vocabulary.values import ContactStage, VerbOutcome, VerbResult

SILENCE_SECONDS: Final = 5.0
"""How long a flow that turned in a circle without a sound and without a wait stands still before it goes on."""


def run_flow(turn: Turn, contact: Contact, *, may_request: bool = True) -> None:
    """Enter the step at which the cursor stands, or those after it, until one has to be awaited."""
    walk(turn, contact, current_step(turn.state, contact), attempt=contact.cursor.attempt, may_request=may_request)


def walk(turn: Turn, contact: Contact, step: Step | None, *, attempt: int = 1, may_request: bool = True) -> None:
    """Go through the flow from ``step`` on until something has to be awaited.

    Without a media session a step that must be heard asks for one first. Where that was just refused
    (``may_request`` is False) the steps go by without sound, each by its rule for failures; music without one waits its
    time in silence.
    """
    seen: set[StepId] = set()
    while True:
        if step is None:
            step = _after_the_end(turn, contact)
            if step is None:
                return
        silent = is_heard(step) and contact.session is None
        if silent and may_request:
            _request_media(turn, contact, step)
            return
        if step.id in seen:
            _enter(turn, contact, step, deadline=turn.now + SILENCE_SECONDS, sound=False)
            return
        seen.add(step.id)
        if not _passed_by(turn, contact, step, attempt, silent=silent):
            return
        step, attempt = _step_on_failure(turn, contact, step) if silent else next_step(turn, contact, step), 1


def next_step(turn: Turn, contact: Contact, step: Step) -> Step | None:
    """The step after ``step`` in the contact's flow."""
    flow = _flow(turn, contact)
    return step_after(flow, step) if flow is not None else None


def verb_done(turn: Turn, contact: Contact, outcome: VerbOutcome) -> None:
    """Go on after the verb of the contact's step: the contact waits for nothing else."""
    step = current_step(turn.state, contact)
    if contact.cursor.deadline is not None or step is None:
        return  # music lasts its time, and after a failure the flow stands still for a moment
    match step:
        case DisconnectStep():
            turn.release_call(contact)
        case MenuStep():
            _answer_menu(turn, contact, step, outcome)
        case _:
            walk(turn, contact, next_step(turn, contact, step))


def step_over(turn: Turn, contact: Contact) -> None:
    """Go on after a step whose time is over: music, or the moment of silence after a failure or a circle."""
    step = current_step(turn.state, contact)
    if step is None:
        walk(turn, contact, None)
    elif contact.cursor.ended is VerbResult.FAILED:
        fail_treatment(turn, contact, "the media service did not succeed")
    elif isinstance(step, MusicStep):
        walk(turn, contact, next_step(turn, contact, step))
    else:
        run_flow(turn, contact)


def fail_treatment(turn: Turn, contact: Contact, reason: str) -> None:
    """Go on by the rule of the step that the contact could not hear; a call that is to be released is released."""
    step = current_step(turn.state, contact)
    turn.emit(TreatmentFailed(contact=contact.id, step=contact.cursor.step, reason=reason))
    if isinstance(step, DisconnectStep):
        _enter(turn, contact, step, sound=False)
        turn.release_call(contact)
    else:
        walk(turn, contact, _step_on_failure(turn, contact, step) if step is not None else None)


def repeat_verb(turn: Turn, contact: Contact) -> None:
    """Ask the media service once more for the verb that the contact waits for; it is carried out at most once."""
    step = current_step(turn.state, contact)
    if step is not None and contact.cursor.verb is not None:
        _ask(turn, contact, step, contact.last_seq)


def run_waiting_flows(turn: Turn) -> None:
    """Start or resume the flows of those contacts that found no free agent in this turn."""
    for contact_id in turn.to_run:
        contact = turn.state.contacts.get(contact_id)
        if contact is not None and waiting(contact) and not contact.cursor.entered:
            run_flow(turn, contact)
    turn.to_run.clear()


def _passed_by(turn: Turn, contact: Contact, step: Step, attempt: int, *, silent: bool) -> bool:
    """Enter ``step``; True if there is nothing to wait for in it."""
    match step:
        case QueueStep():
            return not _enqueue(turn, contact, step)
        case DisconnectStep():
            _enter(turn, contact, step)
            if contact.cursor.verb is None:
                turn.release_call(contact)
            return False
        case MusicStep() if not (silent and step.on_failure is not None):
            _enter(turn, contact, step, deadline=music_deadline(step, turn.now))
            return False
        case PositionStep() if contact.queue is None:
            return True
        case _ if silent:
            return True
        case _:
            _enter(turn, contact, step, attempt=attempt)
            return False


def _enter(
    turn: Turn, contact: Contact, step: Step, *, attempt: int = 1, deadline: float | None = None, sound: bool = True
) -> None:
    heard = sound and is_heard(step) and contact.session is not None
    position = None
    if isinstance(step, PositionStep) and contact.queue is not None:
        position = turn.state.lines[contact.queue].position(place_of(contact))
    seq = turn.emit(
        StepEntered(
            contact=contact.id,
            flow=contact.cursor.flow,
            flow_version=contact.cursor.flow_version,
            step=step.id,
            verb=verb_id(contact.id, contact.verbs + 1) if heard else None,
            attempt=attempt,
            deadline=deadline,
            position=position,
        )
    )
    _ask(turn, contact, step, seq)


def _ask(turn: Turn, contact: Contact, step: Step, cause: int) -> None:
    cursor = contact.cursor
    if cursor.verb is None or contact.session is None:
        return
    action = media_action(step, cursor.position)
    if action is not None:
        turn.effects.append(
            Treat(cause=cause, contact=contact.id, session=contact.session, verb=cursor.verb, action=action)
        )


def _request_media(turn: Turn, contact: Contact, step: Step) -> None:
    if not contact.media_requested or contact.cursor.step != step.id:
        turn.emit(MediaRequested(contact=contact.id, step=step.id))
    turn.move_to_media(contact)


def _answer_menu(turn: Turn, contact: Contact, step: MenuStep, outcome: VerbOutcome) -> None:
    flow = _flow(turn, contact)
    chosen = menu_choice(step, outcome)
    if flow is None or chosen is not None:
        walk(turn, contact, find_step(flow, chosen) if flow is not None else None)
    elif contact.cursor.attempt < step.attempts:
        walk(turn, contact, step, attempt=contact.cursor.attempt + 1)
    else:
        walk(turn, contact, step_after(flow, step))


def _enqueue(turn: Turn, contact: Contact, step: QueueStep) -> bool:
    """Put the contact into the step's queue; False where it cannot be, so that the flow goes on behind the step."""
    queue = turn.state.queue(step.queue)
    flow = turn.state.newest_flow(queue.flow) if queue is not None else None
    if queue is None or flow is None or contact.stage is not ContactStage.TREATED:
        return False
    turn.emit(
        ContactQueued(
            contact=contact.id, queue=queue.name, priority=step.priority, flow=flow.name, flow_version=flow.version
        )
    )
    turn.to_run.append(contact.id)
    return True


def _after_the_end(turn: Turn, contact: Contact) -> Step | None:
    """A queue-processing flow begins anew at its end; at the end of a routing-strategy flow the call is released."""
    flow = _flow(turn, contact)
    if contact.stage is ContactStage.QUEUED and flow is not None and flow.steps:
        return first_step(flow)
    cursor = contact.cursor
    end = StepEntered(
        contact=contact.id,
        flow=cursor.flow,
        flow_version=cursor.flow_version,
        step=cursor.step if cursor.step is not None else StepId(""),
    )
    turn.emit(end)
    turn.release_call(contact)
    return None


def _step_on_failure(turn: Turn, contact: Contact, step: Step) -> Step | None:
    flow = _flow(turn, contact)
    return step_on_failure(flow, step) if flow is not None else None


def _flow(turn: Turn, contact: Contact) -> FlowPlan | None:
    return turn.state.flow(contact.cursor.flow, contact.cursor.flow_version)
