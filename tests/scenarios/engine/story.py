"""A story told to the engine on a clock of its own, and the transcript that it leaves."""

from collections.abc import Sequence
from dataclasses import fields

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.vocabulary import actions, commands, effects, events
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    ContactId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    OfferId,
    PartyId,
    PromptName,
    QueueName,
    ServiceName,
    SessionId,
    StepId,
)
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan, QueuePlan, SitePlan
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import (
    CallRef,
    OfferOutcome,
    Origin,
    ReleasedBy,
    SessionRef,
    SurveyedCall,
    SurveyedConnection,
    Utterance,
    VerbOutcome,
    VerbResult,
)

LINK = LinkName("pbx")
MEDIA = ServiceName("media-1")
ANNA, BEN = AgentId("anna"), AgentId("ben")
SALES, SERVICE = QueueName("sales"), QueueName("service")
START = 1_000_000.0

DEVICES = {ANNA: DeviceNumber("7101"), BEN: DeviceNumber("7102"), AgentId("cleo"): DeviceNumber("7103")}


def say(name: str) -> tuple[Utterance, ...]:
    return (Utterance(prompt=PromptName(name)),)


WELCOME = FlowPlan(
    name=FlowName("welcome"),
    version="w1",
    steps=(
        PlayStep(id=StepId("greet"), utterances=say("welcome"), barge_in=True),
        MenuStep(
            id=StepId("menu"),
            utterances=say("menu"),
            choices={"1": StepId("to-sales"), "2": StepId("to-service"), "9": StepId("bye")},
            otherwise=StepId("to-service"),
            attempts=2,
        ),
        QueueStep(id=StepId("to-sales"), queue=SALES),
        QueueStep(id=StepId("to-service"), queue=SERVICE),
        DisconnectStep(id=StepId("bye"), utterances=say("sorry")),
    ),
)
WAITING = FlowPlan(
    name=FlowName("waiting"),
    version="q1",
    steps=(
        PositionStep(id=StepId("position"), before=say("position_before"), after=say("position_after")),
        MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=30.0, next=StepId("position")),
    ),
)
DIRECT = FlowPlan(name=FlowName("direct"), version="d1", steps=(QueueStep(id=StepId("q"), queue=SALES, priority=5),))
URGENT = FlowPlan(name=FlowName("urgent"), version="u1", steps=(QueueStep(id=StepId("q"), queue=SALES, priority=1),))


def site(version: str = "1", **changes: object) -> SitePlan:
    plan = {
        "version": version,
        "groups": (GroupName("sales"), GroupName("service")),
        "agents": {
            ANNA: AgentPlan(id=ANNA, name="Anna", groups=(GroupName("sales"), GroupName("service"))),
            BEN: AgentPlan(id=BEN, name="Ben", groups=(GroupName("sales"),)),
            AgentId("cleo"): AgentPlan(id=AgentId("cleo"), name="Cleo", groups=(GroupName("service"),)),
        },
        "queues": {
            SALES: QueuePlan(name=SALES, groups=(GroupName("sales"),), flow=WAITING.name, ring_time=12, wrap_up=8),
            SERVICE: QueuePlan(
                name=SERVICE, groups=(GroupName("service"),), flow=WAITING.name, ring_time=12, wrap_up=0
            ),
        },
        "pilots": (
            PilotPlan(link=LINK, number=DeviceNumber("7000"), flow=WELCOME.name),
            PilotPlan(link=LINK, number=DeviceNumber("7009"), flow=DIRECT.name),
            PilotPlan(link=LINK, number=DeviceNumber("7001"), flow=URGENT.name),
        ),
        "flows": {flow.name: flow for flow in (WELCOME, WAITING, DIRECT, URGENT)},
    }
    return SitePlan(**{**plan, **changes})  # type: ignore[arg-type]  # a test's own plan, made of known parts


def call_ref(call: str) -> CallRef:
    return CallRef(LINK, CallId(call))


def session_ref(name: str) -> SessionRef:
    return SessionRef(MEDIA, SessionId(name))


class Story:
    """Tells commands to an engine; after each the state is sound and equal to a replay of the journal."""

    def __init__(self, plan: SitePlan | None = None, *, up: bool = True) -> None:
        self.addresses: dict[PartyId, str] = {}
        self.engine = Engine(address_of=self.addresses.get, identify=self.identify)
        self.replayed = State()
        self.journal: list[events.Recorded] = []
        self.effects: list[effects.Effect] = []
        self.now = START
        self.mark = 0
        self.tell(commands.LoadPlan(plan=plan if plan is not None else site()))
        if up:
            self.link_up()
        self.transcript()

    @property
    def state(self) -> State:
        return self.engine.state

    def tell(self, command: commands.Command) -> Outcome:
        outcome = self.engine.handle(command, self.now)
        self.journal.extend(outcome.events)
        self.effects = list(outcome.effects)
        for recorded in outcome.events:
            apply(self.replayed, recorded)
        assert check(self.state) == []
        assert self.replayed == self.state
        for effect in outcome.effects:
            assert 0 < effect.cause <= self.state.seq
        if outcome.refusal is not None:
            assert not outcome.events
            assert not outcome.effects
        return outcome

    def refused(self, command: commands.Command) -> RefusalCode | None:
        refusal = self.tell(command).refusal
        return refusal.code if refusal is not None else None

    def later(self, seconds: float) -> None:
        """Let time pass; every deadline on the way is kept to the moment."""
        end = self.now + seconds
        while (deadline := self.engine.next_deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.tell(commands.WakeUp())
        self.now = end

    def transcript(self) -> list[str]:
        """What happened since the last transcript, one line per event."""
        new, self.mark = self.journal[self.mark :], len(self.journal)
        return [line(recorded) for recorded in new]

    def identify(self, address: str) -> PartyId:
        """The party of an address, as the party book numbers them."""
        known = {known: party for party, known in self.addresses.items()}
        party = known.get(address, PartyId(1000 + len(known)))
        self.addresses[party] = address
        return party

    # what the PBX and the media service say

    def link_up(self) -> Outcome:
        return self.tell(commands.ReportLinkUp(link=LINK))

    def link_down(self) -> Outcome:
        return self.tell(commands.ReportLinkDown(link=LINK, reason="cable"))

    def survey(self, **calls: Sequence[tuple[str, str]]) -> Outcome:
        found = tuple(
            SurveyedCall(
                call_ref(name), tuple(SurveyedConnection(DeviceNumber(device), state) for device, state in connections)
            )
            for name, connections in calls.items()
        )
        return self.tell(commands.ReportCalls(link=LINK, calls=found))

    def arrive(self, call: str, pilot: str = "7000", party: int | None = 1) -> ContactId:
        self.tell(
            commands.ReportCallArrived(
                call=call_ref(call), pilot=DeviceNumber(pilot), party=PartyId(party) if party is not None else None
            )
        )
        return ContactId(self.state.last_contact)

    def join(self, contact: ContactId, session: str | None = None, port: str = "7201") -> Outcome:
        ref = session_ref(session if session is not None else f"s{contact}")
        return self.tell(commands.ReportMediaJoined(contact=contact, session=ref, port=DeviceNumber(port)))

    def lose(self, contact: ContactId, session: str | None = None, *, failed: bool = False) -> Outcome:
        ref = session_ref(session if session is not None else f"s{contact}")
        reason = "the service is away" if failed else "remote"
        return self.tell(commands.ReportMediaLost(contact=contact, session=ref, reason=reason, failed=failed))

    def no_media(self, contact: ContactId) -> Outcome:
        return self.tell(commands.ReportMediaRefused(contact=contact, reason="no port is free"))

    def verb(self, contact: ContactId, result: VerbResult = VerbResult.FINISHED, digits: str = "") -> Outcome:
        verb = self.state.contacts[contact].cursor.verb
        assert verb is not None
        outcome = VerbOutcome(result, digits)
        return self.tell(commands.ReportVerbEnded(contact=contact, verb=verb, outcome=outcome))

    def press(self, contact: ContactId, digit: str) -> Outcome:
        return self.verb(contact, VerbResult.DIGITS, digit)

    def hang_up(self, call: str, by: ReleasedBy = ReleasedBy.CUSTOMER) -> Outcome:
        return self.tell(commands.ReportCallEnded(call=call_ref(call), released_by=by, cause_text="normalClearing"))

    def alert(self, offer: int) -> Outcome:
        return self.tell(commands.ReportOfferAlerting(offer=OfferId(offer)))

    def answer(self, offer: int) -> Outcome:
        return self.tell(commands.ReportOfferAnswered(offer=OfferId(offer)))

    def fail(self, offer: int, outcome: OfferOutcome) -> Outcome:
        return self.tell(commands.ReportOfferFailed(offer=OfferId(offer), outcome=outcome, reason="pbx"))

    # what agents do

    def log_on(self, *agents: AgentId, origin: Origin = Origin.PHONE) -> None:
        for agent in agents:
            self.tell(commands.LogAgentOn(agent=agent, device=DEVICES[agent], origin=origin))
            self.ready(agent, origin)

    def ready(self, agent: AgentId, origin: Origin = Origin.PHONE) -> Outcome:
        return self.tell(commands.SetAgentReady(agent=agent, origin=origin))

    def not_ready(self, agent: AgentId, reason: str = "", origin: Origin = Origin.CONSOLE) -> Outcome:
        return self.tell(commands.SetAgentNotReady(agent=agent, origin=origin, reason=reason))

    def log_off(self, agent: AgentId, origin: Origin = Origin.CONSOLE) -> Outcome:
        return self.tell(commands.LogAgentOff(agent=agent, origin=origin))

    # short cuts

    def waiting_caller(self, call: str, digit: str = "1") -> ContactId:
        """A caller who has chosen a queue, with a session."""
        contact = self.arrive(call)
        self.join(contact)
        self.verb(contact)
        self.press(contact, digit)
        return contact

    def actions(self) -> list[actions.Action]:
        """What media sessions are to do."""
        return [effect.action for effect in self.effects if isinstance(effect, effects.Treat)]

    def kinds(self) -> list[str]:
        """The effects' names; of what a session is to do, that action's."""
        return [
            type(effect.action if isinstance(effect, effects.Treat) else effect).__name__ for effect in self.effects
        ]


def line(recorded: events.Recorded) -> str:
    """``<seconds> <event> <what tells it apart>``; causes and versions are looked at elsewhere."""
    event = recorded.event
    shown = []
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name in SHOWN and value is not None and value != "":
            if isinstance(value, VerbOutcome):
                value = f"{value.result} {value.digits}".strip()
            shown.append(f"{value - START:g}" if field.name == "deadline" else str(value))
    return " ".join([f"{recorded.at - START:g}", type(event).__name__, *shown])


SHOWN = {
    "contact",
    "agent",
    "offer",
    "queue",
    "step",
    "verb",
    "deadline",
    "position",
    "outcome",
    "reason",
    "disposition",
}
