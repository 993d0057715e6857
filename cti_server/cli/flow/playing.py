"""One call through a flow in virtual time: the very engine, and a world around it that does at once what is asked."""

import dataclasses
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cti_server.cli.flow.answering import answer_to, heard
from cti_server.engine.engine import Engine
from cti_server.flows.steps import QueueStep
from cti_server.settings.calendars import as_moment, unix_seconds
from cti_server.settings.flows.cases import HANG_UP, SILENCE, CaseSettings
from cti_server.settings.flows.components import library
from cti_server.vocabulary import actions, commands, effects, events
from cti_server.vocabulary.ids import (
    AgentId,
    CalendarName,
    CallId,
    ContactId,
    DeviceNumber,
    FlowName,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
    ServiceName,
    SessionId,
    StepId,
)
from cti_server.vocabulary.outside import (
    CheckPin,
    DatabaseLookUp,
    OutsideRequest,
    RequestOutcome,
    RequestResult,
    SendMail,
    WebLookUp,
)
from cti_server.vocabulary.parties import revealed
from cti_server.vocabulary.plan import FlowPlan, PilotPlan, SitePlan
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.values import (
    CallRef,
    DoorState,
    Origin,
    ReleasedBy,
    SessionRef,
    Value,
)

LINK: Final = LinkName("test-link")
PILOT: Final = DeviceNumber("test-pilot")
SERVICE: Final = ServiceName("test-media")
CALL: Final = CallRef(LINK, CallId("caller"))
PARTY: Final = PartyId(1)
OTHER_PARTY: Final = PartyId(2)
"""Whoever else is to be called back."""
ANSWER_SECONDS: Final = 3.0
MOST_COMMANDS: Final = 20_000
"""A flow that asks for more in one call spins."""


class PlayingError(Exception):
    """A case cannot be played; the text says why."""


@dataclass(slots=True)
class Played:
    """What came of a call: the steps in their order, what was heard, and how it ended (see ``expect`` in the cases)."""

    path: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    end: str = "in-flow"
    queue: str | None = None
    number: str | None = None
    agent: str | None = None
    callback: bool = False
    mails: int = 0
    data: dict[str, Value] = field(default_factory=dict)


class Call:
    """One case, played once."""

    def __init__(self, plan: SitePlan, case: CaseSettings) -> None:
        if FlowName(case.flow) not in plan.flows:
            raise PlayingError(f"no flow is called {case.flow!r}")
        self._plan, self._case = _with_doors(plan, case), case
        self._engine = Engine(components=library().components, address_of=self._address, identify=self._identify)
        self._start = unix_seconds(as_moment(case.at), _zone(plan))
        self._due: list[tuple[float, int, commands.Command]] = []
        self._count = 0
        self._inputs = list(case.inputs)
        self._contact: ContactId | None = None
        self._flows = [FlowName(case.flow)]
        self.played = Played()

    def play(self) -> Played:
        """Let the call come, and follow it to its end, or as long as the case says."""
        self._prepare()
        self._tell(
            commands.ReportCallArrived(call=CALL, pilot=PILOT, party=PARTY, data=self._case.data),
            self._start,
        )
        if self._case.hang_up_after is not None:
            self._later(self._start + self._case.hang_up_after, _hang_up())
        self._run(self._start + self._case.seconds)
        return self.played

    def _address(self, party: PartyId) -> str | None:
        return f"tel:{self._case.source}" if party == PARTY else None

    def _identify(self, _address: str) -> PartyId:
        return OTHER_PARTY

    def _keep(self, values: Mapping[str, Value]) -> None:
        self.played.data.update(revealed(values, PARTY, self._case.source))

    def _run(self, until: float) -> None:
        while self._contact is not None and self.played.end not in {"released", "hung-up", "talking", "forwarded"}:
            deadline = self._engine.next_deadline
            due = self._due[0][0] if self._due else None
            at = min((each for each in (deadline, due) if each is not None), default=None)
            if at is None or at > until:
                return
            command: commands.Command = commands.WakeUp()
            if due is not None and (deadline is None or due <= deadline):
                command = heapq.heappop(self._due)[2]
            self._tell(command, max(at, self._start))

    def _prepare(self) -> None:
        """The site as it is when the call comes: agents, other callers, doors set by hand."""
        now = self._start
        self._tell(commands.LoadPlan(plan=self._plan), now)
        self._tell(commands.ReportLinkUp(link=LINK), now)
        self._tell(commands.ReportCalls(link=LINK, calls=()), now)
        for calendar, door_state in self._case.calendars.items():
            door = commands.SetCalendar(
                calendar=CalendarName(calendar), state=DoorState(door_state), until=None, origin=Origin.SYSTEM
            )
            self._must(door, now)
        for number, agent in enumerate(self._case.agents):
            device = DeviceNumber(f"test-phone-{number}")
            self._must(commands.LogAgentOn(agent=AgentId(agent), device=device, origin=Origin.SYSTEM), now)
        for queue, count in self._case.waiting.items():
            for number in range(count):
                call = CallRef(LINK, CallId(f"other-{queue}-{number}"))
                other = commands.ReportCallArrived(call=call, pilot=_door_of(queue), party=None)
                self._tell(other, now)
        self._due.clear()
        for agent, state in self._case.agents.items():
            if state == "ready":
                self._must(commands.SetAgentReady(agent=AgentId(agent), origin=Origin.SYSTEM), now)

    def _must(self, command: commands.Command, now: float) -> None:
        refusal = self._tell(command, now)
        if refusal is not None:
            raise PlayingError(refusal.text)

    def _later(self, at: float, command: commands.Command) -> None:
        self._count += 1
        heapq.heappush(self._due, (at, self._count, command))

    def _tell(self, command: commands.Command, now: float) -> Refusal | None:
        if self._count > MOST_COMMANDS:
            raise PlayingError(f"the flow does not come to rest: more than {MOST_COMMANDS} steps and answers")
        self._count += 1
        outcome = self._engine.handle(command, now)
        for recorded in outcome.events:
            self._note(recorded.event)
        for effect in outcome.effects:
            self._perform(effect, now)
        return outcome.refusal

    def _note(self, event: events.Event) -> None:
        match event:
            case events.ContactOpened(contact=contact, call=call) if call == CALL:
                self._contact = contact
                self._keep(event.data)
            case events.CallbackScheduled(origin_contact=origin) if origin == self._contact:
                self.played.callback = True
            case _ if getattr(event, "contact", None) == self._contact is not None:
                self._note_own(event)
            case _:
                pass

    def _note_own(self, event: events.Event) -> None:
        match event:
            case events.StepEntered() | events.StepPassed():
                self._note_step(event)
            case events.FlowCalled() | events.FlowReturned() | events.ForwardRequested():
                self._note_way(event)
            case events.ContactQueued(queue=queue, step=step):
                if step is not None:
                    self._pass(self._flows[-1], step, again=True)
                self._flows = [event.flow]
                self.played.queue, self.played.end = queue, "waiting"
            case _:
                self._note_end(event)

    def _note_end(self, event: events.Event) -> None:
        played = self.played
        match event:
            case events.DataSet(values=values):
                self._keep(values)
            case events.QueueLeft():
                played.end = "in-flow"
            case events.ContactAnswered(agent=agent):
                played.agent, played.end = agent, "talking"
            case events.ContactReleased(released_by=by):
                played.end = "hung-up" if by is ReleasedBy.CUSTOMER else "released"
            case events.ContactClosed() if played.end not in {"hung-up", "forwarded", "talking"}:
                played.end = "released"
            case _:
                pass

    def _note_step(self, event: events.StepEntered | events.StepPassed) -> None:
        """A step that asks a second time, or ends the call after its words, stands once in the path."""
        self._flows[-1] = event.flow
        again = isinstance(event, events.StepEntered) and (event.attempt > 1 or _rests(event))
        self._pass(event.flow, event.step, again=again)
        if isinstance(event, events.StepEntered) and event.action is not None and event.verb is not None:
            self.played.heard += heard(revealed(event.action, PARTY, self._case.source))

    def _note_way(self, event: events.FlowCalled | events.FlowReturned | events.ForwardRequested) -> None:
        """Steps that lead into another flow or away, and the way back."""
        if isinstance(event, events.FlowReturned):
            self._flows = self._flows[:-1] or self._flows
            return
        if event.step is not None:
            self._pass(self._flows[-1], event.step, again=False)
        if isinstance(event, events.FlowCalled):
            self._flows.append(event.flow)

    def _pass(self, flow: FlowName, step: StepId, *, again: bool) -> None:
        name = str(step) if flow == self._case.flow else f"{flow}/{step}"
        if not (again and self.played.path and self.played.path[-1] == name):
            self.played.path.append(name)

    def _perform(self, effect: effects.Effect, now: float) -> None:
        match effect:
            case effects.MoveToMedia(contact=contact, cause=cause) if self._case.media:
                session = SessionRef(SERVICE, SessionId(f"session-{contact}-{cause}"))
                joined = commands.ReportMediaJoined(
                    contact=contact, session=session, port=DeviceNumber("port"), cause=cause
                )
                self._later(now, joined)
            case effects.MoveToMedia(contact=contact, cause=cause):
                refused = commands.ReportMediaRefused(contact=contact, reason="no port is free", cause=cause)
                self._later(now, refused)
            case effects.Treat(contact=contact) if contact == self._contact:
                self._hear(effect, now)
            case effects.MoveToAgent(contact=contact, offer=offer) if contact == self._contact:
                self._ring(offer, now)
            case effects.ReleaseCall(contact=contact) if contact == self._contact:
                self._later(now, commands.ReportCallEnded(call=CALL, released_by=ReleasedBy.SYSTEM))
            case effects.AskOutside(contact=contact) if contact == self._contact:
                self._ask(effect, now)
            case effects.ForwardCall(contact=contact) if contact == self._contact:
                self.played.number = effect.number
                self._forward(contact, now)
            case _:
                pass

    def _ring(self, offer: OfferId, now: float) -> None:
        self._later(now + 0.5, commands.ReportOfferAlerting(offer=offer))
        self._later(now + ANSWER_SECONDS, commands.ReportOfferAnswered(offer=offer))

    def _forward(self, contact: ContactId, now: float) -> None:
        if self._case.forward_reached:
            self.played.end = "forwarded"
        reached = commands.ReportForwarded(
            contact=contact,
            reached=self._case.forward_reached,
            reason="" if self._case.forward_reached else "nobody answers",
        )
        self._later(now, reached)

    def _ask(self, effect: effects.AskOutside, now: float) -> None:
        outcome, seconds = self._found(effect.outside), 0.0
        if outcome.result is RequestResult.TIMED_OUT:
            seconds = effect.timeout
        ended = commands.ReportRequestEnded(contact=effect.contact, request=effect.request, outcome=outcome)
        self._later(now + seconds, ended)

    def _found(self, request: OutsideRequest) -> RequestOutcome:
        match request:
            case SendMail():
                self.played.mails += 1
                return RequestOutcome(result=RequestResult.DONE)
            case CheckPin():
                return RequestOutcome(result=RequestResult.DONE, values={"right": True})
            case DatabaseLookUp(query=name) | WebLookUp(service=name):
                answer = self._case.look_ups.get(name)
                if answer is None:
                    return RequestOutcome(result=RequestResult.NOTHING_FOUND)
                return RequestOutcome(result=RequestResult(answer.result), values=answer.values)

    def _hear(self, effect: effects.Treat, now: float) -> None:
        """What the caller does with what they hear: it lasts no time, an answer and a silence do."""
        action = effect.action
        if isinstance(action, actions.PlayMusic):
            return
        given = None
        if not isinstance(action, actions.Play | actions.SendDigits):
            given = self._inputs.pop(0) if self._inputs else SILENCE
        if given == HANG_UP:
            self._later(now, _hang_up())
            return
        seconds, outcome = answer_to(action, given, effect.verb)
        self._later(now + seconds, commands.ReportVerbEnded(contact=effect.contact, verb=effect.verb, outcome=outcome))


def _rests(entered: events.StepEntered) -> bool:
    """Whether nothing is to come of the step: it is entered as the one at which the flow ends."""
    return entered.action is None and entered.outside is None and entered.deadline is None


def _hang_up() -> commands.Command:
    return commands.ReportCallEnded(call=CALL, released_by=ReleasedBy.CUSTOMER)


def _zone(plan: SitePlan) -> str:
    first = min(plan.calendars, default=None)
    return "UTC" if first is None else plan.calendars[first].zone


def _door_of(queue: str) -> DeviceNumber:
    return DeviceNumber(f"test-door-{queue}")


def _with_doors(plan: SitePlan, case: CaseSettings) -> SitePlan:
    """The plan with a pilot for the tested flow, and for each queue that shall be filled a flow that fills it."""
    unknown = [name for name in case.waiting if QueueName(name) not in plan.queues]
    if unknown:
        raise PlayingError(f"no queue is called {unknown[0]!r}")
    flows: dict[FlowName, FlowPlan] = dict(plan.flows)
    pilots: Sequence[PilotPlan] = [PilotPlan(link=LINK, number=PILOT, flow=FlowName(case.flow))]
    for name in case.waiting:
        door = FlowName(f"test-door-{name}")
        step = QueueStep(id=StepId("queue"), queue=QueueName(name))
        flows[door] = FlowPlan(name=door, version="test", steps=(step,))
        pilots = [*pilots, PilotPlan(link=LINK, number=_door_of(name), flow=door)]
    return dataclasses.replace(plan, flows=flows, pilots=tuple(pilots))
