"""The console through the real telnet protocol, in memory: log-in, editing, completion, commands, hostility."""

import re
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, LogLevel, globalLogPublisher
from twisted.python.failure import Failure

from cti_server.console import service
from cti_server.console.commands.table import COMMANDS
from cti_server.console.faces import Faces
from cti_server.console.operations import ContactLine, History, SegmentLine
from cti_server.console.rights import EVERYTHING, Actor
from cti_server.console.service import Console
from cti_server.console.shell import Done, Shell
from cti_server.console.users import Users, UsersError
from cti_server.engine.engine import Engine
from cti_server.vocabulary.commands import Command, LoadPlan
from cti_server.vocabulary.events import ContactOpened, OfferMade, OperationNoted, Recorded
from cti_server.vocabulary.ids import AgentId, CallId, ContactId, DeviceNumber, FlowName, LinkName, OfferId, PartyId
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.status import LinkStatus, MediaStatus, PortStatus
from cti_server.vocabulary.values import CallRef, Channel, PassedOver
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.runtime.test_pump import PLAN

PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
OPENED = ContactOpened(
    contact=ContactId(1),
    channel=Channel.VOICE,
    call=CallRef(LinkName("pbx"), CallId("C1")),
    pilot=DeviceNumber("7000"),
    party=None,
    flow=FlowName("welcome"),
    flow_version="1",
)
OFFERED = OfferMade(
    offer=OfferId(1),
    contact=ContactId(1),
    agent=AgentId("anna"),
    device=DeviceNumber("7101"),
    deadline=1020.0,
    passed_over=(PassedOver(AgentId("ben"), "not ready"),),
)


class FakeOperations:
    """An engine without a journal behind it."""

    def __init__(self, clock: VirtualClock) -> None:
        self.engine = Engine()
        self.clock = clock
        self.listeners: list[Callable[[Sequence[Recorded]], None]] = []
        self.reloads = 0
        self.drained: set[str] = set()
        self.addresses: list[str] = []
        self.rows: list[Recorded] = []
        self.submit(LoadPlan(plan=PLAN))

        self.actor = EVERYTHING
        self.faces = Faces()
        self.told: list[str] = []
        self.progress: Callable[[str], None] = self.told.append

    @property
    def state(self) -> Any:
        return self.engine.state

    def acting(self, actor: Actor, progress: Callable[[str], None] | None = None) -> "FakeOperations":
        seen = copy(self)
        seen.actor = actor
        seen.progress = progress or self.told.append
        return seen

    def now(self) -> float:
        return self.clock.now()

    def submit(self, command: Command) -> Deferred[Refusal | None]:
        outcome = self.engine.handle(command, self.now())
        self.rows += [row for row in outcome.events if isinstance(row.event, OperationNoted)]
        for listener in self.listeners:
            listener(outcome.events)
        return succeed(outcome.refusal)

    def listen(self, listener: Callable[[Sequence[Recorded]], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def links(self) -> Sequence[LinkStatus]:
        return [
            LinkStatus("pbx", "csta", "127.0.0.1:11040", True, "openscape_voice"),
            LinkStatus("m", "media", "x", False),
        ]

    def connectors(self) -> Sequence[LinkStatus]:
        return [LinkStatus("crm", "web", "https://crm.example.net", False, "circuit open")]

    def identify(self, address: str) -> PartyId:
        if address not in self.addresses:
            self.addresses.append(address)
        return PartyId(self.addresses.index(address) + 1)

    def address(self, party: PartyId) -> str | None:
        return self.addresses[party - 1] if party <= len(self.addresses) else None

    def ports(self) -> Sequence[PortStatus]:
        return [PortStatus("7001", "media-1", True, None, "free"), PortStatus("7002", "media-1", False, None, "free")]

    def media(self) -> Sequence[MediaStatus]:
        return [
            MediaStatus(
                name=name,
                peer="127.0.0.1:7801",
                state=state,
                draining=name in self.drained,
                ports=4,
                registered=3,
                free=2,
                lines=0,
                sessions=sessions,
                weight=1.5,
            )
            for name, state, sessions in (("media-1", "up", 1), ("media-2", "away", 0))
        ]

    def drain(self, service: str, *, on: bool) -> str | None:
        if service not in {"media-1", "media-2"}:
            return None
        (self.drained.add if on else self.drained.discard)(service)
        return f"{service}: {on}"

    def why(self, contact: ContactId, agent: AgentId | None) -> Deferred[str | None]:
        return succeed(f"Contact {contact} waited for {agent or 'somebody'}" if contact == 1 else None)

    def history(self, contact: ContactId) -> Deferred[History]:
        if contact != 1:
            return succeed(History([], []))
        rows = [Recorded(7, 1000.0, None, OPENED), Recorded(8, 1001.5, 7, OFFERED)]
        return succeed(History(rows, [SegmentLine("flow", "welcome", 1000.0, 1001.5)]))

    def contacts(self, limit: int) -> Deferred[Sequence[ContactLine]]:
        return succeed([ContactLine(1, 1000.0, "sales", "anna", "answered", 12.0, 65.0)][:limit])

    def noted(self, limit: int) -> Deferred[Sequence[Recorded]]:
        return succeed(self.rows[::-1][:limit])

    def reload(self) -> Deferred[str]:
        self.reloads += 1
        return succeed("nothing has changed")


class Seat:
    """A telnet user: types bytes, sees text."""

    def __init__(self, console: Console, clock: VirtualClock) -> None:
        self.clock = clock
        self.transport = StringTransport()
        protocol: Any = console.build("127.0.0.1")
        assert protocol is not None
        self.protocol = protocol
        protocol.makeConnection(self.transport)

    def type(self, text: str | bytes) -> str:
        """What the screen shows in answer, without control sequences."""
        self.transport.clear()
        self.protocol.dataReceived(text.encode() if isinstance(text, str) else text)
        return self.seen()

    def seen(self) -> str:
        text = re.sub(rb"\xff[\xfb-\xfe].|\x1b\[[0-9;?]*[A-Za-z]", b"", self.transport.value())
        return text.decode("utf-8", "replace").replace("\r\n", "\n")

    def log_in(self) -> None:
        self.type("ops\r\n")
        assert "Welcome" in self.type(f"{PASSWORD}\r\n")

    @property
    def closed(self) -> bool:
        return bool(self.transport.disconnecting)

    def leave(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionDone()))


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Users:
    users = Users(tmp_path_factory.mktemp("console") / "users", QUICK)
    users.add("ops", PASSWORD)
    return users


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def operations(clock: VirtualClock) -> FakeOperations:
    return FakeOperations(clock)


@pytest.fixture
def console(users: Users, clock: VirtualClock, operations: FakeOperations) -> Console:
    return Console(operations=operations, users=users, worker=InlineWorker(), clock=clock)


@pytest.fixture
def seat(console: Console, clock: VirtualClock) -> Seat:
    seat = Seat(console, clock)
    seat.log_in()
    return seat


def test_the_password_is_not_shown_and_not_in_the_history(console: Console, clock: VirtualClock) -> None:
    seat = Seat(console, clock)
    assert "user: " in seat.seen()
    assert "password: " in seat.type("ops\r\n")
    assert PASSWORD not in seat.type(PASSWORD)
    assert "callwright> " in seat.type("\r\n")
    assert PASSWORD not in seat.type("\x1b[A")


def test_three_wrong_passwords_end_the_session_and_disturb_no_other(
    console: Console, clock: VirtualClock, seat: Seat
) -> None:
    intruder = Seat(console, clock)
    with capture_logs() as log:
        for _ in range(3):
            intruder.type("ops\r\n")
            assert "wrong" not in intruder.type("not the password\r\n")
            clock.advance(service.WRONG_PASSWORD_DELAY + 0.1)
            assert "wrong user or password" in intruder.seen()
    assert intruder.closed
    assert [entry["event"].startswith("console log-in refused") for entry in log] == [True] * 3
    assert "anna" in seat.type("show agents\r\n")


def test_an_unknown_user_is_refused_like_a_wrong_password(console: Console, clock: VirtualClock) -> None:
    seat = Seat(console, clock)
    seat.type("nobody\r\n")
    seat.type(f"{PASSWORD}\r\n")
    clock.advance(2)
    assert "wrong user or password" in seat.seen()


def test_who_does_not_log_in_is_let_go(console: Console, clock: VirtualClock) -> None:
    seat = Seat(console, clock)
    clock.advance(service.LOG_IN_TIME + 1)
    assert seat.closed


def test_who_presses_no_key_for_long_is_let_go(
    console: Console, clock: VirtualClock, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key begins the time anew, and sets no timer: keys come by the thousand."""
    clock.advance(console.idle_limit - 1)
    with monkeypatch.context() as patched:
        patched.delattr(clock.__class__, "call_later")
        seat.type("whoami" * 500)
    clock.advance(console.idle_limit - 1)
    assert not seat.closed
    clock.advance(2)
    assert seat.closed
    assert "nobody was there" in seat.seen()


def test_agents_are_changed_and_refusals_are_told(seat: Seat) -> None:
    assert "refused: " in seat.type("agent ready anna\r\n")
    assert "anna is logged on at 7101, not ready" in seat.type("agent logon anna 7101\r\n")
    assert "anna is ready" in seat.type("agent ready anna\r\n")
    shown = seat.type("show agents\r\n")
    assert re.search(r"anna +Anna +ready +idle +0 s +7101 +free", shown)
    assert "anna is not ready" in seat.type('agent not-ready anna "lunch break"\r\n')
    assert "not-ready (lunch break)" in seat.type("show agents\r\n")
    assert "anna is logged off" in seat.type("agent logoff anna\r\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("show links", r"pbx +csta +127.0.0.1:11040 +up +openscape_voice"),
        ("show links", r"m +media +x +DOWN"),
        ("show ports", r"7002 +media-1 +NO +free"),
        ("media", r"media-1 +127\.0\.0\.1:7801 +up +4 +3 +2 +0 +1 +1\.5 +no"),
        ("media", r"media-2 +127\.0\.0\.1:7801 +AWAY"),
        ("media drain media-1", "media-1: True"),
        ("media resume media-1", "media-1: False"),
        ("media drain nobody", "refused: no media service is called 'nobody'; there are: media-1, media-2"),
        ("media drain", "service is missing: media drain SERVICE"),
        ("show calls", "no calls"),
        ("show queues", "no queues"),
        ("show contacts", r"1 .* sales +anna +answered +12 s +1:05"),
        ("show contacts many", "count is a number"),
        ("contact 1", r"8 .*\+1.500 +7 +OfferMade +agent=anna offer=1"),
        ("contact 1", "passed over ben: not ready"),
        ("contact 1", r"flow +welcome .* 1 s"),
        ("contact 99", "refused: no contact 99; show contacts lists the newest"),
        ("why 99", "refused: no contact 99; show contacts lists the newest"),
        ("why 1", "Contact 1 waited"),
        ("site switchover", "refused: this server stands alone"),
        ("tail agent=ana", "no agent is called 'ana'; did you mean 'anna'\\?"),
        ("tail queue=nonesuch", "no queue is called 'nonesuch'"),
        ("tail link=pbc", "no link is called 'pbc'; did you mean 'pbx'\\?"),
        ("tail agent=an*", "live events"),
        ("top nonesuch", "no queue is called 'nonesuch'"),
        ("queue close sales 25:99", "until is HH:MM"),
        ("contact x", "digits"),
        ("reload", "nothing has changed"),
        ("agent ready", "agent is missing: agent ready AGENT"),
        ("agent ready anna now please", "too many words"),
        ("shw calls", "did you mean show calls"),
        ("show", "did you mean show calls"),
        ("agent ready 'anna", "no closing quotation"),
        ("help", r"act on contacts and agents: contact move,[^:]*agent not-ready"),
        ("help all", r"agent not-ready AGENT \[REASON\] +let an agent"),
        ("help agent", r"agent not-ready AGENT \[REASON\] +let an agent"),
        ("help agent ready", "Ends a wrap-up"),
        ("help nothing", "no such command"),
    ],
)
def test_commands(seat: Seat, line: str, expected: str) -> None:
    assert re.search(expected, seat.type(f"{line}\r\n"))


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("contact 1", 0),
        ("contact 99", 1),
        ("why 99", 1),
        ("media drain nobody", 1),
        ("site switchover", 1),
        ("site", 0),
        ("help show queues", 0),
        ("help nothing", 2),
        ("tail queue=nonesuch", 2),
    ],
)
def test_a_script_sees_by_the_status_that_nothing_was_done(operations: FakeOperations, line: str, status: int) -> None:
    done: list[Done] = []
    Shell(operations, COMMANDS).perform(line, form="json").addCallback(done.append)
    assert [one.status for one in done] == [status]
    assert status == 0 or '"refused"' in done[0].text


def test_tab_completes_what_is_clear_and_shows_what_is_not(seat: Seat) -> None:
    assert "show " in seat.type("sh\t")
    shown = seat.type("\t")
    assert all(noun in shown for noun in ("agents", "calendars", "callbacks", "calls", "links", "offers", "queues"))
    assert "no calls" in seat.type("calls\t\r\n")
    assert "anna" in seat.type("agent logon \t")


def test_lines_are_edited_and_recalled(seat: Seat) -> None:
    assert "no calls" in seat.type("show callx\x7fs\r\n")
    assert "no calls" in seat.type("\x1b[A\r\n")
    assert "no calls" in seat.type("how calls\x1b[1~s\r\n")
    assert "no queues" in seat.type("rubbish\x15show queues\r\n")
    assert "callwright> " in seat.type("half a line\x03")
    assert "no calls" in seat.type("show calls\r\n")


def test_tail_shows_live_events_until_enter(seat: Seat, operations: FakeOperations) -> None:
    seat.type("tail\r\n")
    seat.transport.clear()
    operations.submit(LoadPlan(plan=PLAN.__class__(version="2")))
    assert "PlanLoaded" in seat.seen()
    assert "callwright> " in seat.type("\r\n")
    assert operations.listeners == []


def test_a_terminal_that_reads_nothing_is_asked_nothing_more(seat: Seat) -> None:
    seat.protocol._session.pause()
    assert seat.type(b"show calls\r\n" * 1000) == ""
    assert len(seat.protocol._session._ahead) <= 4096
    seat.transport.clear()
    seat.protocol._session.resume()
    assert 300 < seat.seen().count("no calls") <= 4096 // len("show calls\r")
    assert "no queues" in seat.type("\x15show queues\r\n")


def test_leaving_ends_everything(seat: Seat, operations: FakeOperations) -> None:
    seat.type("tail\r\n")
    seat.leave()
    assert operations.listeners == []


def test_quit_closes(seat: Seat) -> None:
    assert "bye" in seat.type("quit\r\n")
    assert seat.closed


def test_sessions_are_limited(console: Console, clock: VirtualClock) -> None:
    seats = [Seat(console, clock) for _ in range(20)]
    assert console.build("127.0.0.1") is None
    seats[0].leave()
    assert console.build("127.0.0.1") is not None


@pytest.mark.parametrize(
    "garbage",
    [
        bytes(range(256)) * 20,
        b"\x1b[" + b"0" * 10_000,
        b"\xff\xfa\x1f" + b"x" * 100_000,
        b"\xff\xfa\x1f\x00\xff\xf0",
        b"A" * 100_000,
        b"\xff" * 1001,
        b"\x1b\x1b\x1bO\x1b[Z\x1b[99~\x00\x01",
    ],
)
def test_hostile_bytes_disturb_nobody(console: Console, clock: VirtualClock, seat: Seat, garbage: bytes) -> None:
    hostile = Seat(console, clock)
    hostile.type(garbage)
    assert len(hostile.transport.value()) < 200_000
    assert "no calls" in seat.type("show calls\r\n")


@pytest.mark.parametrize("answer", [b"\xff\xfe\x01\xff\xfc\x22\xff\xfc\x1f\xff\xfc\x03", b""])
def test_a_client_that_refuses_every_option_or_answers_none_is_no_error(
    console: Console, clock: VirtualClock, answer: bytes
) -> None:
    errors: list[LogEvent] = []

    def observe(event: LogEvent) -> None:
        if event["log_level"] >= LogLevel.error:
            errors.append(event)

    globalLogPublisher.addObserver(observe)
    try:
        plain = Seat(console, clock)
        plain.type(answer)
        plain.log_in()
        assert "no calls" in plain.type("show calls\r\n")
        plain.leave()
    finally:
        globalLogPublisher.removeObserver(observe)
    assert errors == []


def test_a_command_that_breaks_is_told_and_the_session_goes_on(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_operations: FakeOperations) -> Deferred[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(FakeOperations, "reload", broken)
    assert "the command failed" in seat.type("reload\r\n")
    assert "no calls" in seat.type("show calls\r\n")


def test_users_are_added_and_bad_names_refused(tmp_path: Path) -> None:
    users = Users(tmp_path / "deep" / "users", QUICK)
    assert users.add("anna", PASSWORD)
    assert not users.add("anna", "another password")
    assert users.verify("anna", "another password")
    assert not users.verify("anna", PASSWORD)
    assert (tmp_path / "deep" / "users").stat().st_mode & 0o077 == 0
    for name, password in (("Anna", PASSWORD), ("a:b", PASSWORD), ("ben", "short")):
        with pytest.raises(UsersError):
            users.add(name, password)
    (tmp_path / "deep" / "users").write_text("# comment\n\nno colon\n")
    with pytest.raises(UsersError, match="users:3"):
        users.read()
