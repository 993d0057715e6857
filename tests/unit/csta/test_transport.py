from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from csta import LinkLost, RequestTimedOut, ServiceRefused, SessionSettings, SystemStatusValue, encode, encode_frame
from csta import messages as m
from csta.dialects.openscape_voice import DIALECT
from csta.errors import EncodeError
from csta.messages import ErrorResponse
from csta.transport import MAX_UNSENT_BYTES, Link, LinkClient, listen
from tests.unit.csta.samples import AGENT, AT_AGENT, PILOT

START = m.MonitorStart(monitor_object=PILOT)
STARTED = m.MonitorStartResponse(monitor_cross_ref_id="9")
BACK = m.BackInService(monitor_cross_ref_id="9", device=AGENT)
SETTINGS = SessionSettings(heartbeat=30.0, request_timeout=10.0)


class Observer:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.links: list[Link] = []

    def link_up(self, link: Link) -> None:
        self.told.append(("up",))
        self.links.append(link)

    def link_down(self, link: Link, reason: str) -> None:
        self.told.append(("down", reason))

    def event_received(self, link: Link, event: m.Event) -> None:
        self.told.append(("event", event))

    def request_received(self, link: Link, invoke_id: int, request: m.Request) -> None:
        self.told.append(("request", invoke_id, request))

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        self.told.append(("fault", text))


class AbortableTransport(StringTransport):
    aborted = False

    def abortConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.aborted = True
        super().abortConnection()


class Wire:
    """A client and a listening switch in memory; `move` carries the bytes."""

    def __init__(self, application: Observer | None = None, switch: Observer | None = None) -> None:
        self.reactor = MemoryReactorClock()
        self.application, self.switch = application or Observer(), switch or Observer()
        self.client = LinkClient(self.reactor, "127.0.0.1", 1040, DIALECT, SETTINGS, self.application)
        listen(self.reactor, "127.0.0.1", 1040, DIALECT, SETTINGS, self.switch)

    def connect(self) -> "Wire":
        if not self.client._running:
            self.client.start()
        client_factory = self.reactor.tcpClients[-1][2]
        server_factory = self.reactor.tcpServers[-1][1]
        self.near, self.far = client_factory.buildProtocol(None), server_factory.buildProtocol(None)
        self.near_wire, self.far_wire = AbortableTransport(), AbortableTransport()
        self.near.makeConnection(self.near_wire)
        self.far.makeConnection(self.far_wire)
        self.move()
        return self

    def move(self) -> None:
        while self.near_wire.value() or self.far_wire.value():
            to_far, to_near = self.near_wire.value(), self.far_wire.value()
            self.near_wire.clear()
            self.far_wire.clear()
            if to_far:
                self.far.dataReceived(to_far)
            if to_near:
                self.near.dataReceived(to_near)

    def lose(self) -> None:
        self.near.connectionLost(Failure(ConnectionDone()))
        self.far.connectionLost(Failure(ConnectionDone()))

    @property
    def link(self) -> Link:
        return self.application.links[-1]


def failure_of(deferred: Deferred[Any]) -> Exception:
    failures: list[Failure] = []
    deferred.addErrback(failures.append)
    (failure,) = failures
    assert isinstance(failure.value, Exception)
    return failure.value


def test_link_comes_up_on_both_sides() -> None:
    wire = Wire().connect()
    assert wire.application.told == [("up",)]
    assert wire.switch.told == [("up",)]
    assert wire.client.link is wire.link
    assert wire.link.up


def test_request_response_and_event() -> None:
    wire = Wire().connect()
    results: list[Any] = []
    wire.link.request(START).addCallback(results.append)
    wire.move()
    (_, invoke_id, request) = wire.switch.told[-1]
    assert request == START
    wire.switch.links[0].notify(BACK)
    wire.switch.links[0].respond(invoke_id, STARTED)
    wire.move()
    assert results == [STARTED]
    assert wire.application.told[-1] == ("event", BACK)


def test_refusal_time_out_and_loss() -> None:
    wire = Wire().connect()
    refused, timed_out = wire.link.request(START), wire.link.request(START)
    wire.move()
    wire.switch.links[0].respond(wire.switch.told[-2][1], ErrorResponse(category="operation", value="invalidDeviceID"))
    wire.move()
    assert isinstance(failure_of(refused), ServiceRefused)
    wire.reactor.advance(10.0)
    assert isinstance(failure_of(timed_out), RequestTimedOut)
    lost = wire.link.request(START)
    wire.lose()
    assert isinstance(failure_of(lost), LinkLost)
    assert wire.application.told[-1][0] == "down"
    assert isinstance(failure_of(wire.link.request(START)), LinkLost)
    # Nothing is left that would touch the closed connection later.
    wire.reactor.advance(60.0)
    assert not wire.near_wire.aborted
    # What goes to a link that is gone has no receiver.
    wire.switch.links[0].notify(BACK)
    wire.switch.links[0].respond(5, STARTED)


def test_request_that_cannot_be_sent_fails() -> None:
    wire = Wire().connect()
    bad = m.SetAgentState(device=AGENT, requested_agent_state=m.SetAgentState, agent_id="x")  # type: ignore[arg-type]
    assert isinstance(failure_of(wire.link.request(bad)), EncodeError)
    with pytest.raises(EncodeError):
        wire.switch.links[0].notify(m.Held(monitor_cross_ref_id="1", held_connection=AT_AGENT))


def test_request_from_within_a_callback_goes_out() -> None:
    class Eager(Observer):
        def link_up(self, link: Link) -> None:
            super().link_up(link)
            link.request(START).addErrback(lambda failure: failure.trap(LinkLost))

    wire = Wire(application=Eager()).connect()
    assert wire.switch.told[-1][2] == START


def test_defect_of_an_observer_is_logged_and_the_link_goes_on() -> None:
    class Faulty(Observer):
        def event_received(self, link: Link, event: m.Event) -> None:
            raise RuntimeError("defect")

    logged: list[Any] = []
    globalLogPublisher.addObserver(logged.append)
    try:
        wire = Wire(application=Faulty()).connect()
        wire.switch.links[0].notify(BACK)
        wire.move()
    finally:
        globalLogPublisher.removeObserver(logged.append)
    assert wire.link.up
    assert any("log_failure" in entry and "defect" in str(entry["log_failure"].value) for entry in logged)


def test_garbage_closes_this_link_and_no_other() -> None:
    wire = Wire().connect()
    other = wire.reactor.tcpServers[-1][1].buildProtocol(None)
    transport = AbortableTransport()
    other.makeConnection(transport)
    other.dataReceived(b"\xff\xfe garbage")
    assert transport.disconnecting
    assert wire.switch.told[1][0] == "fault"
    assert wire.switch.told[2][0] == "down"
    wire.switch.links[0].notify(BACK)
    wire.move()
    assert wire.application.told[-1] == ("event", BACK)


def test_heartbeats_keep_the_link_and_silence_ends_it() -> None:
    wire = Wire().connect()
    for _ in range(10):
        wire.reactor.advance(30.0)
        wire.move()
    assert wire.link.up
    for _ in range(4):
        wire.reactor.advance(30.0)
    assert not wire.link.up
    assert wire.near_wire.disconnecting
    assert "nothing heard" in wire.application.told[-1][1]


def test_client_connects_again_with_growing_pauses_until_it_is_up() -> None:
    wire = Wire().connect()
    pauses = []
    wire.lose()
    for _ in range(6):
        pause = min(call.getTime() for call in wire.reactor.getDelayedCalls()) - wire.reactor.seconds()
        before = len(wire.reactor.tcpClients)
        wire.reactor.advance(pause)
        assert len(wire.reactor.tcpClients) == before + 1
        # The switch takes the connection, but drops it before the link is up.
        near = wire.reactor.tcpClients[-1][2].buildProtocol(None)
        near.makeConnection(AbortableTransport())
        near.connectionLost(Failure(ConnectionDone()))
        pauses.append(pause)
    assert 1.0 <= pauses[0] <= 2.0
    assert pauses[-1] > 5.0
    assert wire.application.told.count(("up",)) == 1


def test_client_comes_up_again_after_a_loss() -> None:
    wire = Wire().connect()
    wire.lose()
    assert wire.client.link is None
    wire.reactor.advance(3.0)
    wire.connect()
    assert wire.application.told.count(("up",)) == 2
    assert wire.client.link is wire.link


def test_stop_closes_and_stays_away() -> None:
    wire = Wire().connect()
    stopped: list[None] = []
    wire.client.stop().addCallback(stopped.append)
    assert wire.near_wire.disconnecting
    wire.lose()
    assert stopped == [None]
    clients = len(wire.reactor.tcpClients)
    wire.reactor.advance(100.0)
    assert len(wire.reactor.tcpClients) == clients
    assert wire.application.told[-1] == ("down", "closed by us")


def test_stop_before_start_and_while_connecting() -> None:
    wire = Wire()
    done: list[None] = []
    wire.client.stop().addCallback(done.append)
    wire.client.start()
    wire.client.stop().addCallback(done.append)
    assert done == [None, None]


def test_peer_that_does_not_read_is_dropped() -> None:
    wire = Wire().connect()
    wire.far.pauseProducing()
    event = m.AgentReady(monitor_cross_ref_id="1", agent_device=AGENT, extra=(m.ForeignElement("x", "y" * 60_000),))
    for _ in range(MAX_UNSENT_BYTES // 60_000 + 1):
        wire.switch.links[0].notify(event)
    assert wire.far_wire.aborted
    wire.far.connectionLost(Failure(ConnectionDone()))
    assert "does not read" in wire.switch.told[-1][1]


def test_peer_that_reads_late_gets_everything() -> None:
    wire = Wire().connect()
    wire.far.pauseProducing()
    for _ in range(100):
        wire.switch.links[0].notify(BACK)
    assert wire.far_wire.value() == b""
    wire.far.resumeProducing()
    wire.move()
    assert wire.application.told.count(("event", BACK)) == 100


def test_closing_link_is_cut_when_the_peer_does_not_read() -> None:
    wire = Wire().connect()
    wire.link.close()
    wire.link.close()
    assert wire.near_wire.disconnecting
    assert not wire.near_wire.aborted
    wire.reactor.advance(5.0)
    assert wire.near_wire.aborted


def test_bad_status_is_a_fault_or_told_to_who_asks() -> None:
    class Curious(Observer):
        def status_changed(self, link: Link, status: SystemStatusValue) -> None:
            self.told.append(("status", status))

    lost = encode_frame(77, encode(m.SystemStatus(system_status=SystemStatusValue.MESSAGES_LOST)))
    plain, curious = Wire().connect(), Wire(application=Curious()).connect()
    plain.near.dataReceived(lost)
    curious.near.dataReceived(lost)
    assert plain.application.told[-1] == ("fault", "the peer reports the status messagesLost")
    assert curious.application.told[-1] == ("status", SystemStatusValue.MESSAGES_LOST)
