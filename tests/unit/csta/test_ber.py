"""BER: what is lenient in reading, strict in writing, and told when something is odd."""

import contextlib
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from csta.causes import EventCause
from csta.codec import ber
from csta.codec.ber import tlv
from csta.codec.ber.forms import Reading
from csta.codec.ber.kinds import form_of
from csta.codec.ber.times import moment
from csta.errors import EncodeError, MessageError
from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.messages import (
    AnswerCall,
    AnswerCallResponse,
    CallCleared,
    ConnectionCleared,
    DeflectCall,
    Delivered,
    ErrorResponse,
    Established,
    MakeCall,
    Message,
    MonitorStart,
    Offered,
    Request,
    RequestSystemStatus,
    SystemStatus,
    SystemStatusResponse,
    UnknownMessage,
)
from csta.messages.base import Extensions, ForeignElement, ForeignTag, Rejection, Security
from csta.schema import kinds as k
from csta.schema.elements import structure
from csta.states import ConnectionState, SystemStatusValue
from csta.words import Word

CALL = ConnectionID("012C", "101")
DELIVERED = Delivered(
    monitor_cross_ref_id="0001",
    connection=CALL,
    alerting_device=DeviceID("101"),
    calling_device=DeviceID("+4989123456"),
    called_device=DeviceID("101"),
    last_redirection_device=Presentation.NOT_SPECIFIED,
    local_connection_info=ConnectionState.ALERTING,
    correlator_data=b"abcd",
    cause=EventCause.NEW_CALL,
)
CSTA_2 = ber.BerRules(ber.EventNumbering.ECMA_218, bare_devices=True)


def decode(text: str, **options: Any) -> ber.BerDecoded:
    return ber.decode(bytes.fromhex(text), **options)


def read(kind: k.Kind, text: str) -> tuple[object, list[str]]:
    """The value of one element, and the findings."""
    data = bytes.fromhex(text)
    found = tlv.only(data, 0, len(data))
    form = form_of(kind)
    reading = Reading(str, 32, "test")
    reader = form.readers.get(found.identifier) or form.older[found.identifier]
    return reader(data, found.start, found.stop, reading), reading.findings


# --- results, errors, rejections


def test_a_result_without_its_inner_sequence() -> None:
    assert decode("a2090201050202 00d3 0500").message == SystemStatusResponse()


def test_a_result_that_says_nothing_answers_what_was_asked() -> None:
    asked: dict[int, type[Request]] = {5: AnswerCall, 6: RequestSystemStatus}
    assert decode("a203020105", request_of=asked.get).message == AnswerCallResponse()
    with pytest.raises(MessageError, match="lacks systemStatus") as caught:
        decode("a203020106", request_of=asked.get)
    assert caught.value.invoke_id == 6
    with pytest.raises(MessageError, match="nor answers anything") as caught:
        decode("a203020107", request_of=asked.get)
    assert caught.value.invoke_id == 7


@pytest.mark.parametrize(
    ("octets", "category", "value"),
    [
        ("a30b 020105 020101 a0030a010c", "operation", "invalidDeviceID"),
        ("a30b 020105 020101 a2030a0108", "stateIncompatibility", "noCallToAnswer"),
        ("a30b 020105 020101 a3030a0102", "systemResourceAvailability", "resourceBusy"),
        ("a30a 020105 020101 a7020500", "unspecified", ""),
    ],
)
def test_errors(octets: str, category: str, value: str) -> None:
    found = decode(octets)
    assert found.message == ErrorResponse(category=category, value=value)
    assert found.invoke_id == 5
    assert ber.encode(found.message, 5).hex() == octets.replace(" ", "")


@pytest.mark.parametrize(
    ("octets", "message", "finding"),
    [
        ("a30c 020105 020101 a0040a0203e7", ErrorResponse(category="operation", value="#999"), "operation/999"),
        ("a306 020105 020101", ErrorResponse(category="unspecified"), "without a value"),
        ("a30b 020105 020101 aa030a010c", ErrorResponse(category="unspecified"), "AA"),
        ("a30b 020105 020109 a0030a010c", ErrorResponse(category="operation", value="invalidDeviceID"), "number 9"),
        ("a309 020105 020101 80010c", ErrorResponse(category="operation", value="invalidDeviceID"), ""),
    ],
)
def test_odd_errors(octets: str, message: Message, finding: str) -> None:
    found = decode(octets)
    assert found.message == message
    assert finding in "".join(found.findings)
    assert bool(found.findings) is bool(finding)


def test_errors_that_only_xml_has_are_not_sent() -> None:
    for category, value in (("privateErrorCode", "x"), ("operation", "#999"), ("operation", ""), ("nothing", "x")):
        with pytest.raises(EncodeError, match="no error that BER can say"):
            ber.encode(ErrorResponse(category=category, value=value), 1)


@pytest.mark.parametrize(
    ("octets", "problem", "number", "invoke_id"),
    [
        ("a406 020105 810101", "invoke", 1, 5),
        ("a405 0500 800100", "general", 0, None),
        ("a406 020105 820102", "result", 2, 5),
        ("a406 020105 830104", "error", 4, 5),
    ],
)
def test_rejections(octets: str, problem: str, number: int, invoke_id: int | None) -> None:
    found = decode(octets)
    assert (found.message, found.invoke_id) == (Rejection(problem=problem, number=number), invoke_id)
    assert ber.encode(found.message, invoke_id).hex() == octets.replace(" ", "")


# --- what is unknown


def test_an_unknown_operation_is_kept() -> None:
    found = decode("a10b 020105 020203e7 3002 0500")
    assert found.message == UnknownMessage(root="operation 999", element=ForeignTag(b"\x30", b"\x05\x00"))
    assert found.findings == ("unknown operation 999",)
    assert decode("a20c 020105 3007 020203e7 04 01 aa".replace(" ", "")).message == UnknownMessage(
        root="result of operation 999", element=ForeignTag(b"\x04", b"\xaa")
    )
    assert decode("a107 020105 020203e7").message == UnknownMessage(root="operation 999", element=ForeignTag(b"", b""))


def test_an_unknown_event_is_kept() -> None:
    found = decode("a112 020105 020115 300a 55020001 a004 b3020500")
    assert isinstance(found.message, UnknownMessage)
    assert found.message.root == "event 0.19"
    assert found.message.element == ForeignTag(b"\x30", bytes.fromhex("55020001a004b3020500"))


def test_an_unknown_element_is_kept_and_sent_again() -> None:
    octets = ber.encode(AnswerCall(call_to_be_answered=CALL, extra=(ForeignTag(b"\xbf\x21", b"\x05\x00"),)), 1)
    found = ber.decode(octets)
    assert found.message.extra == (ForeignTag(b"\xbf\x21", b"\x05\x00"),)
    assert found.findings == ("unknown element BF21 in AnswerCall",)
    assert ber.encode(found.message, 1) == octets


def test_an_unknown_element_in_a_result_without_data() -> None:
    octets = bytes.fromhex("a20d 020101 3008 020102 3003 8c01aa")
    found = ber.decode(octets)
    assert found.message == AnswerCallResponse(extra=(ForeignTag(b"\x8c", b"\xaa"),))
    assert ber.encode(found.message, 1) == octets
    alone = ber.decode(bytes.fromhex("a20b 020101 3006 020102 8c01aa"))
    assert alone.message == found.message


def test_what_came_in_xml_is_not_sent_in_ber() -> None:
    assert ber.encode(AnswerCallResponse(extra=(ForeignElement("{urn:x}y"),)), 1).endswith(b"\x05\x00")
    plain = AnswerCall(call_to_be_answered=CALL)
    odd = AnswerCall(call_to_be_answered=CALL, extra=(ForeignElement("{urn:x}y"),))
    assert ber.encode(odd, 1) == ber.encode(plain, 1)


def test_unknown_numbers_are_kept_but_not_sent() -> None:
    found = decode("a10c 020101 020200d3 3003 0a0163")
    assert isinstance(found.message, SystemStatus)
    assert not found.message.system_status.known
    assert found.message.system_status.number == 99
    assert found.findings == ("unknown number 99 of SystemStatusValue in SystemStatus",)
    with pytest.raises(EncodeError, match="systemStatus"):
        ber.encode(found.message, 1)


class Colours(Word):
    RED = "red", 0
    BLUE = "blue", 9
    GREY = "grey"


def test_unknown_bits_are_kept_but_not_sent() -> None:
    value, findings = read(k.Flags(Colours), "03 03 05 80 60")
    assert isinstance(value, frozenset)
    assert {word.number for word in value} == {0, 9, 10}
    assert findings == ["unknown bits 10 of Colours in test"]
    with pytest.raises(EncodeError):
        form_of(k.Flags(Colours)).write(value)
    with pytest.raises(EncodeError):
        form_of(k.Flags(Colours)).write(frozenset({Colours.GREY}))
    assert form_of(k.Flags(Colours)).write(frozenset({Colours.RED, Colours.BLUE})).hex() == "0303068040"
    assert form_of(k.Flags(Colours)).write(frozenset()).hex() == "030100"


def test_a_bad_optional_element_is_kept_a_bad_mandatory_one_refused() -> None:
    octets = ber.encode(DELIVERED, 1)
    bad_cause = octets.replace(b"\x0a\x01\x16", b"\x30\x01\x16")
    found = ber.decode(bad_cause)
    assert isinstance(found.message, Delivered)
    assert found.message.cause is None
    assert found.message.extra == (ForeignTag(b"\x30", b"\x16"),)
    with pytest.raises(MessageError, match=r"DeliveredEvent connection is a connection without a call") as caught:
        ber.decode(octets.replace(bytes.fromhex("300d8002012c"), bytes.fromhex("300d8302012c")))
    assert caught.value.root == "DeliveredEvent"
    assert caught.value.invoke_id == 1


def test_elements_out_of_order_and_twice() -> None:
    # ConnectionCleared: cause before the releasing device, and once more.
    body = "6b04 80020100 0a0116 6307 3005 8003313031 0a0117"
    inner = bytes.fromhex(body)
    argument = tlv.tlv(0x30, bytes.fromhex("55020001") + tlv.tlv(0xA0, tlv.tlv(0xA3, inner)))
    found = ber.decode(tlv.tlv(0xA1, bytes.fromhex("020101020115") + argument))
    assert found.message == ConnectionCleared(
        monitor_cross_ref_id="0001",
        dropped_connection=ConnectionID("0100"),
        releasing_device=DeviceID("101"),
        cause=EventCause.NEW_CALL,
        extra=(ForeignTag(b"\x0a", b"\x17"),),
    )
    assert found.findings == (
        "releasingDevice in ConnectionClearedEvent out of order",
        "second element 0A in ConnectionClearedEvent",
    )


# --- devices and connections


@pytest.mark.parametrize(
    ("octets", "device"),
    [
        ("3005 8003313031", DeviceID("101")),
        ("8003313031", DeviceID("101")),
        ("3003 810165", DeviceID("101", "deviceNumber")),
        ("3007 a3058103343938", DeviceID("498", "explicitPublic:international")),
        ("a3058103343938", DeviceID("498", "explicitPublic:international")),
        ("3007 a5058503343938", DeviceID("498", "explicitPrivate:localNumber")),
        ("3004 860241e9", DeviceID("A\xe9", "other")),
        ("300e 8003313031 a003160139 a102 1600".replace(" ", ""), DeviceID("101")),
        ("3009 a307 a105 1603343938".replace(" ", ""), DeviceID("498", "explicitPublic:international")),
    ],
)
def test_devices(octets: str, device: DeviceID) -> None:
    assert read(k.Device(), octets) == (device, [])


def test_numbers_are_brought_into_the_normal_form_once_for_each_dialect() -> None:
    octets = ber.encode(MakeCall(calling_device=DeviceID("101"), called_directory_number=DeviceID("0049")), 1)
    for normalise in (str, lambda number: number.replace("00", "+"), lambda number: f"x{number}"):
        message = ber.decode(octets, normalise).message
        assert isinstance(message, MakeCall)
        assert message.called_directory_number.number == normalise("0049")


@pytest.mark.parametrize(
    ("octets", "connection"),
    [
        ("6b0f 300d 8002012c a107 3005 8003313031", CALL),
        ("6b04 8002012c", ConnectionID("012C")),
        ("6b0c 300a 8002012c a104 83021096", ConnectionID("012C", "dynamic:1096")),
        ("6b0a 8202012c 830410960100", ConnectionID("012C", "dynamic:10960100")),
        ("6b09 8202012c 8003313031", CALL),
        ("6b0d 300b a105 8003313031 8002012c", CALL),
    ],
)
def test_connections(octets: str, connection: ConnectionID) -> None:
    assert read(k.Connection(), octets) == (connection, [])


def test_dynamic_devices_cannot_be_mistaken_for_numbers() -> None:
    with pytest.raises(tlv.BadValueError, match="begins with 'dynamic:'"):
        read(k.Connection(), "6b10 8202012c 800a" + b"dynamic:10".hex())


@pytest.mark.parametrize(
    ("party", "octets"),
    [
        (Presentation.NOT_KNOWN, "64028700"),
        (Presentation.NOT_REQUIRED, "64028800"),
        (Presentation.NOT_SPECIFIED, "64028900"),
        (Presentation.RESTRICTED, "64028a00"),
        (DeviceID("1"), "6405300380 0131"),
    ],
)
def test_redirection(party: object, octets: str) -> None:
    assert form_of(k.REDIRECTION).write(party).hex() == octets.replace(" ", "")
    assert read(k.REDIRECTION, octets) == (party, [])


def test_other_parties() -> None:
    assert form_of(k.CALLING).write(Presentation.RESTRICTED).hex() == "61028800"
    assert form_of(k.ENDPOINT).write(Presentation.RESTRICTED).hex() == "a1020500"
    assert form_of(k.ENDPOINT).write(Presentation.NOT_KNOWN).hex() == "0500"
    assert read(k.CALLED, "6202 8000") == (Presentation.NOT_KNOWN, []), "an empty number is none"
    with pytest.raises(EncodeError, match="has no place here"):
        form_of(k.CALLING).write(Presentation.NOT_SPECIFIED)
    with pytest.raises(tlv.BadValueError, match="8D"):
        read(k.CALLING, "61028d00")


@pytest.mark.parametrize(
    ("octets", "states"),
    [
        ("a006 4e0102 4e0103", (ConnectionState.ALERTING, ConnectionState.CONNECTED)),
        ("810123", (ConnectionState.CONNECTED, ConnectionState.ALERTING)),
        ("810132", (ConnectionState.ALERTING, ConnectionState.CONNECTED)),
        ("810153", (ConnectionState.CONNECTED, ConnectionState.QUEUED)),
        ("810160", (ConnectionState.NULL, ConnectionState.FAIL)),
        ("8200", ()),
    ],
)
def test_call_states(octets: str, states: tuple[ConnectionState, ...]) -> None:
    assert read(k.CallState(), octets) == (states, [])


# --- times, texts, extensions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261123034506Z", datetime(2026, 11, 23, 3, 45, 6, tzinfo=UTC)),
        ("202611230345", datetime(2026, 11, 23, 3, 45, tzinfo=UTC)),
        ("2026112303", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        ("20261123034506.25Z", datetime(2026, 11, 23, 3, 45, 6, 250000, tzinfo=UTC)),
        ("2026112303.5", datetime(2026, 11, 23, 3, 30, tzinfo=UTC)),
        ("20261123034506+0100", datetime(2026, 11, 23, 2, 45, 6, tzinfo=UTC)),
        ("20261123034506-01", datetime(2026, 11, 23, 4, 45, 6, tzinfo=UTC)),
        ("151129224539Z", datetime(2015, 11, 29, 22, 45, 39, tzinfo=UTC)),
        ("1511292245Z", datetime(2015, 11, 29, 22, 45, tzinfo=UTC)),
        ("991129224539", datetime(1999, 11, 29, 22, 45, 39, tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["", "2026", "20261301000000", "99999999999999Z", "20260101000000+9999", "x" * 12])
def test_no_times(text: str) -> None:
    with pytest.raises(tlv.BadValueError, match="no time"):
        moment(text)


def test_times_need_a_zone() -> None:
    write = form_of(k.Time()).write
    assert write(datetime(2026, 11, 23, 3, 45, 6, 250000, tzinfo=UTC))[2:] == b"20261123034506.25Z"
    for value in (datetime(2026, 11, 23), "2026", None):  # noqa: DTZ001 - this is the fault
        with pytest.raises(EncodeError, match="knows its zone"):
            write(value)


def test_texts_of_another_code_are_told() -> None:
    assert read(k.Text(), "1603 4be46c") == ("Käl", ["a text in test that is not ASCII, taken for ISO 8859-1"])
    assert read(k.Text(octets=True), "0404 4bc3a46c") == ("Käl", [])
    with pytest.raises(EncodeError, match="ASCII"):
        form_of(k.Text()).write("Käl")


def test_empty_private_data_as_hipath_sends_it() -> None:
    call = DeflectCall(call_to_be_diverted=CALL, new_destination=DeviceID("7101"), extensions=Extensions())
    octets = ber.encode(call, 1)
    assert octets.endswith(bytes.fromhex("7e02a100"))
    assert ber.decode(octets).message == call


def test_private_data_of_a_vendor() -> None:
    private = ForeignTag(b"\x30", bytes.fromhex("06062b0c893684000403010203"))
    message = AnswerCall(call_to_be_answered=CALL, extensions=Extensions(private_data=(private, b"\x01")))
    octets = ber.encode(message, 1)
    assert bytes.fromhex("7e14 a112 300d 06062b0c893684000403010203 040101") in octets
    assert ber.decode(octets).message == message


def test_bad_extensions_do_no_harm() -> None:
    octets = ber.encode(
        AnswerCall(call_to_be_answered=CALL, extensions=Extensions(security=Security(timestamp=moment("2026112303")))),
        1,
    )
    found = ber.decode(octets.replace(b"20261123", b"20269923"))
    assert isinstance(found.message, AnswerCall)
    assert found.message.extensions is None
    assert len(found.message.extra) == 1
    assert "no time" in found.findings[0]


def test_extensions_have_a_place_of_their_own_in_older_event_reports() -> None:
    message = Established(
        monitor_cross_ref_id="01",
        established_connection=ConnectionID("01", "1"),
        cause=EventCause.NEW_CALL,
        extensions=Extensions(private_data=(b"x",)),
    )
    octets = ber.encode(message, 1, CSTA_2)
    assert octets.endswith(bytes.fromhex("7e05a103040178"))
    assert ber.decode(octets, rules=CSTA_2).message == message


# --- events


def test_older_numbering() -> None:
    cleared = CallCleared(monitor_cross_ref_id="01", cleared_call=ConnectionID("01"), cause=EventCause.NORMAL_CLEARING)
    new, old = ber.encode(cleared, 1), ber.encode(cleared, 1, ber.BerRules(ber.EventNumbering.ECMA_218))
    assert b"\xa0\x0a\xa1\x08\x6b\x03" in new
    assert b"\xa0\x0c\xa0\x0a\x30\x08\x6b\x03" in old
    assert ber.decode(old, rules=ber.BerRules(ber.EventNumbering.ECMA_218)).message == cleared
    offered = Offered(monitor_cross_ref_id="01", offered_connection=ConnectionID("01"), cause=EventCause.NEW_CALL)
    with pytest.raises(EncodeError, match="no known number in ECMA-218"):
        ber.encode(offered, 1, CSTA_2)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("a106 020101 020115", "event report lacks an argument"),
        ("a10c 020101 020115 3004 55020001", "lacks a monitor"),
        ("a10c 020101 020115 3004 a0020500", "lacks a monitor"),
        ("a108 020101 020115 0500", "lacks an argument"),
    ],
)
def test_bad_event_reports(octets: str, why: str) -> None:
    with pytest.raises(MessageError, match=why):
        decode(octets)


# --- hostile input


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "ends"),
        ("a100", "lacks an invoke ID"),
        ("a103020101", "lacks a number"),
        ("a1030c0101", "lacks an invoke ID"),
        ("a10a 020101 020102 0500 0500", "parts too many"),
        ("a1820fff020101", "where"),
        ("a184ffffffff", "4294967295 octets"),
        ("a18500ffffffff", "where"),
        ("1f8181818181", "out of all bounds"),
        ("0201", "where"),
        ("05 00", "neither ROSE nor ACSE"),
        ("3003020101", "neither ROSE nor ACSE"),
        ("a10c 020a 01010101010101010101", "number of 10 octets"),
        ("a405 020101 0500", "problem of the unknown kind"),
        ("a403 020101", "invoke ID and a problem"),
        ("a10a 020101 02010a 3002 3000", "MakeCall"),
        ("a108 020101 02010a 0500", "MakeCall lacks callingDevice"),
    ],
)  # fmt: skip
def test_refused(octets: str, why: str) -> None:
    with pytest.raises(MessageError, match=why):
        decode(octets)


def test_cut_off_anywhere() -> None:
    octets = ber.encode(DELIVERED, 1)
    for cut in range(len(octets)):
        with pytest.raises(MessageError):
            ber.decode(octets[:cut])


def test_every_octet_may_be_anything() -> None:
    octets = ber.encode(DELIVERED, 1)
    for place in range(len(octets)):
        for octet in range(256):
            damaged = octets[:place] + bytes((octet,)) + octets[place + 1 :]
            try:
                message = ber.decode(damaged).message
            except MessageError:
                continue
            assert isinstance(message, Message)


def _bomb(head: bytes, count: int, tail: bytes = b"") -> bytes:
    return head * count + tail * count


@pytest.mark.parametrize(
    "inner",
    [
        _bomb(b"\x30\x80", 150_000, b"\x00\x00"),
        _bomb(b"\xa0\x80", 150_000),
        _bomb(b"\x24\x80", 150_000, b"\x00\x00"),
        _bomb(b"\x30\x00", 150_000),
        _bomb(b"\x7e\x00", 150_000),
        _bomb(b"\x05\x00", 150_000),
        b"\x00" * 300_000,
        b"\xff" * 300_000,
        b"\x1f" * 300_000,
    ],
    ids=["sequences", "contexts", "strings", "empty", "extensions", "nulls", "zeros", "ones", "tags"],
)
@pytest.mark.parametrize("operation", ["020115", "02010a", "020203e7", "020200da"])
def test_bombs_end_soon(inner: bytes, operation: str) -> None:
    octets = tlv.tlv(0xA1, bytes.fromhex("020101" + operation) + tlv.tlv(0x30, inner))
    began = time.perf_counter()
    try:
        found = ber.decode(octets)
    except MessageError:
        pass
    else:
        assert len(found.findings) <= 20
    # Generous: what is linear takes a tenth of it, what is quadratic takes minutes.
    assert time.perf_counter() - began < 5


def test_nested_definite_lengths_are_not_followed() -> None:
    inner = b""
    for _ in range(5_000):
        inner = tlv.tlv(0x30, inner)
    for operation in ("02010a", "020201f4", "020115"):
        octets = tlv.tlv(0xA1, bytes.fromhex("020101" + operation) + tlv.tlv(0x30, inner))
        with contextlib.suppress(MessageError):
            assert len(ber.decode(octets).findings) == 1


def test_a_depth_limit_may_be_given() -> None:
    octets = bytes.fromhex("a180 020101 020200d3 3080 0a0102 0000 0000")
    assert ber.decode(octets).message == SystemStatus(system_status=SystemStatusValue.NORMAL)
    with pytest.raises(MessageError, match="deeper than 1"):
        ber.decode(octets, max_depth=1)


# --- strict in sending


@structure
class NoMessage(Message):
    """Not declared."""


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (MonitorStart(monitor_object="101"), "MonitorStart: monitorObject: '101' is not a device"),  # type: ignore[arg-type] - the fault
        (AnswerCall(call_to_be_answered=ConnectionID("xyz")), "hexadecimal digits"),
        (AnswerCall(call_to_be_answered=ConnectionID("0 1")), "hexadecimal digits"),
        (AnswerCall(call_to_be_answered=ConnectionID("")), "hexadecimal digits"),
        (AnswerCall(call_to_be_answered=ConnectionID("01", "dynamic:x")), "hexadecimal digits"),
        (AnswerCall(call_to_be_answered=ConnectionID("01", "ä")), "characters that BER cannot say"),
        (AnswerCall(call_to_be_answered=ConnectionID("01", "1", "secret")), "no type of number"),
        (MakeCall(calling_device=DeviceID(""), called_directory_number=DeviceID("1")), "without a number"),
        (MakeCall(calling_device=DeviceID("x", "deviceNumber"), called_directory_number=DeviceID("1")), "whole number"),
        (CallCleared(monitor_cross_ref_id="call", cleared_call=ConnectionID("01")), "monitorCrossRefID"),
        (UnknownMessage(root="x", element=ForeignTag(b"\x05", b"")), "no message that BER can say"),
        (NoMessage(), "no message that BER can say"),
        (Rejection(problem="none", number=1), "no kind of a problem"),
    ],
)
def test_not_sent(message: Message, why: str) -> None:
    with pytest.raises(EncodeError, match=why):
        ber.encode(message, 1)


def test_octets_that_are_not_sent_are_not_shown() -> None:
    with pytest.raises(EncodeError, match="not octets, 2 at most") as caught:
        form_of(k.Octets(2)).write(b"4711")
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("invoke_id", [None, 2**31])
def test_invoke_ids(invoke_id: int | None) -> None:
    with pytest.raises(EncodeError, match="no invoke ID"):
        ber.encode(AnswerCall(call_to_be_answered=CALL), invoke_id)
