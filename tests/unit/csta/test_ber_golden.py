"""Every message in BER, octet by octet, and the frames of real switches."""

from datetime import UTC, datetime

import pytest

from csta.causes import EventCause
from csta.codec import ber
from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.messages import (
    Delivered,
    MakeCall,
    Message,
    MonitorStart,
    MonitorStartResponse,
    MonitorStop,
    SystemStatus,
    SystemStatusResponse,
)
from csta.messages.association import AssociateRequest
from csta.messages.base import Extensions, ForeignTag, Security
from csta.schema.elements import Shape
from csta.states import ConnectionState, SystemStatusValue
from tests.unit.csta.ber_samples import GOLDEN, IN_BER, INVOKE_ID, sample

VECTORS = dict(line.split() for line in GOLDEN.read_text(encoding="ascii").splitlines())
CSTA_2 = ber.BerRules(ber.EventNumbering.ECMA_218, bare_devices=True)


def test_every_message_has_its_vector() -> None:
    assert sorted(VECTORS) == sorted(shape.root for shape in IN_BER)


@pytest.mark.parametrize("shape", IN_BER, ids=lambda shape: shape.root)
def test_golden(shape: Shape) -> None:
    octets = bytes.fromhex(VECTORS[shape.root])
    assert ber.encode(sample(shape), INVOKE_ID).hex() == octets.hex()
    found = ber.decode(octets)
    assert found.message == sample(shape)
    assert found.invoke_id == INVOKE_ID
    assert not found.findings


# Frames of real switches: HiPath 3000 speaks phase III, the Matra phase II.
CAPTURES: dict[str, tuple[str, Message]] = {
    "HiPath asks for the application's status": (
        "a10c020101020200d330030a0102",
        SystemStatus(system_status=SystemStatusValue.NORMAL),
    ),
    "HiPath has its answer": ("a20b0201013006020200d30500", SystemStatusResponse()),
    "HiPath's log-in": (
        "6031a10706052b0c00815a8a020680ac15a213a011a00f0406414d484f535404053737373737be0b2809a007a0050303001000",
        AssociateRequest(context="1.3.12.0.218", versions=frozenset({3}), user="AMHOST", password="77777"),
    ),
    "a call from HiPath": (
        "a11602010302010a300e3005800331303130058003313032",
        MakeCall(calling_device=DeviceID("101"), called_directory_number=DeviceID("102")),
    ),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_capture_goes_back_as_it_came(name: str) -> None:
    octets, message = CAPTURES[name]
    found = ber.decode(bytes.fromhex(octets))
    assert found.message == message
    assert ber.encode(message, found.invoke_id).hex() == octets


def test_hipath_monitor_filter() -> None:
    """HiPath writes as many bits as it knows, so that its octets are not ours."""
    octets = (
        "a135020101020147302d30058003313031a0248004065ff40086020340870206008803055400890302fc18830205c0850201c084020700"
    )
    message = ber.decode(bytes.fromhex(octets)).message
    assert isinstance(message, MonitorStart)
    filters = message.requested_monitor_filter
    assert filters is not None
    assert len(filters.call_control or ()) == 11
    assert len(filters.logical_device_feature or ()) == 8
    assert filters.private == frozenset()
    again = ber.encode(message, 1)
    assert ber.decode(again).message == message
    answer = ber.decode(
        bytes.fromhex("a22c0201013027020147302255020000a01c800406400400860203408803055400890302fc18830205c0850201c0")
    )
    assert isinstance(answer.message, MonitorStartResponse)
    assert answer.message.monitor_cross_ref_id == "0000"
    assert not answer.findings


def test_matra_monitor() -> None:
    asked = ber.decode(bytes.fromhex("a10e0201010201473006800433303031"), rules=CSTA_2)
    assert asked.message == MonitorStart(monitor_object=DeviceID("3001"))
    octets = "a22a0201013025020147302055040142f900301880030280008102007f82020200830206008502016e840100"
    answer = ber.decode(bytes.fromhex(octets), rules=CSTA_2)
    assert isinstance(answer.message, MonitorStartResponse)
    # The filter of phase II has other members, and is kept as it is.
    assert ber.encode(answer.message, answer.invoke_id, CSTA_2).hex() == octets
    stopped = ber.decode(bytes.fromhex("a10c02010102014955040142f900"), rules=CSTA_2)
    assert stopped.message == MonitorStop(monitor_cross_ref_id="0142F900")


MATRA_DELIVERED = (
    "a1818002024c9c020115307755040142f900a032a330302e6b0a82020058830410960100630684043330303161068404333333316206"
    "840433303031640288004e01020a01167e3ba00f170d3135313132393232343533395aa128301206062b0c8936840030088004616263"
    "648100301206062b0c89368409040803725b5658000100"
)


def test_matra_delivered() -> None:
    found = ber.decode(bytes.fromhex(MATRA_DELIVERED), rules=CSTA_2)
    assert found.invoke_id == 0x4C9C
    assert found.message == Delivered(
        monitor_cross_ref_id="0142F900",
        connection=ConnectionID("0058", "dynamic:10960100"),
        alerting_device=DeviceID("3001", "implicitPrivate"),
        calling_device=DeviceID("3331", "implicitPrivate"),
        called_device=DeviceID("3001", "implicitPrivate"),
        last_redirection_device=Presentation.NOT_REQUIRED,
        local_connection_info=ConnectionState.ALERTING,
        cause=EventCause.NEW_CALL,
        extensions=Extensions(
            security=Security(timestamp=datetime(2015, 11, 29, 22, 45, 39, tzinfo=UTC)),
            private_data=(
                ForeignTag(b"\x30", bytes.fromhex("06062b0c893684003008800461626364" + "8100")),
                ForeignTag(b"\x30", bytes.fromhex("06062b0c89368409040803725b5658000100")),
            ),
        ),
    )
    # Ours is the GeneralizedTime of phase III; all else goes back as it came.
    ours = ber.encode(found.message, found.invoke_id, CSTA_2)
    theirs = bytes.fromhex(MATRA_DELIVERED)
    assert ours[:9].hex() == "a1818202024c9c0201"
    assert ours[12 : ours.index(b"\x7e")] == theirs[12 : theirs.index(b"\x7e")]
    assert ours.partition(b"20151129224539Z")[2] == theirs.partition(b"151129224539Z")[2]
    assert ber.decode(ours, rules=CSTA_2).message == found.message
