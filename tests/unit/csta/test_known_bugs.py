"""Bugs of other CSTA stacks, each as a test: what published code is known to get wrong with real switches."""

from dataclasses import replace

import pytest

from csta import (
    ConnectionID,
    EventReceived,
    LinkUp,
    Phase,
    RequestReceived,
    ResponseReceived,
    Role,
    Session,
    SessionSettings,
    framer_for,
)
from csta import messages as m
from tests.unit.csta.samples import AGENT, PILOT
from tests.unit.csta.wire import EVERY_WAY, WAYS, WHO, connected, drain

START = m.MonitorStart(monitor_object=PILOT)
ways = pytest.mark.parametrize("way", WAYS)


def back(number: int) -> m.BackInService:
    return m.BackInService(monitor_cross_ref_id=f"{number:04X}", device=AGENT)


def test_login_with_acceptance_and_first_status_in_one_segment() -> None:
    """A stack that gave both frames to a thread pool took the second first, and never logged in."""
    switch = Session(Role.SWITCHING_FUNCTION, EVERY_WAY, profile="siemens")
    application = Session(Role.COMPUTING_FUNCTION, EVERY_WAY, profile="siemens", credentials=WHO)
    switch.connection_made(0.0)
    application.connection_made(0.0)
    switch.receive_data(application.data_to_send(), 0.0)
    both = switch.data_to_send()
    framer = framer_for(application.profile.framing)
    framer.feed(both)
    assert framer.next_frame() is not None
    assert framer.next_frame() is not None
    application.receive_data(both, 0.0)
    assert isinstance(drain(application)[-1], LinkUp)


@ways
@pytest.mark.parametrize("size", [255, 256, 300, 32767, 32768, 33000, 60000])
def test_frame_length_is_not_one_byte_and_has_no_sign(way: str, size: int) -> None:
    """Lengths read from one byte, or as signed 16 bits, break above 255 and 32767."""
    pair = connected(profile=way)
    # XML writes octets as hexadecimal digits.
    octets = bytes(size // 2 if way.startswith("xml") else size)
    event = replace(back(1), extensions=m.Extensions(private_data=(octets,)))
    pair.switch.send_event(event, 1.0)
    pair.switch.send_event(back(2), 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [EventReceived(event), EventReceived(back(2))]


@ways
@pytest.mark.parametrize("parts", [1, 2, 3, 17])
def test_reads_are_not_messages(way: str, parts: int) -> None:
    """One message for each read was assumed: several of them, or a part of one, were lost."""
    pair = connected(profile=way)
    for number in range(6):
        pair.switch.send_event(back(number), 1.0)
    data = pair.switch.data_to_send()
    step = -(-len(data) // parts)
    for at in range(0, len(data), step):
        pair.application.receive_data(data[at : at + step], 1.0)
    assert drain(pair.application) == [EventReceived(back(number)) for number in range(6)]


@ways
@pytest.mark.parametrize("digits", [4, 8, 32])
def test_call_identifiers_are_not_cut(way: str, digits: int) -> None:
    """A stack kept two octets of each call identifier, whatever the switch sent."""
    pair = connected(profile=way)
    call = ("FF000100000000002D65C85C1C750000" * 2)[:digits]
    request = m.AnswerCall(call_to_be_answered=ConnectionID(call, "7001"))
    pair.application.send_request(request, 1.0)
    pair.move(1.0)
    (received,) = drain(pair.switch)
    assert isinstance(received, RequestReceived)
    assert received.request == request


@pytest.mark.parametrize("size", [None, 1])
def test_length_of_xml_counts_bytes_not_characters(size: int | None) -> None:
    """Three stacks counted characters: the first umlaut shifted every frame after it."""
    pair = connected(size=size, profile="xml")
    event = m.AgentReady(monitor_cross_ref_id="9", agent_device=AGENT, agent_id="Jürgen Möß 漢字 😀")
    pair.switch.send_event(event, 1.0)
    pair.switch.send_event(back(2), 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [EventReceived(event), EventReceived(back(2))]


@pytest.mark.parametrize("way", ["xml", "xml-session"])
def test_text_beyond_ascii_is_not_read_as_ascii(way: str) -> None:
    """A stack decoded whatever came as ASCII."""
    pair = connected(profile=way)
    event = m.AgentReady(monitor_cross_ref_id="9", agent_device=AGENT, agent_id="Ωμέγα")
    pair.switch.send_event(event, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [EventReceived(event)]


@ways
def test_events_keep_their_order(way: str) -> None:
    """A stack gave each event a thread of its own."""
    pair = connected(profile=way, size=11)
    for number in range(300):
        pair.switch.send_event(back(number), 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [EventReceived(back(number)) for number in range(300)]


def test_links_share_nothing() -> None:
    """A stack kept one map of handlers and transactions for all its connections."""
    first, second = connected(profile="xml"), connected(profile="xml")
    ours = first.application.send_request(START, 1.0)
    theirs = second.application.send_request(START, 1.0)
    assert ours == theirs
    first.move(1.0)
    first.switch.send_response(ours, m.MonitorStartResponse(monitor_cross_ref_id="01"), 1.0)
    first.move(1.0)
    assert [type(event) for event in drain(first.application)] == [ResponseReceived]
    assert drain(second.application) == []


@ways
def test_invoke_ids_wrap_and_are_never_used_twice_at_a_time(way: str) -> None:
    """Stacks reused the IDs of unanswered requests, never wrapped, or ran into the events' 9999."""
    settings = SessionSettings(request_timeout=1e6, heartbeat=1e6, stale_after=1e6)
    pair = connected(settings, profile=way)
    outstanding = {pair.application.send_request(START, 1.0) for _ in range(3)}
    pair.move(1.0)
    drain(pair.switch)
    seen = set()
    rounds = 10_050 if way == "xml" else 400
    for _ in range(rounds):
        invoke_id = pair.application.send_request(START, 1.0)
        assert invoke_id not in outstanding
        seen.add(invoke_id)
        pair.move(1.0)
        pair.switch.send_response(invoke_id, m.MonitorStartResponse(monitor_cross_ref_id="01"), 1.0)
        pair.move(1.0)
    assert len(drain(pair.application)) == rounds
    assert way != "xml" or seen == set(range(9999)) - outstanding
    assert pair.application.phase is Phase.UP


def test_ber_invoke_ids_wrap_within_fifteen_bits() -> None:
    """Two octets with a sign bit: 32768 would be read as negative."""
    pair = connected(SessionSettings(request_timeout=1e6, heartbeat=1e6), profile="siemens")
    first = pair.application.send_request(START, 1.0)
    last = first
    for _ in range(32_800):
        pair.switch.send_event(back(1), 1.0)
        last = pair.switch._asking.free_id()
        assert 1 <= last <= 32_767
        pair.switch.data_to_send()
    assert pair.application.send_request(START, 1.0) != first


def test_monitor_stop_by_the_switch_is_told() -> None:
    """No client handled a monitor that the switch itself stops."""
    pair = connected(profile="siemens")
    stop = m.MonitorStop(monitor_cross_ref_id="0009")
    invoke_id = pair.switch.send_request(stop, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [RequestReceived(invoke_id, stop)]
    pair.application.send_response(invoke_id, m.MonitorStopResponse(), 1.0)
    pair.move(1.0)
    assert drain(pair.switch) == [ResponseReceived(invoke_id, stop, m.MonitorStopResponse())]
