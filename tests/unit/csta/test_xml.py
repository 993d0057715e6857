import dataclasses
from pathlib import Path

import pytest
from lxml import etree

from csta import ConnectionID, DeviceID, EventCause, Presentation, decode, encode
from csta import messages as m
from csta.codec.xml import ED4
from csta.errors import EncodeError, MessageError
from csta.messages.application_session import SESSION_NAMESPACE, StopApplicationSession
from csta.schema.kinds import NAMESPACE_STEM
from csta.states import ConnectionState, RequestedAgentState
from tests.unit.csta.samples import AGENT, AT_AGENT, AT_PILOT, PILOT, SAMPLES

GOLDEN = (Path(__file__).parent / "golden_messages.txt").read_bytes().splitlines()
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def xml(body: str, edition: str = "ed4") -> bytes:
    """``body`` with its root in CSTA's namespace."""
    root, rest = body[1:].split(">", 1)
    return f'{HEAD}<{root} xmlns="{NAMESPACE_STEM}{edition}">{rest}'.encode()


@pytest.mark.parametrize(("message", "golden"), list(zip(SAMPLES, GOLDEN, strict=True)))
def test_golden_message(message: m.Message, golden: bytes) -> None:
    assert encode(message) == golden
    decoded = decode(golden)
    assert decoded.message == message
    assert decoded.findings == ()


@pytest.mark.parametrize("edition", ["ed3", "ed4", "ed5", "ed6"])
def test_every_edition_is_understood(edition: str) -> None:
    decoded = decode(xml("<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>", edition))
    assert decoded == decode(encode(m.MonitorStop(monitor_cross_ref_id="1")))
    assert decoded.findings == ()


@pytest.mark.parametrize("edition", ["ed3", "ed4", "ed5", "ed6"])
def test_every_edition_is_sent_when_asked_for(edition: str) -> None:
    message = m.DeflectCall(call_to_be_diverted=AT_PILOT, new_destination=AGENT)
    data = encode(message, NAMESPACE_STEM + edition)
    assert data == encode(message).replace(b"/ed4", b"/" + edition.encode())
    assert decode(data) == decode(encode(message))


def test_application_sessions_keep_their_namespace_whatever_edition_is_spoken() -> None:
    stop = StopApplicationSession(session_id="1")
    data = encode(stop, NAMESPACE_STEM + "ed6")
    assert data == encode(stop)
    assert decode(data).message == stop
    assert decode(data).findings == ()


@pytest.mark.parametrize("name", ["StopApplicationSession", "MonitorStop"])
def test_roots_are_known_in_their_own_namespace_alone(name: str) -> None:
    other = ED4 if name == "StopApplicationSession" else SESSION_NAMESPACE
    decoded = decode(f'<{name} xmlns="{other}"><sessionID>1</sessionID></{name}>'.encode())
    assert isinstance(decoded.message, m.UnknownMessage)
    assert decoded.message.root == name


def test_namespace_with_prefix_and_foreign_edition() -> None:
    data = f'<c:MonitorStop xmlns:c="{NAMESPACE_STEM}ed9"><c:monitorCrossRefID>1</c:monitorCrossRefID></c:MonitorStop>'
    decoded = decode(data.encode())
    assert decoded.message == m.MonitorStop(monitor_cross_ref_id="1")
    assert "none of ECMA-323" in decoded.findings[0]


def test_message_without_a_namespace_is_understood_and_reported() -> None:
    decoded = decode(b"<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>")
    assert decoded.message == m.MonitorStop(monitor_cross_ref_id="1")
    assert len(decoded.findings) == 1


@pytest.mark.parametrize("golden", GOLDEN)
def test_order_of_elements_does_not_matter(golden: bytes) -> None:
    root = etree.fromstring(golden)
    root[:] = reversed(list(root))
    assert decode(etree.tostring(root)).message == decode(golden).message


def test_vendor_private_data_is_kept_without_a_report() -> None:
    data = xml(
        "<BackInServiceEvent><monitorCrossRefID>1</monitorCrossRefID><device><notKnown/></device>"
        '<extensions><privateData><private><scx:x xmlns:scx="http://www.siemens.com/schema/csta" scx:a="1">y</scx:x>'
        "</private></privateData></extensions></BackInServiceEvent>"
    )
    decoded = decode(data)
    assert decoded.findings == ()
    assert decoded.message.extra == ()
    assert decoded.message.extensions is not None
    (private,) = decoded.message.extensions.private_data
    assert isinstance(private, m.ForeignElement)
    assert (private.name, private.text) == ("{http://www.siemens.com/schema/csta}x", "y")
    assert private.attributes == (("{http://www.siemens.com/schema/csta}a", "1"),)
    again = decode(encode(decoded.message))
    assert again.message == decoded.message


def test_unknown_element_is_kept_and_reported() -> None:
    decoded = decode(xml("<MonitorStop><monitorCrossRefID>1</monitorCrossRefID><news>&lt;5</news></MonitorStop>"))
    assert decoded.message.extra == (m.ForeignElement(f"{{{ED4}}}news", "<5"),)
    assert decoded.findings == ("unknown element news in MonitorStop",)
    assert b"<news>&lt;5</news></MonitorStop>" in encode(decoded.message)


def test_second_element_of_a_name_is_kept_and_the_first_used() -> None:
    body = "<monitorCrossRefID>1</monitorCrossRefID><monitorCrossRefID>2</monitorCrossRefID>"
    decoded = decode(xml(f"<MonitorStop>{body}</MonitorStop>"))
    assert isinstance(decoded.message, m.MonitorStop)
    assert decoded.message.monitor_cross_ref_id == "1"
    assert "second element" in decoded.findings[0]


def test_unknown_word_is_kept_and_reported_but_not_sent() -> None:
    event = m.BackInService(monitor_cross_ref_id="1", device=AGENT, cause=EventCause.NORMAL)
    decoded = decode(encode(event).replace(b">normal<", b">solarFlare<"))
    assert isinstance(decoded.message, m.BackInService)
    cause = decoded.message.cause
    assert cause is not None
    assert cause == "solarFlare"
    assert isinstance(cause, EventCause)
    assert not cause.known
    assert "solarFlare" in decoded.findings[0]
    with pytest.raises(EncodeError, match="solarFlare"):
        encode(decoded.message)


def test_bad_optional_element_is_left_out_and_reported() -> None:
    data = encode(SAMPLES[0]).replace(b"<systemStatus>", b"<sysStatRegisterID></sysStatRegisterID><systemStatus>")
    decoded = decode(data)
    assert isinstance(decoded.message, m.SystemStatus)
    assert decoded.message.sys_stat_register_id is None
    assert decoded.findings == ("sysStatRegisterID in SystemStatus is empty",)


def test_unknown_root_is_kept() -> None:
    decoded = decode(xml("<SummonedEvent><x>1</x></SummonedEvent>"))
    assert isinstance(decoded.message, m.UnknownMessage)
    assert decoded.message.root == "SummonedEvent"
    assert decoded.message.element.children[0].text == "1"
    with pytest.raises(EncodeError, match="UnknownMessage"):
        encode(decoded.message)


def test_message_of_another_protocol_is_unknown_even_with_a_known_name() -> None:
    decoded = decode(b'<MonitorStop xmlns="urn:other"><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>')
    assert isinstance(decoded.message, m.UnknownMessage)


def test_parties_that_were_not_sent() -> None:
    decoded = decode(
        xml(
            "<DeliveredEvent><monitorCrossRefID>1</monitorCrossRefID><connection><callID>A</callID></connection>"
            "<alertingDevice><deviceIdentifier/></alertingDevice></DeliveredEvent>"
        )
    )
    assert decoded.message == m.Delivered(monitor_cross_ref_id="1", connection=ConnectionID("A"))
    assert isinstance(decoded.message, m.Delivered)
    assert decoded.message.calling_device is Presentation.NOT_KNOWN
    assert decoded.message.last_redirection_device is Presentation.NOT_REQUIRED


def test_simple_call_state_is_read_as_the_compound_one() -> None:
    item = m.SnapshotDeviceItem(
        connection=AT_PILOT, local_call_state=(ConnectionState.CONNECTED, ConnectionState.QUEUED)
    )
    data = encode(m.SnapshotDeviceResponse(snapshot_data=(item,)))
    start, end = data.index(b"<compoundCallState>"), data.index(b"</localCallState>")
    simple = data[:start] + b"<simpleCallState>callQueued</simpleCallState>" + data[end:]
    assert decode(simple).message == m.SnapshotDeviceResponse(snapshot_data=(item,))


def test_destination_without_the_list_of_later_editions() -> None:
    message = m.DeflectCall(call_to_be_diverted=AT_PILOT, new_destination=AGENT)
    bare = encode(message).replace(b"<device>7101</device>", b"7101")
    assert decode(bare).message == message


def test_devices_are_normalised_wherever_they_stand() -> None:
    data = encode(m.DeflectCall(call_to_be_diverted=AT_PILOT, new_destination=AGENT))
    decoded = decode(data, lambda number: f"+{number}")
    assert decoded.message == m.DeflectCall(
        call_to_be_diverted=ConnectionID(AT_PILOT.call_id, "+7000"), new_destination=DeviceID("+7101")
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (m.MonitorStop(monitor_cross_ref_id=""), "monitorCrossRefID"),
        (m.MonitorStop(monitor_cross_ref_id="a\x00b"), "XML forbids"),
        (m.MonitorStop(monitor_cross_ref_id="\ud800"), "XML forbids"),
        (m.MonitorStop(monitor_cross_ref_id="x" * 65), "65 characters"),
        (m.SnapshotDevice(snapshot_object=DeviceID("")), "without a number"),
        (m.SnapshotDevice(snapshot_object=DeviceID("1", "vanity")), "vanity"),
        (m.SnapshotCall(snapshot_object=ConnectionID("", "7000")), "without a call identifier"),
        (m.Held(monitor_cross_ref_id="1", held_connection=AT_AGENT), "cause is mandatory"),
        (
            m.BackInService(monitor_cross_ref_id="1", device=Presentation.NOT_SPECIFIED),
            "notSpecified has no place here",
        ),
        (m.MakeCall(calling_device=PILOT, called_directory_number=PILOT, correlator_data=b"x" * 33), "33 octets"),
        (m.ErrorResponse(category="operation", value="tired"), "no error of the standard"),
        (m.MonitorStopResponse(extra=(m.ForeignElement("a b"),)), "not the name"),
    ],
)
def test_what_must_not_be_sent(message: m.Message, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        encode(message)


def test_values_of_the_wrong_type_are_refused() -> None:
    wrong = dataclasses.replace(SAMPLES[0], sys_stat_register_id=5)
    with pytest.raises(EncodeError, match="sysStatRegisterID: 5 is not a str"):
        encode(wrong)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<MonitorStop></MonitorStop>", "lacks monitorCrossRefID"),
        ("<SnapshotDevice><snapshotObject/></SnapshotDevice>", "without a number"),
        ("<SnapshotCall><snapshotObject><deviceID>1</deviceID></snapshotObject></SnapshotCall>", "without a call"),
        ("<MonitorStart><monitorObject><trunk>1</trunk></monitorObject></MonitorStart>", "neither a device nor a call"),
        (
            "<SnapshotDeviceResponse><crossRefIDorSnapshotData/></SnapshotDeviceResponse>",
            "lacks serviceCrossRefID or snapshotData",
        ),
    ],
)
def test_messages_that_lack_what_they_need(body: str, reason: str) -> None:
    with pytest.raises(MessageError, match=reason) as caught:
        decode(xml(body))
    assert caught.value.root == body[1:].split(">", maxsplit=1)[0]


def test_unknown_error_is_kept_and_reported() -> None:
    decoded = decode(xml("<CSTAErrorCode><operation>tired</operation></CSTAErrorCode>"))
    assert decoded.message == m.ErrorResponse(category="operation", value="tired")
    assert "tired" in decoded.findings[0]


def test_agent_password_is_not_shown() -> None:
    request = m.SetAgentState(device=AGENT, requested_agent_state=RequestedAgentState.LOGGED_ON, password=b"hush-hush")
    assert "hush" not in repr(request)
