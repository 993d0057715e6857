"""The lab's switch and the engine, joined by the voice channel's own judgement of events: no socket, no waiting."""

from dataclasses import replace

from csta import messages as m
from csta.calls import CallMirror
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ErrorResponse, Request
from cti_server.channels.voice.moves import plan_move, plan_release
from cti_server.channels.voice.translate import progress, translate
from cti_server.channels.voice.view import Devices, View
from cti_server.contacts.contact import Contact
from cti_server.engine.engine import Engine
from cti_server.engine.invariants import check
from cti_server.flows.steps import MusicStep, QueueStep
from cti_server.vocabulary import commands as v
from cti_server.vocabulary.effects import Effect, MoveToAgent, MoveToMedia, ReleaseCall
from cti_server.vocabulary.events import Event
from cti_server.vocabulary.ids import (
    AgentId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    PartyId,
    PromptName,
    QueueName,
    StepId,
)
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan, QueuePlan, SitePlan
from cti_server.vocabulary.values import Origin, WorkState
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, HangUp, Invite, Notify
from tests.stories.plan import AGENTS, PLAN, PORTS

LINK, SALES = LinkName("pbx"), QueueName("sales")
ANNA, BEN = AgentId("anna"), AgentId("ben")
PHONES = {ANNA: "7101", BEN: "7102"}
WATCHED = ("7000", *PORTS, *AGENTS, "7301")
STRAIGHT, WAIT = FlowName("straight"), FlowName("wait")
MUSIC = MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=3600.0)
SITE = SitePlan(
    version="1",
    groups=(GroupName("sales"),),
    agents={one: AgentPlan(id=one, name=one.title(), groups=(GroupName("sales"),)) for one in (ANNA, BEN)},
    queues={SALES: QueuePlan(name=SALES, groups=(GroupName("sales"),), flow=WAIT, wrap_up=5.0)},
    pilots=(PilotPlan(link=LINK, number=DeviceNumber("7000"), flow=STRAIGHT),),
    flows={
        STRAIGHT: FlowPlan(name=STRAIGHT, version="1", steps=(QueueStep(id=StepId("q"), queue=SALES),)),
        WAIT: FlowPlan(name=WAIT, version="1", steps=(MUSIC,)),
    },
)


class Centre:
    """Phones do things; the events go through mirror and translation into the engine, whose moves the switch obeys."""

    def __init__(self) -> None:
        self.switch = Switch(PLAN, epoch=0x5EED)
        for number in PLAN.extensions:
            self.switch.registered(number)
        self.switch.attend(frozenset({"7000"}))
        self.mirror = CallMirror()
        self.engine = Engine()
        self.journal: list[Event] = []
        self.now = 1000.0
        self._legs: dict[str, list[str]] = {}
        self._dialled = 0
        for number in WATCHED:
            self.mirror.monitor_started(number, number)
        self.tell(v.LoadPlan(plan=SITE))
        self.tell(v.ReportLinkUp(link=LINK))
        self.tell(v.ReportCalls(link=LINK, calls=()))

    # --- what people do

    def works(self, *agents: AgentId) -> None:
        for agent in agents:
            self.tell(v.LogAgentOn(agent=agent, device=DeviceNumber(PHONES[agent]), origin=Origin.CONSOLE))
            self.tell(v.SetAgentReady(agent=agent, origin=Origin.CONSOLE))

    def dials(self, device: str, number: str) -> None:
        """A call of its own; a phone that talks has put that talk on hold first."""
        self._dialled += 1
        leg = f"leg-{device}-{self._dialled}"
        self._legs.setdefault(device, []).append(leg)
        self.switch.arrived(leg, CallerID(device, ""), number, self.now)
        self._take()

    def rings(self, device: str) -> None:
        self.switch.progressed(self._legs[device][-1])
        self._take()

    def answers(self, device: str) -> None:
        self.rings(device)
        self.switch.answered(self._legs[device][-1], self.now)
        self._take()

    def hangs_up(self, device: str) -> None:
        leg = self._legs[device].pop()
        self.switch.ended(leg, self.now)
        self._take()

    def holds(self, device: str) -> None:
        self.switch.held(self._legs[device][-1], self.now)
        self._take()

    def resumes(self, device: str) -> None:
        self.switch.resumed(self._legs[device][-1], self.now)
        self._take()

    def asks(self, request: Request) -> None:
        answer, deed = self.switch.perform(request, self.now)
        assert not isinstance(answer, ErrorResponse), answer
        deed()
        self._take()

    def at(self, device: str, *, state: str) -> ConnectionID:
        """The device's connection in that state."""
        for call in self.mirror.calls_at(device):
            if call.connections[device].state == state:
                return ConnectionID(call.call_id, device)
        raise AssertionError(f"{device} has no call that is {state}")

    def consults(self, device: str, number: str) -> None:
        self.asks(
            m.ConsultationCall(existing_call=self.at(device, state="connected"), consulted_device=DeviceID(number))
        )

    def transfers(self, device: str) -> None:
        held, active = self.at(device, state="hold"), self.at(device, state="connected")
        self.asks(m.TransferCall(held_call=held, active_call=active))

    def confers(self, device: str) -> None:
        held, active = self.at(device, state="hold"), self.at(device, state="connected")
        self.asks(m.ConferenceCall(held_call=held, active_call=active))

    def passes(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.engine.next_deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.tell(v.WakeUp())
        self.now = end

    # --- what is seen

    def contact(self) -> Contact:
        (contact,) = self.engine.state.contacts.values()
        return contact

    def work(self, agent: AgentId) -> WorkState:
        return self.engine.state.agents[agent].work

    def kinds(self) -> list[str]:
        """Events since the last look."""
        found, self.journal = [type(event).__name__ for event in self.journal], []
        return found

    # --- inside

    @property
    def view(self) -> View:
        phones = frozenset(number for number in WATCHED if number not in {"7000", *PORTS})
        devices = Devices(frozenset({"7000"}), frozenset(PORTS), phones)
        return View(
            link=LINK,
            devices=devices,
            mirror=self.mirror,
            state=self.engine.state,
            identify=lambda _address: PartyId(1),
        )

    def tell(self, command: v.Command) -> None:
        outcome = self.engine.handle(command, self.now)
        self.journal += [recorded.event for recorded in outcome.events]
        assert check(self.engine.state) == []
        for effect in outcome.effects:
            self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case MoveToMedia():
                self.tell(v.ReportMediaRefused(contact=effect.contact, reason="none here"))
            case MoveToAgent():
                request = plan_move(self.mirror.calls.get(effect.call.call), effect.device, self.view.devices)
                assert isinstance(request, Request), request
                self.asks(request)
            case ReleaseCall():
                release = plan_release(self.mirror.calls.get(effect.call.call), self.view.devices)
                assert isinstance(release, Request), release
                self.asks(release)
            case _:
                pass

    def _take(self) -> None:
        for wish in self.switch.take_wishes():
            match wish:
                case Notify(device, event) if device in WATCHED:
                    self._hear(replace(event, monitor_cross_ref_id=device))
                case Invite(leg=leg, number=number):
                    self._legs.setdefault(number, []).append(leg)
                case HangUp(leg=leg):
                    for legs in self._legs.values():
                        if leg in legs:
                            legs.remove(leg)
                case _:
                    pass

    def _hear(self, event: m.Event) -> None:
        calls = {one for one in map(_call, vars_of(event)) if one is not None}
        before = {one: self.view.caller(one) for one in calls}
        self.mirror.fold(event, self.now)
        caller = next((one for one in before.values() if one is not None), None)
        for command in translate(event, self.view, caller):
            self.tell(command)
        for call in [*self.mirror.calls]:
            for command in progress(call, self.view):
                self.tell(command)
        for phone in sorted(self.view.devices.phones):
            busy = self.view.foreign_call_at(phone)
            if busy != (phone in self.engine.state.busy_phones):
                self.tell(v.ReportPhoneBusy(device=DeviceNumber(phone), busy=busy))


def vars_of(event: m.Event) -> list[object]:
    return [getattr(event, name) for name in type(event).__dataclass_fields__]


def _call(value: object) -> str | None:
    return value.call_id if isinstance(value, ConnectionID) else None
