"""The lab's switch and the engine, with a link of a real dialect between them and the voice channel's own judgement.

What the switch tells and what it is asked are encoded, carried and decoded as on a wire; there is no socket and no
waiting.
"""

from collections import deque

from csta import messages as m
from csta.calls import CallMirror
from csta.dialects import Dialect
from csta.errors import CstaError
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Request
from csta.session import Phase
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
from lab.switch.wishes import CallerID, HangUp, Invite, Wish
from tests.scenarios.csta.application import Application
from tests.scenarios.csta.pbx import Pbx
from tests.stories.plan import AGENTS, PORTS

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


class Listener(Application):
    """The application's end; it hands each event over before it folds it into its mirror."""

    def __init__(self, centre: "Centre", dialect: Dialect, profile: str) -> None:
        self._centre = centre
        super().__init__(dialect, profile, WATCHED)

    def _fold(self, event: m.Event, now: float) -> None:
        before = self._centre.callers(event)
        super()._fold(event, now)
        self._centre.heard(event, before)


class Centre:
    """Phones do things; the events go through link, mirror and translation into the engine, whose moves are asked for.

    Args:
        way: the dialect and the profile in which both ends speak.
    """

    def __init__(self, way: tuple[Dialect, str]) -> None:
        self.now = 1000.0
        self.engine = Engine()
        self.journal: list[Event] = []
        self._legs: dict[str, list[str]] = {}
        self._dialled = 0
        self._due: deque[Effect] = deque()
        self.pbx = Pbx(*way)
        self.switch = self.pbx.switch
        self.application = Listener(self, *way)
        self._up = False
        for end in (self.pbx.session, self.application.session):
            end.connection_made(self.now)
        self.settle()
        assert self.application.session.phase is Phase.UP
        assert self.application.watch.surveyed
        self._up = True
        self.tell(v.LoadPlan(plan=SITE))
        self.tell(v.ReportLinkUp(link=LINK))
        self.tell(v.ReportCalls(link=LINK, calls=()))

    @property
    def mirror(self) -> CallMirror:
        """What the application knows of the switch's calls."""
        return self.application.watch.mirror

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
        self.settle()

    def rings(self, device: str) -> None:
        self.switch.progressed(self._legs[device][-1])
        self.settle()

    def answers(self, device: str) -> None:
        self.rings(device)
        self.switch.answered(self._legs[device][-1], self.now)
        self.settle()

    def hangs_up(self, device: str) -> None:
        leg = self._legs[device].pop()
        self.switch.ended(leg, self.now)
        self.settle()

    def holds(self, device: str) -> None:
        self.switch.held(self._legs[device][-1], self.now)
        self.settle()

    def resumes(self, device: str) -> None:
        self.switch.resumed(self._legs[device][-1], self.now)
        self.settle()

    def asks(self, request: Request) -> None:
        """The application asks, and is granted it."""
        self._ask(request)
        self.settle()

    def fails(self, device: str) -> None:
        """The phone is not registered any more."""
        self.switch.unregistered(device)
        self.settle()

    def recovers(self, device: str) -> None:
        """The phone is registered again."""
        self.switch.registered(device)
        self.settle()

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
        """Hand the engine a command, and do all that comes of it."""
        self._command(command)
        self.settle()

    def _command(self, command: v.Command) -> None:
        outcome = self.engine.handle(command, self.now)
        self.journal += [recorded.event for recorded in outcome.events]
        assert check(self.engine.state) == []
        self._due += outcome.effects

    def settle(self) -> None:
        """Carry everything over the link, then do what the engine wishes, until nothing is left."""
        while True:
            self._carry()
            if not self._due:
                break
            self._perform(self._due.popleft())

    def _answer_to(self, request: Request) -> object:
        """Ask the switch over the link; its answer."""
        invoke_id = self.application.session.send_request(request, self.now)
        self._carry()
        return self.application.answers.pop(invoke_id)

    def _carry(self) -> None:
        here, there = self.pbx.session, self.application.session
        while True:
            self.pbx.tell(self.now)
            self._note(self.pbx.take_wishes())
            self.pbx.work(self.now)
            self.application.work(self.now)
            downward, upward = here.data_to_send(), there.data_to_send()
            if not downward and not upward:
                break
            for data, end in ((downward, there), (upward, here)):
                if data:
                    end.receive_data(data, self.now)

    def _note(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            match wish:
                case Invite(leg=leg, number=number):
                    self._legs.setdefault(number, []).append(leg)
                case HangUp(leg=leg):
                    for legs in self._legs.values():
                        if leg in legs:
                            legs.remove(leg)
                case _:
                    pass

    def _perform(self, effect: Effect) -> None:
        match effect:
            case MoveToMedia():
                self._command(v.ReportMediaRefused(contact=effect.contact, reason="none here"))
            case MoveToAgent():
                request = plan_move(self.mirror.calls.get(effect.call.call), effect.device, self.view.devices)
                assert isinstance(request, Request), request
                self._ask(request)
            case ReleaseCall():
                release = plan_release(self.mirror.calls.get(effect.call.call), self.view.devices)
                assert isinstance(release, Request), release
                self._ask(release)
            case _:
                pass

    def _ask(self, request: Request) -> None:
        answer = self._answer_to(request)
        assert not isinstance(answer, CstaError), answer

    def callers(self, event: m.Event) -> list[str]:
        """Who calls in the calls of an event, as it is known before the event."""
        calls = {one for one in map(_call, vars_of(event)) if one is not None}
        found = [self.view.caller(one) for one in sorted(calls)]
        return [one for one in found if one is not None]

    def heard(self, event: m.Event, callers: list[str]) -> None:
        """The engine hears of an event that the mirror has folded in."""
        if not self._up:
            return
        for command in translate(event, self.view, next(iter(callers), None)):
            self._command(command)
        for call in [*self.mirror.calls]:
            for command in progress(call, self.view):
                self._command(command)
        for phone in sorted(self.view.devices.phones):
            busy = self.view.foreign_call_at(phone)
            if busy != (phone in self.engine.state.busy_phones):
                self._command(v.ReportPhoneBusy(device=DeviceNumber(phone), busy=busy))


def vars_of(event: m.Event) -> list[object]:
    return [getattr(event, name) for name in type(event).__dataclass_fields__]


def _call(value: object) -> str | None:
    return value.call_id if isinstance(value, ConnectionID) else None
