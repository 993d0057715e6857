"""The walk: carries a contact through its flow, from one step that has to be awaited to the next.

Components say what is to happen (`flows.component`); the walk records it, asks the outside for it, and comes back to
the component with what came of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from cti_server.contacts.contact import Contact, has_ear
from cti_server.engine import callbacks, queueing
from cti_server.engine.state import current_step
from cti_server.engine.treatment.surroundings import Surroundings
from cti_server.engine.turn import Turn
from cti_server.flows import component as flow
from cti_server.flows.verbs import request_id, verb_id
from cti_server.flows.walk import find_step, first_step, step_below
from cti_server.vocabulary.actions import Action
from cti_server.vocabulary.effects import AskOutside, ForwardCall, Treat
from cti_server.vocabulary.events import (
    DataSet,
    EstimateTold,
    FlowCalled,
    FlowReturned,
    ForwardRequested,
    MediaRequested,
    QueueLeft,
    StepEntered,
    StepPassed,
    TreatmentFailed,
)
from cti_server.vocabulary.ids import FlowName, StepId
from cti_server.vocabulary.outside import OutsideRequest
from cti_server.vocabulary.parties import hidden, revealed
from cti_server.vocabulary.plan import FlowPlan, Step
from cti_server.vocabulary.values import ContactStage, QueueOutcome, Value, VerbOutcome, VerbResult

T = TypeVar("T")

SILENCE_SECONDS: Final = 5.0
"""How long a flow that turned in a circle without a sound and without a wait stands still before it goes on."""
SHORTEST_WAIT: Final = 0.25
"""Shorter waits would only make a flow turn in circles."""
MOST_REACTIONS: Final = 200
"""So many reactions without a wait are a circle, whatever steps they come from."""
MOST_QUEUEINGS: Final = 5
"""So often can a contact be queued anew in one turn before its flow has to stand still for a moment."""
DEEPEST: Final = 10
"""So many flows can run one another."""
MOST_CALLBACKS: Final = 3
"""So many callbacks can one contact's flow make."""
MOST_DATA: Final = 200
"""Data of a contact; further names are not kept."""
LONGEST_DATUM: Final = 4_096
"""Characters of a datum; what is longer is cut off."""

_RECORDED: Final = ("action", "request", "keep", "memory")
"""What reactions say that goes into the journal as it stands: there the caller's number is a reference."""

NOT_HEARD: Final = VerbOutcome(VerbResult.FAILED, detail="no media port is to be had")


@dataclass(frozen=True, slots=True)
class _Go:
    """Go on with this step; None: the flow is at its end."""

    step: Step | None


@dataclass(frozen=True, slots=True)
class _Again:
    """Go on in the same step with what came of its reaction."""

    result: flow.Result
    memory: Mapping[str, Value] = field(default_factory=dict)


_Onward = _Go | _Again | None
"""What follows a reaction; None: something has to be awaited."""


@dataclass(slots=True)
class Walk:
    """One walk of one contact. Without ``may_request`` steps that must be heard go by without sound, by their rules."""

    turn: Turn
    contact: Contact
    may_request: bool = True
    _seen: set[tuple[FlowName, StepId, tuple[StepId, ...]]] = field(default_factory=set)
    _reactions: int = 0
    _attempt: int = 1
    _resumed: bool = False
    _here: Surroundings = field(init=False)

    def enter(self, step: Step | None, attempt: int = 1) -> None:
        """Go through the flow from ``step`` on until something has to be awaited."""
        self._attempt = attempt
        onward: _Onward = _Go(step)
        while onward is not None:
            if isinstance(onward, _Again):
                onward = self._resume(self._present, onward)
                continue
            step = onward.step if onward.step is not None else self._after_the_end()
            if step is None:
                return
            onward = self._enter(step)
            self._attempt = 1 if isinstance(onward, _Go) else self._attempt

    def resume(self, step: Step, result: flow.Result, memory: Mapping[str, Value]) -> None:
        """Go on in ``step`` with what came of what it had asked for, and what it has kept."""
        self._attempt = self.contact.cursor.attempt
        onward = self._resume(step, _Again(result, memory))
        while isinstance(onward, _Again):
            onward = self._resume(step, onward)
        if onward is not None:
            self.enter(onward.step)

    def leave(self, step: Step, exit_name: str) -> None:
        """Go on behind ``step`` by one of its exits."""
        self.enter(self._target(step, exit_name))

    # --- entering and resuming ------------------------------------------------------------

    @property
    def _present(self) -> Step:
        return self._here.step

    def _enter(self, step: Step) -> _Onward:
        component = self.turn.components.get(type(step))
        cursor = self.contact.cursor
        place = (cursor.flow, step.id, tuple(frame.step for frame in cursor.stack))
        if place in self._seen or self._tired():
            self._stall(step)
            return None
        self._seen.add(place)
        self._resumed = False
        self._here = self._surroundings(step, {})
        if component is None:
            reason = f"no component for {type(step).__name__}"
            self.turn.emit(TreatmentFailed(contact=self.contact.id, step=step.id, reason=reason))
            return _Go(self._below(step))
        return self._carry_out(step, component.enter(step, self._here))

    def _resume(self, step: Step, again: _Again) -> _Onward:
        component = self.turn.components.get(type(step))
        if component is None:
            return _Go(self._below(step))
        if self._tired():
            self._stall(step)
            return None
        self._resumed = True
        self._here = self._surroundings(step, again.memory)
        return self._carry_out(step, component.resume(step, self._here, self._plain(again.result)))

    def _tired(self) -> bool:
        self._reactions += 1
        return self._reactions > MOST_REACTIONS

    def _stall(self, step: Step) -> None:
        self._record(step, deadline=self.turn.now + SILENCE_SECONDS, stalled=True)

    def _surroundings(self, step: Step, memory: Mapping[str, Value]) -> Surroundings:
        turn = self.turn
        return Surroundings(
            turn.state, turn.matching, self.contact, turn.now, step, self._attempt, self._plain(memory), self._number
        )

    @property
    def _number(self) -> str | None:
        return self.turn.number_of(self.contact.party)

    def _plain(self, value: T) -> T:
        """What a component sees: the number in place of references to the caller."""
        return revealed(value, self.contact.party, self._number)

    # --- reactions ------------------------------------------------------------

    def _carry_out(self, step: Step, reaction: flow.Reaction) -> _Onward:
        number = self._number
        if number is not None:
            parts = {name: getattr(reaction, name) for name in _RECORDED if hasattr(reaction, name)}
            reaction = replace(reaction, **hidden(parts, self.contact.party, number))
        return _REACTIONS[type(reaction)](self, step, reaction)

    def _leave(self, step: Step, reaction: flow.Leave) -> _Onward:
        self._keep(reaction.keep)
        # A queue step that was refused at once has been resumed, and has left no trace of its own yet.
        if not self._resumed or self.contact.cursor.step != step.id:
            self._pass(step, reaction.exit)
        return _Go(self._target(step, reaction.exit))

    def _pause(self, step: Step, reaction: flow.Pause) -> _Onward:
        self._record(step, deadline=self.turn.now + max(reaction.seconds, SHORTEST_WAIT), memory=reaction.memory)
        return None

    def _release(self, step: Step, reaction: flow.Release) -> _Onward:
        self._record(step, served=reaction.served)
        self.turn.release_call(self.contact)
        return None

    def _hear(self, step: Step, reaction: flow.Hear) -> _Onward:
        self._keep(reaction.keep)
        contact, now = self.contact, self.turn.now
        deadline = None if reaction.seconds is None else now + max(reaction.seconds, SHORTEST_WAIT)
        if contact.session is None:
            if has_ear(contact) and self.may_request:
                self._request_media(step)
                return None
            if reaction.silent and deadline is not None:
                # With its action, so that a media port that comes late lets it be heard after all.
                self._record(step, action=reaction.action, deadline=deadline, memory=reaction.memory)
                return None
            return self._unheard(step)
        if self._resumed and contact.cursor.action is not None and contact.cursor.step == step.id:
            self._attempt += 1
        self._tell_estimate()
        self._record(step, action=reaction.action, deadline=deadline, memory=reaction.memory)
        return None

    def _unheard(self, step: Step) -> _Onward:
        if flow.FAILED in self._exits(step):
            return _Go(self._target(step, flow.FAILED))
        return _Again(NOT_HEARD, self._here.memory)

    def _request_media(self, step: Step) -> None:
        contact = self.contact
        if not contact.media_requested or contact.cursor.step != step.id:
            self.turn.emit(MediaRequested(contact=contact.id, step=step.id))
        self.turn.move_to_media(contact)

    def _ask(self, step: Step, reaction: flow.Ask) -> _Onward:
        deadline = self.turn.now + max(reaction.timeout, SHORTEST_WAIT)
        self._record(step, outside=reaction.request, deadline=deadline, memory=reaction.memory)
        return None

    def _enqueue(self, step: Step, reaction: flow.Enqueue) -> _Onward:
        contact, turn = self.contact, self.turn
        self._keep(reaction.keep)
        if contact.stage not in {ContactStage.TREATED, ContactStage.QUEUED} or contact.leaving:
            return _Again(flow.NotQueued(QueueOutcome.BLOCKED), self._here.memory)
        turn.queueings[contact.id] = turn.queueings.get(contact.id, 0) + 1
        if turn.queueings[contact.id] > MOST_QUEUEINGS:
            self._stall(step)
            return None
        priority = contact.priority if reaction.priority is None else reaction.priority
        refused = queueing.enqueue(
            turn, contact, reaction.queue, priority=priority, requirement=reaction.requirement, step=step.id
        )
        return None if refused is None else _Again(flow.NotQueued(refused.value), self._here.memory)

    def _forward(self, step: Step, reaction: flow.Forward) -> _Onward:
        contact, turn = self.contact, self.turn
        if contact.call is None or not has_ear(contact):
            return _Again(flow.NotForwarded("there is no call"), self._here.memory)
        if not turn.state.link_up(contact.call.link):
            return _Again(flow.NotForwarded(f"link {contact.call.link} is down"), self._here.memory)
        if contact.forward_failed_at is not None and turn.now - contact.forward_failed_at < SHORTEST_WAIT:
            self._stall(step)  # a number that refuses at once would be tried without end
            return None
        seq = turn.emit(
            ForwardRequested(
                contact=contact.id,
                number=reaction.number,
                transfer=reaction.kind,
                deadline=turn.now + max(reaction.ring_time, SHORTEST_WAIT),
                step=step.id,
            )
        )
        turn.effects.append(ForwardCall(cause=seq, contact=contact.id, call=contact.call, number=reaction.number))
        return None

    def _run_flow(self, step: Step, reaction: flow.RunFlow) -> _Onward:
        contact = self.contact
        called = self.turn.state.newest_flow(reaction.flow)
        if called is None or len(contact.cursor.stack) >= DEEPEST:
            reason = f"no flow {reaction.flow}" if called is None else f"flows run one another {DEEPEST} deep"
            self.turn.emit(TreatmentFailed(contact=contact.id, step=step.id, reason=reason))
            return _Go(self._target(step, flow.FAILED))
        self.turn.emit(FlowCalled(contact=contact.id, flow=called.name, flow_version=called.version, step=step.id))
        return _Go(first_step(called))

    def _wish(self, _step: Step, reaction: flow.Wish) -> _Onward:
        refusal = self.turn.wish(reaction.command)
        if self.contact.id not in self.turn.state.contacts:
            return None
        return _Again(refusal, reaction.memory)

    def _change(self, step: Step, reaction: flow.Change) -> _Onward:
        contact, turn = self.contact, self.turn
        self._pass(step, flow.NEXT)
        if contact.stage is ContactStage.QUEUED:
            if reaction.priority is not None and reaction.priority != contact.priority:
                queueing.change_priority(turn, contact, reaction.priority, f"step {step.id}")
            if reaction.requirement is not None:
                queueing.change_requirement(turn, contact, reaction.requirement, f"step {step.id}")
        return _Go(self._target(step, flow.NEXT))

    def _make_callback(self, step: Step, reaction: flow.MakeCallback) -> _Onward:
        contact, turn = self.contact, self.turn
        reason = f"{MOST_CALLBACKS} callbacks were made for this contact"
        if contact.callbacks_made < MOST_CALLBACKS:
            refusal = callbacks.create_callback(turn, contact, reaction)
            reason = "" if refusal is None else refusal.text
        if reason:
            turn.emit(TreatmentFailed(contact=contact.id, step=step.id, reason=reason))
            return _Go(self._target(step, flow.FAILED))
        self._pass(step, flow.NEXT)
        if contact.stage is ContactStage.QUEUED and contact.queue is not None:
            turn.emit(QueueLeft(contact=contact.id, queue=contact.queue, outcome=QueueOutcome.CALLBACK))
        return _Go(self._target(step, flow.NEXT))

    # --- recording ------------------------------------------------------------

    def _record(
        self,
        step: Step,
        *,
        action: Action | None = None,
        outside: OutsideRequest | None = None,
        deadline: float | None = None,
        memory: Mapping[str, Value] | None = None,
        stalled: bool = False,
        served: bool = False,
    ) -> None:
        """Enter the step, and ask the outside for what it wants."""
        contact = self.contact
        heard = action is not None and contact.session is not None
        seq = self.turn.emit(
            StepEntered(
                contact=contact.id,
                flow=contact.cursor.flow,
                flow_version=contact.cursor.flow_version,
                step=step.id,
                verb=verb_id(contact.id, contact.verbs + 1) if heard else None,
                action=action,
                attempt=self._attempt,
                deadline=deadline,
                position=self._here.told_position if action is not None else None,
                request=None if outside is None else request_id(contact.id, contact.requests + 1),
                outside=outside,
                memory={} if memory is None else memory,
                stalled=stalled,
                served=served,
            )
        )
        ask_again(self.turn, contact, seq)

    def _pass(self, step: Step, exit_name: str) -> None:
        contact = self.contact
        passed = StepPassed(contact=contact.id, flow=contact.cursor.flow, step=step.id, exit=exit_name)
        self.turn.emit(passed)

    def _keep(self, values: Mapping[str, Value]) -> None:
        """Set data of the contact, as far as there is room for them."""
        data = self.contact.data
        kept = within_limits(values, data)
        if any(name not in data or data[name] != value for name, value in kept.items()):
            self.turn.emit(DataSet(contact=self.contact.id, values=kept))

    def _tell_estimate(self) -> None:
        told = self._here.told_estimate
        if told is None or self.contact.queue is None:
            return
        self.turn.emit(
            EstimateTold(
                contact=self.contact.id,
                queue=self.contact.queue,
                low=told.low,
                likely=told.likely,
                high=told.high,
                basis=told.basis,
                position=told.position,
                eligible=told.eligible,
                handle=told.handle,
                cause=told.cause,
            )
        )

    # --- the way ------------------------------------------------------------

    def _exits(self, step: Step) -> Mapping[str, StepId | None]:
        component = self.turn.components.get(type(step))
        return {} if component is None else component.exits(step)

    def _target(self, step: Step, exit_name: str) -> Step | None:
        """Where an exit leads; one that the component does not have leads where it goes anyhow."""
        component, exits = self.turn.components.get(type(step)), self._exits(step)
        for name in (exit_name, flow.NEXT):
            if name in exits:
                target = exits[name]
                return self._below(step) if target is None else find_step(self._flow(), target)
        return None if component is not None and component.ends else self._below(step)

    def _below(self, step: Step) -> Step | None:
        plan = self._flow()
        return None if plan is None else step_below(plan, step)

    def _flow(self) -> FlowPlan | None:
        cursor = self.contact.cursor
        return self.turn.state.flow(cursor.flow, cursor.flow_version)

    def _after_the_end(self) -> Step | None:
        """A flow that was run comes back; a queue-processing flow begins anew; else the contact is released."""
        contact = self.contact
        while contact.cursor.stack:
            self.turn.emit(FlowReturned(contact=contact.id))
            caller = current_step(self.turn.state, contact)
            behind = None if caller is None else self._target(caller, flow.NEXT)
            if behind is not None:
                return behind
        plan = self._flow()
        if contact.stage is ContactStage.QUEUED and plan is not None and plan.steps:
            return first_step(plan)
        cursor = contact.cursor
        self.turn.emit(
            StepEntered(
                contact=contact.id,
                flow=cursor.flow,
                flow_version=cursor.flow_version,
                step=cursor.step if cursor.step is not None else StepId(""),
            )
        )
        self.turn.release_call(contact)
        return None


# The class of the reaction decides the function's last argument, which the type of a table cannot say.
_REACTIONS: Final[Mapping[type, Callable[[Walk, Step, Any], _Onward]]] = MappingProxyType(
    {
        flow.Leave: Walk._leave,
        flow.Hear: Walk._hear,
        flow.Pause: Walk._pause,
        flow.Ask: Walk._ask,
        flow.Enqueue: Walk._enqueue,
        flow.Change: Walk._change,
        flow.Forward: Walk._forward,
        flow.MakeCallback: Walk._make_callback,
        flow.RunFlow: Walk._run_flow,
        flow.Wish: Walk._wish,
        flow.Release: Walk._release,
    }
)


def within_limits(values: Mapping[str, Value], known: Mapping[str, Value] = MappingProxyType({})) -> dict[str, Value]:
    """The values for which there is room beside the data that a contact has, long texts cut off."""
    room = MOST_DATA - len(known)
    kept: dict[str, Value] = {}
    for name, value in values.items():
        if name not in known and name not in kept:
            if room <= 0:
                continue
            room -= 1
        kept[name] = value[:LONGEST_DATUM] if isinstance(value, str) else value
    return kept


def ask_again(turn: Turn, contact: Contact, cause: int) -> None:
    """Ask the outside for what the contact's step awaits; what is asked twice is done once, by its identity."""
    cursor = contact.cursor
    if cursor.verb is not None and cursor.action is not None and contact.session is not None:
        turn.effects.append(
            Treat(
                cause=cause,
                contact=contact.id,
                session=contact.session,
                verb=cursor.verb,
                action=cursor.action,
                party=contact.party,
            )
        )
    elif cursor.request is not None and cursor.outside is not None and cursor.deadline is not None:
        turn.effects.append(
            AskOutside(
                cause=cause,
                contact=contact.id,
                request=cursor.request,
                outside=cursor.outside,
                timeout=max(cursor.deadline - turn.now, 0.0),
                party=contact.party,
            )
        )
