"""One link to a switch that has several addresses, on a clock and wires in memory."""

from typing import Any

import pytest
from twisted.internet import error
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from csta import SessionError, SessionSettings, SystemStatusValue, encode, encode_frame
from csta import messages as m
from csta.dialects.openscape_voice import DIALECT
from csta.session import Session
from csta.session_events import Ending, Role
from csta.transport import Address, LinkClient, client
from tests.unit.csta.samples import PILOT
from tests.unit.csta.test_transport import AbortableTransport, Observer

SETTINGS = SessionSettings(heartbeat=30.0, request_timeout=10.0, login_timeout=20.0)
ONE, TWO, THREE = (Address("127.0.0.1", port) for port in (1041, 1042, 1043))


class Curious(Observer):
    """Also wants to know of attempts and of the status."""

    def attempt_failed(self, peer: str, reason: str, pause: float) -> None:
        self.told.append(("failed", peer, reason, round(pause, 1)))

    def status_changed(self, link: Any, status: SystemStatusValue) -> None:
        self.told.append(("status", status))


class Connection:
    """One connection of the client, with the switch at its far end."""

    def __init__(self, factory: Any) -> None:
        self.near = factory.buildProtocol(None)
        self.wire = AbortableTransport()
        self.switch = Session(Role.SWITCHING_FUNCTION, DIALECT, SETTINGS)
        self.near.makeConnection(self.wire)
        self.now = 0.0
        self.switch.connection_made(self.now)

    def move(self) -> None:
        """Carry the bytes until nobody has any left."""
        while to_near := self.switch.data_to_send():
            self.near.dataReceived(to_near)
            self.switch.receive_data(self.wire.value(), self.now)
            self.wire.clear()

    def say(self, status: SystemStatusValue) -> None:
        self.near.dataReceived(encode_frame(77, encode(m.SystemStatus(system_status=status))))

    def lose(self) -> None:
        self.near.connectionLost(Failure(error.ConnectionDone()))


class World:
    """A client and the addresses where somebody listens."""

    def __init__(self, *, others: tuple[Address, ...] = (TWO, THREE), warm: bool = False) -> None:
        self.reactor = MemoryReactorClock()
        self.observer = Curious()
        self.client = LinkClient(
            self.reactor, ONE.host, ONE.port, DIALECT, SETTINGS, self.observer, others=others, warm_standby=warm
        )
        self._seen = 0

    def attempts(self) -> list[int]:
        """The ports that the client has tried since the last look."""
        new = self.reactor.tcpClients[self._seen :]
        self._seen = len(self.reactor.tcpClients)
        return [one[1] for one in new]

    def accept(self, port: int) -> Connection:
        factory = [one[2] for one in self.reactor.tcpClients if one[1] == port][-1]
        connection = Connection(factory)
        connection.move()
        return connection

    def refuse(self, port: int) -> None:
        factory = [one[2] for one in self.reactor.tcpClients if one[1] == port][-1]
        connector = [each for each in self.reactor.connectors if each.getDestination().port == port][-1]
        factory.clientConnectionFailed(connector, Failure(error.ConnectionRefusedError()))
        # Twisted looks after a host's further addresses for a moment.
        self.reactor.advance(0.3)

    @property
    def told(self) -> list[tuple[Any, ...]]:
        return self.observer.told


def test_the_next_address_is_tried_as_soon_as_one_refuses() -> None:
    world = World()
    world.client.start()
    assert world.attempts() == [ONE.port]
    world.refuse(ONE.port)
    assert world.attempts() == [TWO.port]
    (failed,) = world.told
    assert failed[:2] == ("failed", "127.0.0.1:1041")
    assert "refused" in failed[2]
    assert 1.0 <= failed[3] <= 3.0
    world.accept(TWO.port)
    assert world.told[-1] == ("up",)
    assert world.client.link is world.observer.links[-1]
    # Nobody else is tried while one serves.
    world.reactor.advance(25.0)
    assert world.attempts() == []


def test_an_address_that_hangs_gets_company_and_the_first_that_is_up_serves() -> None:
    world = World()
    world.client.start()
    assert world.attempts() == [ONE.port]
    world.reactor.advance(client.STAGGER_SECONDS)
    assert world.attempts() == [TWO.port]
    world.accept(TWO.port)
    assert world.told == [("up",)]
    # The one that hangs is not needed any more, and nobody else is.
    assert world.client._lines[0].idle
    world.reactor.advance(25.0)
    assert world.attempts() == []


def test_one_that_comes_up_second_leaves() -> None:
    world = World(others=(TWO,))
    world.client.start()
    first = Connection(world.reactor.tcpClients[0][2])
    world.reactor.advance(client.STAGGER_SECONDS)
    second = world.accept(TWO.port)
    first.move()
    assert world.told == [("up",), ("down", "another address serves")]
    assert first.wire.disconnecting
    assert not second.wire.disconnecting


def test_another_address_takes_over_when_the_serving_one_is_lost() -> None:
    world = World()
    world.client.start()
    first = world.accept(ONE.port)
    world.attempts()
    first.lose()
    assert world.told[-1][0] == "down"
    # The lost one pauses; the others have no reason to.
    assert world.attempts() == [TWO.port]
    world.accept(TWO.port)
    assert [one[0] for one in world.told] == ["up", "down", "up"]


def test_a_switch_that_calls_itself_disabled_is_left() -> None:
    world = World()
    world.client.start()
    first = world.accept(ONE.port)
    world.attempts()
    first.say(SystemStatusValue.DISABLED)
    assert ("status", SystemStatusValue.DISABLED) in world.told
    assert first.wire.disconnecting
    assert world.told[-1] == ("down", "the switch calls itself disabled")
    first.lose()
    assert world.attempts() == [TWO.port]


def test_warm_standby_takes_over_at_once_and_is_heard_only_then() -> None:
    world = World(others=(TWO,), warm=True)
    world.client.start()
    assert world.attempts() == [ONE.port, TWO.port]
    standby = world.accept(TWO.port)
    assert world.told == [("up",)]
    serving, second = standby, world.accept(ONE.port)
    assert world.told == [("up",)]
    # Who stands by is kept alive, and what it says of calls is not ours to hear.
    second.near.dataReceived(encode_frame(9999, encode(m.BackInService(monitor_cross_ref_id="9", device=PILOT))))
    second.say(SystemStatusValue.MESSAGES_LOST)
    assert world.told == [("up",)]
    serving.lose()
    assert [one[0] for one in world.told] == ["up", "down", "up"]
    assert world.observer.links[-1].up
    assert world.client.link is world.observer.links[-1]
    # The lost one comes back and stands by.
    world.attempts()
    world.reactor.advance(2.0)
    assert world.attempts() == [TWO.port]
    world.accept(TWO.port)
    assert [one[0] for one in world.told] == ["up", "down", "up"]


def test_the_pauses_of_each_address_grow_by_themselves() -> None:
    world = World(others=(TWO,))
    world.client.start()
    for _ in range(8):
        for port in world.attempts():
            world.refuse(port)
        world.reactor.advance(1.0)
    tried = [one[1] for one in world.reactor.tcpClients]
    assert {ONE.port, TWO.port} == set(tried)
    # Both pause at the same time, so that nobody is hammered: few attempts in eight seconds.
    assert len(tried) <= 10
    pauses = [one[3] for one in world.told if one[1] == str(ONE)]
    assert pauses == sorted(pauses)


@pytest.mark.parametrize(
    ("ending", "least"),
    [(Ending.CREDENTIALS_REFUSED, 60.0), (Ending.RETRY_LATER, 30.0), (Ending.LOST, 1.0)],
)
def test_a_refused_login_is_tried_again_slowly(ending: Ending, least: float) -> None:
    world = World(others=())
    world.client.start()
    connection = world.accept(ONE.port)
    protocol = world.client._lines[0].protocol
    assert protocol is not None
    protocol.session.was_up = False
    protocol.session._end("the login is refused", ending)
    protocol._pump()
    connection.lose()
    world.attempts()
    world.reactor.advance(least - 0.1)
    assert world.attempts() == []
    world.reactor.advance(1.0 + 0.6 * least + 1.6)
    assert world.attempts() == [ONE.port]


def test_an_unknown_profile_is_refused_at_once() -> None:
    with pytest.raises(SessionError, match="no profile 'morse'"):
        LinkClient(MemoryReactorClock(), "192.0.2.1", 1, DIALECT, SETTINGS, Observer(), profile="morse")


def test_stop_ends_every_connection_and_attempt() -> None:
    world = World(others=(TWO, THREE), warm=True)
    world.client.start()
    serving, standby = world.accept(ONE.port), world.accept(TWO.port)
    stopped: list[None] = []
    world.client.stop().addCallback(stopped.append)
    assert serving.wire.disconnecting
    assert standby.wire.disconnecting
    serving.lose()
    standby.lose()
    world.refuse(THREE.port)
    assert stopped == [None]
    count = len(world.reactor.tcpClients)
    world.reactor.advance(120.0)
    assert len(world.reactor.tcpClients) == count
