"""The reactor: asyncio's, on uvloop where that is installed, and never in the place of another."""

import importlib.util

import pytest
from twisted.internet.task import Clock

from program.reactor import loop_of
from tests.unit.program.running import run

TELL = "print(type(reactor).__name__, type(loop_of(reactor)).__module__)"


def test_uvloop_is_used_where_it_is_present() -> None:
    if importlib.util.find_spec("uvloop") is None:
        pytest.skip("uvloop is asked for on Linux alone")
    ran = run(f"from program.reactor import install, loop_of; reactor = install(); {TELL}")
    assert ran.stdout == "AsyncioSelectorReactor uvloop\n", ran.stderr


def test_asyncio_serves_where_uvloop_is_missing() -> None:
    ran = run(
        "import sys; sys.modules['uvloop'] = None; from program.reactor import install, loop_of; reactor = install(); "
        + TELL
    )
    assert ran.stdout == "AsyncioSelectorReactor asyncio.unix_events\n", ran.stderr


def test_the_loop_is_also_the_one_that_asyncio_gives() -> None:
    ran = run(
        "import asyncio; from program.reactor import install, loop_of; reactor = install(); "
        "print(asyncio.get_event_loop() is loop_of(reactor), install() is reactor)"
    )
    assert ran.stdout == "True True\n", ran.stderr


def test_calls_from_threads_come_in_order_and_a_defect_among_them_disturbs_no_other() -> None:
    ran = run(
        "import threading; from program.reactor import install; reactor = install()\n"
        "came = []\n"
        "def hand_over():\n"
        "    for number in range(5):\n"
        "        reactor.callFromThread(came.append, number)\n"
        "        reactor.callFromThread(lambda: 1 / 0)\n"
        "    reactor.callFromThread(reactor.stop)\n"
        "from twisted.logger import globalLogPublisher\n"
        "globalLogPublisher.addObserver(lambda told: came.append(told['log_failure'].type.__name__) "
        "if 'log_failure' in told else None)\n"
        "reactor.callInThread(hand_over); reactor.run(); print(came)"
    )
    assert ran.stdout == f"{[told for number in range(5) for told in (number, 'ZeroDivisionError')]}\n", ran.stderr


def test_timers_come_in_the_order_of_their_times() -> None:
    ran = run(
        "from program.reactor import install; reactor = install()\n"
        "came = []\n"
        "reactor.callLater(0.06, came.append, 'third'); reactor.callLater(0.03, came.append, 'second')\n"
        "never = reactor.callLater(0.01, came.append, 'never'); reactor.callLater(0, came.append, 'first')\n"
        "never.cancel()\n"
        "sooner = reactor.callLater(9, came.append, 'put forward'); sooner.reset(0.045)\n"
        "reactor.callLater(0.09, reactor.stop); reactor.run(); print(came)"
    )
    assert ran.stdout == "['first', 'second', 'put forward', 'third']\n", ran.stderr


def test_what_is_written_goes_out_at_the_end_of_the_turn_and_the_rest_when_there_is_room() -> None:
    ran = run(
        "import socket; from program.reactor import install; reactor = install()\n"
        "from twisted.internet.protocol import Factory, Protocol\n"
        "here, peer = socket.socket(), None\n"
        "told = []\n"
        "class Talker(Protocol):\n"
        "    def connectionMade(self):\n"
        "        self.transport.write(b'a'); self.transport.write(b'b')\n"
        "        told.append(len(reactor.getWriters()))\n"
        "        reactor.callLater(0, self.more)\n"
        "    def more(self):\n"
        "        told.extend([peer.recv(10), len(reactor.getWriters())])\n"
        "        self.transport.write(b'x' * 20_000_000); self.transport.loseConnection()\n"
        "        reactor.callLater(0, self.full)\n"
        "    def full(self):\n"
        "        told.append(len(reactor.getWriters()))\n"
        "        reactor.callInThread(self.read)\n"
        "    def read(self):\n"
        "        got = 0\n"
        "        while piece := peer.recv(1 << 20): got += len(piece)\n"
        "        told.append(got); reactor.callFromThread(reactor.stop)\n"
        "port = reactor.listenTCP(0, Factory.forProtocol(Talker), interface='127.0.0.1')\n"
        "peer = socket.create_connection(('127.0.0.1', port.getHost().port)); peer.settimeout(20)\n"
        "reactor.run(); print(told, len(reactor.getWriters()))"
    )
    assert ran.stdout == "[1, b'ab', 0, 1, 20000000] 0\n", ran.stderr


def test_a_connection_that_is_refused_or_cut_leaves_no_writer() -> None:
    ran = run(
        "import socket; from program.reactor import install; reactor = install()\n"
        "from twisted.internet.protocol import ClientFactory, Protocol\n"
        "taken = socket.socket(); taken.bind(('127.0.0.1', 0))\n"
        "told = []\n"
        "class Cut(Protocol):\n"
        "    def connectionMade(self):\n"
        "        self.transport.write(b'never'); self.transport.abortConnection()\n"
        "    def connectionLost(self, reason):\n"
        "        told.append(reason.type.__name__); reactor.callLater(0, reactor.stop)\n"
        "class Trying(ClientFactory):\n"
        "    protocol, noisy = Cut, False\n"
        "    def clientConnectionFailed(self, connector, reason):\n"
        "        told.append(reason.type.__name__); taken.listen(); connector.connect()\n"
        "reactor.connectTCP('127.0.0.1', taken.getsockname()[1], Trying())\n"
        "reactor.run(); print(told, reactor.getWriters())"
    )
    assert ran.stdout == "['ConnectionRefusedError', 'ConnectionAborted'] []\n", ran.stderr


def test_a_reactor_of_another_kind_is_not_taken_for_ours() -> None:
    ran = run(
        "from twisted.internet import selectreactor; selectreactor.install(); import program.reactor as r; r.install()"
    )
    assert ran.returncode == 1
    assert "ReactorError: SelectReactor is installed already" in ran.stderr


def test_a_virtual_clock_has_no_loop() -> None:
    assert loop_of(Clock()) is None  # type: ignore[arg-type]  # it stands in for a reactor in many tests
