"""Supervisors who are brought into talks: what may go wrong at PBX, port, phone and media service, and how it ends."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from csta.errors import ServiceRefused
from csta.messages import ConsultationCall, Request, SingleStepConferenceCall
from cti_server.channels.voice.media import MediaPort, MediaService, Session
from cti_server.channels.voice.services import MediaServices
from cti_server.channels.voice.talks.supervising import PATIENCE, RING_TIME, Supervising
from cti_server.channels.voice.view import View
from cti_server.vocabulary.commands import Command, ReportSupervision
from cti_server.vocabulary.effects import SuperviseCall
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    ContactId,
    DeviceNumber,
    LinkName,
    ServiceName,
    SessionId,
    VerbId,
)
from cti_server.vocabulary.values import (
    CallRef,
    ContactStage,
    SessionRef,
    SupervisionRole,
    VerbOutcome,
    VerbResult,
)
from tests.fakes.virtual_time import VirtualClock

LINK, MEDIA = LinkName("pbx"), ServiceName("media-1")
ANNA, BEN, TALK = AgentId("anna"), AgentId("ben"), ContactId(1)
CALL = CallRef(LINK, CallId("C1"))


class PaperService:
    """A media service whose orders are kept."""

    def __init__(self, ports: int) -> None:
        self.name, self.weight, self.connected = MEDIA, 1.0, True
        numbers = [DeviceNumber(f"700{one}") for one in range(1, ports + 1)]
        self.ports = {number: MediaPort(number, MEDIA, True, None) for number in numbers}
        self.sessions: dict[SessionId, Session] = {}
        self.roles: list[tuple[str, str, str | None]] = []
        self.hung_up: list[SessionId] = []
        self.placed: list[tuple[VerbId, SessionId]] = []

    def free_ports(self, monitored: frozenset[str]) -> list[DeviceNumber]:
        taken = {session.port for session in self.sessions.values()}
        free = (one for one in self.ports.values() if one.number in monitored and one.number not in taken)
        return [one.number for one in free if not one.reserved_until]

    def confer(self, session: SessionId, room: str, role: str, whisper_to: SessionId | None = None) -> None:
        assert room == "supervision-1"
        self.roles.append((session, role, whisper_to))

    def hang_up(self, session: SessionId) -> None:
        self.hung_up.append(session)

    def place(self, verb: VerbId, session: SessionId, target: str, timeout: float, contact: ContactId) -> None:
        assert (target, timeout) == ("7102", RING_TIME)
        assert contact == TALK
        self.placed.append((verb, session))


class Desk:
    """Anna talks; Ben is to be brought there. The parts are told by hand what PBX and media service see."""

    def __init__(self, ports: int = 2) -> None:
        self.clock = VirtualClock()
        self.told: list[ReportSupervision] = []
        self.asked: list[Request] = []
        self.refusals: dict[type[Request], Exception] = {}
        self.linked = True
        self.service = PaperService(ports)
        self.contact = SimpleNamespace(
            id=TALK, call=CALL, agent=ANNA, stage=ContactStage.TALKING, talk=SimpleNamespace(supervisors={})
        )
        self.contacts = {TALK: self.contact}
        self.services = MediaServices(self.clock, [cast("MediaService", self.service)])
        view = SimpleNamespace(
            link=LINK, state=SimpleNamespace(contacts=self.contacts), agent_device=lambda _: DeviceNumber("7101")
        )
        self.supervising = Supervising(
            clock=self.clock,
            submit=self.take,
            services=self.services,
            view=lambda _: cast("View", view),
            link=lambda _: cast("Any", self) if self.linked else None,
            monitored=lambda _: frozenset(self.service.ports),
        )

    def take(self, command: Command) -> None:
        assert isinstance(command, ReportSupervision)
        self.told.append(command)

    def request(self, request: Request) -> Deferred[Any]:
        self.asked.append(request)
        refusal = self.refusals.get(type(request))
        return succeed(None) if refusal is None else fail(refusal)

    def wish(self, role: SupervisionRole | None = SupervisionRole.LISTEN) -> None:
        effect = SuperviseCall(cause=7, contact=TALK, call=CALL, supervisor=BEN, device=DeviceNumber("7102"), role=role)
        self.supervising.perform(effect)

    def port_answers(self, number: str, name: str) -> Session:
        session = Session(SessionRef(MEDIA, SessionId(name)), DeviceNumber(number), True, "")
        self.service.sessions[SessionId(name)] = session
        assert self.supervising.takes(session)
        assert self.supervising.answered(session)
        return session

    def phone_ends(self, result: VerbResult = VerbResult.FINISHED, detail: str = "") -> Session:
        verb, name = self.service.placed[-1]
        assert self.supervising.verb_ended(verb, VerbOutcome(result, detail=detail))
        return Session(SessionRef(MEDIA, name), DeviceNumber("7002"), True, "")

    def listens(self) -> tuple[Session, Session]:
        """Ben listens; the sessions of the talk and of his."""
        self.wish()
        talk = self.port_answers("7001", "talk")
        return talk, self.phone_ends()

    def reasons(self) -> list[str]:
        return [one.reason for one in self.told if one.role is None]


def test_a_supervisor_listens_and_hangs_up() -> None:
    desk = Desk()
    talk, ben = desk.listens()
    assert [type(one) for one in desk.asked] == [SingleStepConferenceCall]
    assert desk.service.roles == [("talk", "speaker", None), (ben.ref.session, "listener", None)]
    assert [one.role for one in desk.told] == [SupervisionRole.LISTEN]
    desk.supervising.ended(ben)
    assert [one.role for one in desk.told] == [SupervisionRole.LISTEN, None]
    assert talk.ref.session in desk.service.hung_up, "the port leaves the talk with the last who listens"
    assert desk.supervising.ended(talk) is None
    assert len(desk.told) == 2, "nothing is told twice"


def test_a_supervisor_is_sent_off() -> None:
    desk = Desk()
    talk, ben = desk.listens()
    desk.wish(None)
    assert set(desk.service.hung_up) == {talk.ref.session, ben.ref.session}
    assert desk.told[-1].role is None


def test_a_whisper_takes_the_agent_aside_and_lasts() -> None:
    desk = Desk()
    _, ben = desk.listens()
    desk.wish(SupervisionRole.WHISPER)
    assert type(desk.asked[-1]) is ConsultationCall
    desk.port_answers("7002", "anna")
    assert desk.service.roles[-1] == (ben.ref.session, "whisperer", "anna")
    assert desk.told[-1].role is SupervisionRole.WHISPER
    desk.supervising.ended(ben)
    assert "talk" not in desk.service.hung_up, "customer and agent hear one another by the room alone"


def test_a_whisper_without_a_second_port_is_refused() -> None:
    desk = Desk(ports=1)
    desk.listens()
    desk.wish(SupervisionRole.WHISPER)
    assert desk.reasons() == ["no media port is free for the agent, so that nobody can whisper to them"]


@pytest.mark.parametrize("end", ["agent hangs up", "given on", "closed"])
def test_a_talk_that_is_over_lets_the_supervisor_go(end: str) -> None:
    desk = Desk()
    talk, ben = desk.listens()
    if end == "agent hangs up":
        desk.contact.stage = ContactStage.WRAP_UP
    elif end == "given on":
        desk.contact.agent = AgentId("carla")
    else:
        del desk.contacts[TALK]
    desk.supervising.look()
    assert desk.service.hung_up == [talk.ref.session, ben.ref.session]
    assert desk.reasons() == ([] if end == "closed" else ["the talk is over"])


def test_a_port_that_leaves_the_talk_ends_the_supervision() -> None:
    desk = Desk()
    talk, ben = desk.listens()
    desk.supervising.ended(talk)
    assert ben.ref.session in desk.service.hung_up
    assert desk.reasons() == ["the talk left the media service"]


def test_a_pbx_without_such_a_conference_is_told_in_words() -> None:
    desk = Desk()
    desk.refusals[SingleStepConferenceCall] = ServiceRefused("operation", "serviceNotSupported")
    desk.wish()
    (reason,) = desk.reasons()
    assert "the PBX does not bring the talk to a media port" in reason
    assert "serviceNotSupported" in reason
    assert desk.service.free_ports(frozenset(desk.service.ports)) == ["7001", "7002"], "the port is free again"


def test_what_is_missing_is_told_in_words() -> None:
    nobody, without_ports, unlinked = Desk(), Desk(ports=0), Desk()
    nobody.contact.agent = None
    unlinked.linked = False
    for desk in (nobody, without_ports, unlinked):
        desk.wish()
        assert not desk.asked
    assert nobody.reasons() == ["nobody talks with the customer"]
    assert without_ports.reasons() == ["no media port is free"]
    assert unlinked.service.free_ports(frozenset(unlinked.service.ports)) == ["7001", "7002"]
    assert unlinked.reasons() == ["the link to the PBX is down"]


def test_a_port_that_never_answers_is_given_up() -> None:
    desk = Desk()
    desk.wish()
    desk.clock.advance(PATIENCE + 1)
    assert desk.reasons() == ["media port 7001 did not answer"]
    late = Session(SessionRef(MEDIA, SessionId("late")), DeviceNumber("7001"), True, "")
    assert not desk.supervising.answered(late)


@pytest.mark.parametrize("answer", [VerbResult.FAILED, None], ids=["busy", "silence"])
def test_a_supervisor_who_does_not_answer_leaves_the_talk_as_it_was(answer: VerbResult | None) -> None:
    desk = Desk()
    desk.wish()
    desk.port_answers("7001", "talk")
    if answer is None:
        desk.clock.advance(RING_TIME + PATIENCE + 1)
    else:
        desk.phone_ends(answer, "486 Busy Here")
    (reason,) = desk.reasons()
    assert reason.startswith("the phone 7102 did not answer")
    assert desk.service.hung_up == ["talk"]


def test_a_second_wish_while_one_is_under_way_is_refused() -> None:
    desk = Desk()
    desk.wish()
    desk.wish(SupervisionRole.JOIN)
    assert desk.reasons() == ["another supervisor is being brought there; ask again"]
    desk.port_answers("7001", "talk")
    desk.phone_ends()
    assert desk.told[-1].role is SupervisionRole.LISTEN
