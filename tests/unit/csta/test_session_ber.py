"""What is particular to sessions in BER: unknown operations, results that name none, requests that make no sense."""

from dataclasses import replace

import pytest

from csta import (
    ConnectionID,
    DeviceID,
    EventCause,
    EventReceived,
    Fault,
    MessageError,
    Phase,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    Session,
    SessionError,
    SessionSettings,
    framer_for,
)
from csta import messages as m
from csta.codec import ber
from csta.codec.ber.rules import BerRules, EventNumbering
from csta.dialects.dialect import Encoding, Framing, Login, Profile
from tests.unit.csta.wire import WAYS, ConnectionPair, connected, drain, faults, only_way

START = m.MonitorStart(monitor_object=DeviceID("101"))
STOP = m.MonitorStop(monitor_cross_ref_id="01")
REFUSED = m.ErrorResponse(category="operation", value="serviceNotSupported")
MALFORMED = m.ErrorResponse(category="operation", value="invalidParameterValue")


def framed(apdu: str) -> bytes:
    return framer_for(Framing.SIEMENS).frame(bytes.fromhex(apdu))


def sent(session: Session) -> list[ber.BerDecoded]:
    """Decode what the session has to send."""
    framer, found = framer_for(Framing.SIEMENS), []
    framer.feed(session.data_to_send())
    while (frame := framer.next_frame()) is not None:
        found.append(ber.decode(frame.payload))
    return found


def test_unknown_operation_is_refused_with_its_invoke_id() -> None:
    pair = connected(profile="siemens")
    pair.switch.receive_data(framed("a10a 02020123 0202270f 3000"), 1.0)
    (answer,) = sent(pair.switch)
    assert (answer.invoke_id, answer.message) == (0x123, REFUSED)
    assert "unknown message operation 9999, invoke ID 0291" in faults(pair.switch)


def test_unknown_event_is_told_but_not_answered() -> None:
    pair = connected(profile="siemens")
    pair.application.receive_data(framed("a112 020105 020115 300a 550101 bf640430028000"), 1.0)
    assert sent(pair.application) == []
    assert pair.application.phase is Phase.UP
    assert faults(pair.application)


def test_result_of_an_unknown_operation_settles_the_request_at_once() -> None:
    pair = connected(profile="siemens")
    mine = pair.application.send_request(START, 1.0)
    pair.application.data_to_send()
    pair.application.receive_data(framed(f"a20b 0201{mine:02x} 3006 0202270f 0500"), 1.0)
    failed = drain(pair.application)[-1]
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, MessageError)


def test_result_that_names_no_operation_answers_what_was_asked() -> None:
    pair = connected(profile="siemens")
    mine = pair.application.send_request(STOP, 1.0)
    pair.application.data_to_send()
    pair.application.receive_data(framed(f"a203 0201{mine:02x}"), 1.0)
    assert drain(pair.application)[-1] == ResponseReceived(mine, STOP, m.MonitorStopResponse())


def test_result_to_nothing_is_told() -> None:
    pair = connected(profile="siemens")
    pair.application.receive_data(framed("a203 020142"), 1.0)
    assert len(faults(pair.application)) == 1
    assert pair.application.phase is Phase.UP


def test_request_that_makes_no_sense_is_refused_and_one_that_makes_sense_passes() -> None:
    pair = connected(profile="siemens")
    pair.switch.receive_data(framed("a108 020107 020149 3000"), 1.0)
    (answer,) = sent(pair.switch)
    assert (answer.invoke_id, answer.message) == (7, MALFORMED)
    drain(pair.switch)
    pair.switch.receive_data(framed("a10b 020107 020149 3003 550101"), 1.0)
    assert drain(pair.switch) == [RequestReceived(7, STOP)]


def test_garbled_result_fails_the_request() -> None:
    pair = connected(profile="siemens")
    mine = pair.application.send_request(START, 1.0)
    pair.application.data_to_send()
    pair.application.receive_data(framed(f"a20a 0201{mine:02x} 3005 020147 3000"), 1.0)
    fault, failed = drain(pair.application)
    assert isinstance(fault, Fault)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, MessageError)


def test_depth_is_limited() -> None:
    pair = connected(SessionSettings(max_depth=8), profile="siemens")
    deep = bytes.fromhex("0500")
    for _ in range(40):
        deep = b"\x30" + bytes([len(deep)]) + deep
    body = bytes.fromhex("020107020149") + deep
    pair.switch.receive_data(framed((b"\xa1" + bytes([len(body)]) + body).hex()), 1.0)
    assert len(faults(pair.switch)) == 1
    assert pair.switch.phase is Phase.UP


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("numbering", EventNumbering)
def test_rules_of_the_profile_reach_both_directions(numbering: EventNumbering, bare: bool) -> None:
    way = replace(WAYS["length16-without-acse"], ber=BerRules(numbering, bare))
    pair = ConnectionPair(dialect=only_way(way))
    pair.connect()
    mine = pair.application.send_request(START, 1.0)
    data = pair.application.data_to_send()
    # A bare device identifier stands alone, else a SEQUENCE is around it.
    assert (bytes.fromhex("30058003313031") in data) is not bare
    pair.switch.receive_data(data, 1.0)
    drain(pair.application)
    assert drain(pair.switch)[-1] == RequestReceived(mine, START)
    event = m.CallCleared(
        monitor_cross_ref_id="01", cleared_call=ConnectionID("0001", "101"), cause=EventCause.NORMAL_CLEARING
    )
    pair.switch.send_event(event, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [EventReceived(event)]


@pytest.mark.parametrize(
    ("encoding", "framing", "login", "hint"),
    [
        (Encoding.XML, Framing.SIEMENS, Login.SWITCH_SPEAKS_FIRST, "does not go in frames of siemens"),
        (Encoding.BER, Framing.XML_HEADER, Login.ACSE, "does not go in frames of xml-header"),
        (Encoding.XML, Framing.XML_HEADER, Login.ACSE, "not made for XML"),
        (Encoding.BER, Framing.TPKT, Login.APPLICATION_SESSION, "not made for BER"),
    ],
)
def test_profiles_that_cannot_work(encoding: Encoding, framing: Framing, login: Login, hint: str) -> None:
    with pytest.raises(SessionError, match=hint):
        Profile(encoding=encoding, framing=framing, login=login, port=None)


def test_unknown_profile_lists_those_that_there_are() -> None:
    with pytest.raises(SessionError, match=r"has no profile 'x', but .*siemens"):
        ConnectionPair(profile="x")
    assert Session(Role.COMPUTING_FUNCTION, only_way(WAYS["bare"]), profile=WAYS["tpkt"]).profile is WAYS["tpkt"]
