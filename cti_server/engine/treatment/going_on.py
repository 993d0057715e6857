"""Going on: what brings a contact's flow from one wait to the next - media, verbs, answers, time, and failures."""

from typing import Final

from cti_server.contacts.contact import Contact, in_flow, waiting
from cti_server.engine.state import current_step
from cti_server.engine.treatment.walk import Walk, ask_again
from cti_server.engine.turn import Turn
from cti_server.flows.component import FAILED, NotForwarded, NotQueued, Result, TimeOver
from cti_server.vocabulary.actions import PlayMusic
from cti_server.vocabulary.commands import ReportRequestEnded
from cti_server.vocabulary.events import ForwardFailed, QueueLeft, RequestEnded, TreatmentFailed
from cti_server.vocabulary.outside import RequestOutcome, RequestResult
from cti_server.vocabulary.parties import hidden
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import Channel, ContactStage, QueueOutcome, VerbOutcome, VerbResult

_UNSUCCESSFUL: Final = frozenset({VerbResult.STOPPED, VerbResult.FAILED})


def run_flow(turn: Turn, contact: Contact, *, may_request: bool = True) -> None:
    """Enter the step at which the cursor stands, or those after it, until one has to be awaited.

    A step that waits for an answer or a time, and for nothing that is heard, goes on waiting; an answer that came while
    an agent rang is taken up. Callbacks have no flow.
    """
    cursor = contact.cursor
    if contact.channel is Channel.CALLBACK or cursor.request is not None or _only_waits(contact):
        return
    step = current_step(turn.state, contact)
    walk = Walk(turn, contact, may_request)
    if cursor.asked is not None and step is not None:
        walk.resume(step, cursor.asked, cursor.memory)
    else:
        walk.enter(step, cursor.attempt)


def run_waiting_flows(turn: Turn) -> None:
    """Start or resume the flows of those contacts that found no free agent in this turn."""
    batch = turn.to_run[:]
    turn.to_run.clear()
    for number in batch:
        contact = turn.state.contacts.get(number)
        if contact is not None and waiting(contact) and not contact.cursor.entered:
            run_flow(turn, contact)


def verb_done(turn: Turn, contact: Contact, outcome: VerbOutcome) -> None:
    """Go on after the verb of the contact's step, unless that lasts its time or stands still after a failure."""
    cursor = contact.cursor
    lasts = cursor.deadline is not None and (cursor.ended in _UNSUCCESSFUL or isinstance(cursor.action, PlayMusic))
    if cursor.stalled or lasts:
        return
    _resume(turn, contact, outcome)


def step_over(turn: Turn, contact: Contact) -> None:
    """Go on after a step whose time is over: a wait, a number outside that nobody answers, a moment of silence."""
    cursor = contact.cursor
    step = current_step(turn.state, contact)
    if contact.stage is ContactStage.FORWARDED:
        forward_failed(turn, contact, "not reached in time")
    elif cursor.request is not None:
        end_request(turn, contact, RequestOutcome(result=RequestResult.TIMED_OUT, detail="no answer in time"))
    elif step is None:
        Walk(turn, contact).enter(None)
    elif cursor.ended is VerbResult.FAILED:
        fail_treatment(turn, contact, "the media service did not succeed", lasted=not cursor.stalled)
    elif cursor.stalled:
        Walk(turn, contact).enter(step, cursor.attempt)
    else:
        _resume(turn, contact, TimeOver())


def fail_treatment(turn: Turn, contact: Contact, reason: str, *, lasted: bool = False) -> None:
    """Go on by the rule of the step that the contact could not hear; a component without one says what follows.

    ``lasted``: the step's own time is over as well.
    """
    if _only_waits(contact) or contact.cursor.request is not None:
        return
    step = current_step(turn.state, contact)
    memory = contact.cursor.memory
    turn.emit(TreatmentFailed(contact=contact.id, step=contact.cursor.step, reason=reason))
    walk = Walk(turn, contact)
    if step is None:
        walk.enter(None)
        return
    component = turn.components.get(type(step))
    if component is None or FAILED in component.exits(step):
        walk.leave(step, FAILED)
    else:
        walk.resume(step, TimeOver() if lasted else VerbOutcome(VerbResult.FAILED, detail=reason), memory)


def repeat_step(turn: Turn, contact: Contact) -> None:
    """Ask the outside once more for what the contact's step waits for; it is done at most once.

    A journal of release 0.1.0 does not say what a verb was to do: there the step is entered anew.
    """
    if contact.cursor.verb is not None and contact.cursor.action is None:
        Walk(turn, contact).enter(current_step(turn.state, contact), contact.cursor.attempt)
    else:
        ask_again(turn, contact, contact.last_seq)


def request_ended(turn: Turn, command: ReportRequestEnded) -> Refusal | None:
    """The outside has answered a flow's request; an answer that nobody waits for any more is refused."""
    contact = turn.state.contacts.get(command.contact)
    facts: dict[str, str | int | float] = {"contact": command.contact, "request": command.request}
    if contact is None:
        return Refusal(RefusalCode.UNKNOWN_CONTACT, f"no open contact {command.contact}", facts)
    if contact.cursor.request != command.request:
        return Refusal(RefusalCode.TOO_LATE, f"contact {contact.id} does not wait for {command.request}", facts)
    end_request(turn, contact, command.outcome)
    return None


def end_request(turn: Turn, contact: Contact, outcome: RequestOutcome) -> None:
    """Take an answer up, at once or when no agent rings any more."""
    request = contact.cursor.request
    if request is None:
        return
    outcome = hidden(outcome, contact.party, turn.number_of(contact.party))
    turn.emit(RequestEnded(contact=contact.id, request=request, outcome=outcome), contact.cursor.entered_seq)
    if in_flow(contact):
        run_flow(turn, contact)


def forward_failed(turn: Turn, contact: Contact, reason: str) -> None:
    """The number outside was not reached: the contact is where it was, and its flow goes on."""
    turn.emit(ForwardFailed(contact=contact.id, reason=reason))
    _resume(turn, contact, NotForwarded(reason))


def queue_time_over(turn: Turn, contact: Contact) -> None:
    """The queue keeps the contact no longer: the flow that had queued it goes on by the queue step's way out."""
    if contact.stage is not ContactStage.QUEUED or contact.queue is None or contact.leaving:
        return
    left = QueueLeft(contact=contact.id, queue=contact.queue, outcome=QueueOutcome.TIMED_OUT)
    turn.emit(left, contact.last_seq)
    _resume(turn, contact, NotQueued(QueueOutcome.TIMED_OUT.value))


def _resume(turn: Turn, contact: Contact, result: Result) -> None:
    step = current_step(turn.state, contact)
    walk = Walk(turn, contact)
    if step is None:
        walk.enter(None)
    else:
        walk.resume(step, result, contact.cursor.memory)


def _only_waits(contact: Contact) -> bool:
    """Whether the contact's step is under way and nothing of it is heard, so that media make no difference to it.

    A verb, or the end of one, without its action is from a journal of release 0.1.0.
    """
    cursor = contact.cursor
    return cursor.entered and cursor.action is None and cursor.verb is None and cursor.ended is None
