"""Whatever bytes come in at telnet or SSH: nothing escapes, nothing piles up, and in the end nothing is left behind."""

import importlib
import struct
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.python.failure import Failure

from cti_server.console.parsing import LONGEST_LINE
from cti_server.console.service import Console
from cti_server.console.session.terminal import LONGEST_AHEAD
from cti_server.console.users import Users
from cti_server.settings.supervision.console import SshSettings
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.console.test_console import FakeOperations

PASSWORD: Final = "correct horse"
MOST_UNPARSED: Final = 2**20 + 2**16
"""Bytes of a packet that SSH waits for (Conch takes packets of a megabyte), and one read of the network."""
MOST_NEGOTIATED: Final = 4096 + 2**16
PER_BYTE: Final = 2000
"""Bytes that one byte that came in may have written at the most: a screen."""


class Line(StringTransport):
    """A connection that says whether it was closed, however that was."""

    def unregisterProducer(self) -> None:  # noqa: N802 - Twisted's name
        """As often as wished, as real connections take it."""
        if self.producer is not None:
            super().unregisterProducer()

    def abortConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.disconnecting = True


class Ground:
    """A console with one user, and the SSH door of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock()
        users = Users(folder / "users", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        users.add("ops", PASSWORD)
        operations: Any = FakeOperations(self.clock)
        self.console = Console(operations=operations, users=users, worker=InlineWorker(), clock=self.clock)
        module = importlib.import_module("cti_server.console.doors.ssh")
        reactor = MemoryReactor()
        ssh = SshSettings(host_key=folder / "key", keys=folder, passwords=True)
        door = module.SshDoor(house=self.console, settings=ssh, worker=InlineWorker())
        door.start(reactor)
        self.ssh: Any = reactor.tcpServers[0][1]
        self.ssh.doStart()

    def feed(self, protocol: Any, chunks: list[bytes]) -> Line:
        """Let it all come in, until it is let go; what is kept of it stays small."""
        line = Line()
        protocol.makeConnection(line)
        came = 4
        for chunk in chunks:
            if line.disconnecting:
                break
            protocol.dataReceived(chunk)
            came += len(chunk)
            assert len(getattr(protocol, "buf", b"")) <= MOST_UNPARSED
            assert len(getattr(protocol, "commands", ())) <= MOST_NEGOTIATED
            assert len(line.value()) <= PER_BYTE * came
            self.clock.advance(0.2)
        return line

    def leave(self, protocol: Any) -> None:
        """The connection is gone: no session, no stranger and no time limit is left of it."""
        protocol.connectionLost(Failure(ConnectionDone()))
        self.clock.advance(5.0)
        assert not self.console._sessions
        assert not self.ssh.strangers
        assert not self.clock._clock.getDelayedCalls()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("doors"))
    yield made
    made.ssh.doStop()


def cut(wire: bytes, sizes: list[int]) -> list[bytes]:
    """The bytes in pieces, as a network may bring them."""
    pieces, place = [], 0
    for size in sizes:
        pieces.append(wire[place : place + size])
        place += size
    return [*pieces, wire[place:]]


IAC = 0xFF
options = st.binary(max_size=40)
telnet_frames = st.one_of(
    st.binary(max_size=30),
    st.builds(lambda verb, option: bytes([IAC, verb, option]), st.integers(240, 254), st.integers(0, 255)),
    st.builds(lambda option, body: bytes([IAC, 250, option]) + body + bytes([IAC, 240]), st.integers(0, 255), options),
    st.builds(lambda option, body: bytes([IAC, 250, option]) + body, st.integers(0, 255), options),
    st.builds(
        lambda w, h: bytes([IAC, 250, 31]) + struct.pack(">HH", w, h) + bytes([IAC, 240]), *[st.integers(0, 65535)] * 2
    ),
    st.sampled_from(
        [b"\x1b[A", b"\x1b[B", b"\x1b[9999999", b"\x1bO", b"\r\x00", b"\r\n", b"\t", b"\x03", b"\x15", b"\x0c"]
    ),
    st.sampled_from([b"show queues\r\n", b"tail\r\n", b"top\r\n", b"watch show links\r\n", b"help\r\n", b"q", b" "]),
    st.text(max_size=20).map(str.encode),
)
sizes = st.lists(st.integers(1, 50), max_size=12)


@given(st.lists(telnet_frames, max_size=25).map(b"".join), sizes, st.booleans())
@settings(max_examples=120, deadline=None)
def test_any_bytes_at_telnet_leave_nothing_behind(ground: Ground, wire: bytes, pieces: list[int], known: bool) -> None:
    """Before somebody is logged in, and after."""
    protocol: Any = ground.console.build("192.0.2.7" if not known else "127.0.0.1")
    (session,) = ground.console._sessions
    greeting = [b"ops\r\n", f"{PASSWORD}\r\n".encode()] if known else []
    ground.feed(protocol, greeting + cut(wire, pieces))
    assert len(session.lineBuffer) <= LONGEST_LINE
    assert len(session._ahead) <= LONGEST_AHEAD
    ground.leave(protocol)
    ground.console.admission.lockouts.succeeded("ops", "127.0.0.1")


def packet(kind: int, body: bytes, padding: int = 4, lie: int = 0) -> bytes:
    """A packet before any key is agreed on (RFC 4253, section 6); ``lie`` is added to its length."""
    payload = bytes([kind]) + body
    padding += -(len(payload) + 5 + padding) % 8
    return struct.pack(">IB", (len(payload) + padding + 1 + lie) % 2**32, padding) + payload + b"\0" * padding


def text(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


bodies = st.one_of(
    st.binary(max_size=60),
    st.lists(st.binary(max_size=12).map(text), max_size=12).map(b"".join),
    st.builds(
        lambda names: b"k" * 16 + b"".join(map(text, names)) + b"\0" * 5, st.lists(st.binary(max_size=12), max_size=10)
    ),
    st.sampled_from([text(b"ssh-userauth"), text(b"ssh-connection"), text(b"ops") + text(b"ssh-connection")]),
    st.builds(
        lambda method, rest: text(b"ops") + text(b"ssh-connection") + text(method) + rest,
        st.sampled_from([b"none", b"password", b"publickey", b"keyboard-interactive", b"\xff"]),
        st.binary(max_size=40),
    ),
    st.builds(
        lambda kind, tail: text(kind) + tail,
        st.sampled_from([b"session", b"direct-tcpip", b"x11"]),
        st.binary(max_size=24),
    ),
)
ssh_packets = st.one_of(
    st.builds(packet, st.integers(0, 255), bodies),
    st.builds(packet, st.sampled_from([1, 2, 4, 5, 20, 21, 30, 50, 80, 90, 93, 94, 96, 97, 98]), bodies),
    st.builds(packet, st.integers(0, 255), bodies, st.integers(0, 20), st.integers(-40, 2**31)),
    st.binary(max_size=40),
)
banners = st.one_of(
    st.just(b"SSH-2.0-fuzz\r\n"),
    st.binary(max_size=60),
    st.binary(max_size=20).map(lambda name: b"SSH-2.0-" + name + b"\n"),
)


@given(banners, st.lists(ssh_packets, max_size=12).map(b"".join), sizes)
@settings(max_examples=150, deadline=None)
def test_any_bytes_of_a_stranger_at_ssh_leave_nothing_behind(
    ground: Ground, banner: bytes, wire: bytes, pieces: list[int]
) -> None:
    protocol = ground.ssh.buildProtocol(None)
    ground.feed(protocol, cut(banner + wire, pieces))
    ground.leave(protocol)


@given(st.lists(ssh_packets, max_size=12), sizes)
@settings(max_examples=150, deadline=None)
def test_any_packets_of_somebody_who_is_in_at_ssh_leave_nothing_behind(
    ground: Ground, packets: list[bytes], pieces: list[int]
) -> None:
    """Channels, requests and data of every form: the connection service is there without keys having been agreed on."""
    module = importlib.import_module("cti_server.console.doors.ssh")
    protocol = ground.ssh.buildProtocol(None)
    actor: Any = SimpleNamespace(user="ops", rights=frozenset(), door="ssh", peer="192.0.2.7", roles=(), queues=None)
    protocol.avatar = module._User(ground.ssh.door, actor, "192.0.2.7")
    protocol.logoutFunction = lambda: None
    ground.ssh.strangers.discard(protocol)
    line = Line()
    protocol.makeConnection(line)
    protocol.dataReceived(b"SSH-2.0-fuzz\r\n")
    protocol.setService(ground.ssh.services[b"ssh-connection"]())
    opened = packet(90, text(b"session") + struct.pack(">III", 0, 2**16, 2**15))
    for chunk in cut(opened + b"".join(packets), pieces):
        if line.disconnecting:
            break
        protocol.dataReceived(chunk)
        assert len(protocol.buf) <= MOST_UNPARSED
        assert len(protocol.service.channels if protocol.service is not None else ()) <= module.MOST_CHANNELS
    ground.leave(protocol)
