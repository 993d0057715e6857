"""Whatever message is filled in however, BER brings it back as it was; whatever octets come, no harm is done."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csta.codec import ber
from csta.codec.ber import tlv
from csta.codec.table import SHAPES
from csta.errors import MessageError
from csta.identifiers import DYNAMIC, TYPES_OF_NUMBER, ConnectionID
from csta.messages import ForeignTag, Rejection
from csta.messages.association import (
    AssociateRequest,
    AssociateResponse,
    AssociationAbort,
    ReleaseRequest,
    ReleaseResponse,
)
from csta.messages.base import Message
from csta.messages.call_control import ClearConnection
from csta.schema import kinds as k
from csta.schema.elements import Shape
from tests.strategies.csta_messages import any_message, bears_extensions, extensions, messages

IDS = st.integers(-(2**31) + 1, 2**31 - 1)
IN_BER = [shape for shape in SHAPES if shape.operation is not None or shape.event is not None]
OCTETS = st.binary(max_size=40)
VERSIONS = st.frozensets(st.integers(0, 40), max_size=4)
NUMBERS = st.integers(0, 255)

slow_to_build = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def _taken_or_refused(octets: bytes) -> bool:
    """Whether octets give a message, or an error with a text; anything else is a defect, and raised."""
    try:
        return isinstance(ber.decode(octets).message, Message)
    except MessageError as error:
        return bool(str(error))


@pytest.mark.parametrize("shape", IN_BER, ids=lambda shape: shape.root)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_message_comes_back(shape: Shape, data: st.DataObject) -> None:
    message: Message = data.draw(messages(shape, k.Wire.BER))
    if bears_extensions(shape):
        message = dataclasses.replace(message, extensions=data.draw(st.none() | extensions()))
    invoke_id = data.draw(IDS)
    found = ber.decode(ber.encode(message, invoke_id))
    assert found.message == message
    assert found.invoke_id == invoke_id
    assert not found.findings


@slow_to_build
@given(any_message(k.Wire.BER), IDS, st.data())
def test_a_cut_message_is_refused_and_says_so(message: Message, invoke_id: int, data: st.DataObject) -> None:
    whole = ber.encode(message, invoke_id)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MessageError):
        ber.decode(whole[:cut])


@slow_to_build
@given(any_message(k.Wire.BER), IDS, st.data())
def test_damage_is_a_message_error_or_another_message(message: Message, invoke_id: int, data: st.DataObject) -> None:
    octets = bytearray(ber.encode(message, invoke_id))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    assert _taken_or_refused(bytes(octets))


@given(st.binary(max_size=200))
def test_noise_is_a_message_error(noise: bytes) -> None:
    with pytest.raises(MessageError):
        ber.decode(noise.replace(b"\x60", b"").replace(b"\x61", b"")[:100] + b"\xff")


def _indefinite(octets: bytes) -> bytes:
    """The same BER with every constructed length in the indefinite form."""
    out = b""
    for found in tlv.elements(octets, 0, len(octets)):
        content = octets[found.start : found.stop]
        head = tlv.octets_of(found.identifier)
        if tlv.is_constructed(found.identifier):
            out += head + b"\x80" + _indefinite(content) + b"\x00\x00"
        else:
            out += head + tlv.length_octets(len(content)) + content
    return out


def _long_lengths(octets: bytes) -> bytes:
    """The same BER with every length in four octets more than it needs."""
    out = b""
    for found in tlv.elements(octets, 0, len(octets)):
        content = octets[found.start : found.stop]
        if tlv.is_constructed(found.identifier):
            content = _long_lengths(content)
        out += tlv.octets_of(found.identifier) + b"\x84" + len(content).to_bytes(4, "big") + content
    return out


@slow_to_build
@given(any_message(k.Wire.BER), IDS)
def test_the_form_of_lengths_does_not_matter(message: Message, invoke_id: int) -> None:
    plain = ber.encode(message, invoke_id)
    for octets in (_indefinite(plain), _long_lengths(plain)):
        found = ber.decode(octets)
        assert found.message == message
        assert found.invoke_id == invoke_id


@given(st.binary(min_size=1, max_size=8), st.binary(min_size=1, max_size=8), st.sampled_from(TYPES_OF_NUMBER))
def test_a_connection_goes_back_as_it_came(call: bytes, device: bytes, form: str) -> None:
    number = str(int.from_bytes(device, "big") % 10**12)
    for connection in (
        ConnectionID(call.hex().upper(), number, form),
        ConnectionID(call.hex().upper(), DYNAMIC + device.hex().upper()),
    ):
        for rules in (ber.BerRules(), ber.BerRules(bare_devices=True)):
            octets = ber.encode(ClearConnection(connection_to_be_cleared=connection), 1, rules)
            message = ber.decode(octets).message
            assert message == ClearConnection(connection_to_be_cleared=connection)
            assert ber.encode(message, 1, rules) == octets


@slow_to_build
@given(any_message(k.Wire.BER), IDS)
def test_devices_of_older_phases_come_back(message: Message, invoke_id: int) -> None:
    rules = ber.BerRules(bare_devices=True)
    octets = ber.encode(message, invoke_id, rules)
    found = ber.decode(octets, rules=rules)
    # A bare number of some types has the tag of an optional element before it (a group for an agent's id): where that
    # one is left out, the octets mean either.
    assert found.message == message or ber.encode(found.message, invoke_id, rules) == octets
    assert not found.findings


@given(st.integers(200, 254), OCTETS)
def test_what_is_unknown_goes_back_as_it_came(tag: int, content: bytes) -> None:
    extra = (ForeignTag(bytes((0xBF, 0x81, tag & 0x7F)), content),)
    device = ConnectionID("01", "1")
    octets = ber.encode(ClearConnection(connection_to_be_cleared=device, extra=extra), 7)
    found = ber.decode(octets)
    assert found.message.extra == extra
    assert found.findings
    assert ber.encode(found.message, 7) == octets


ASSOCIATION = st.one_of(
    st.builds(
        AssociateRequest,
        context=st.sampled_from(["1.3.12.0.218", "1.3.12.0.285", "2.999.3", "0.0"]),
        versions=VERSIONS,
        user=st.text(max_size=20),
        password=st.text(max_size=20),
        old_definition=st.booleans(),
    ),
    st.builds(AssociateRequest, context=st.just("1.3.12.0.218"), versions=VERSIONS),
    st.builds(
        AssociateResponse,
        context=st.just("1.3.12.0.285"),
        result=st.integers(0, 2),
        diagnostic=NUMBERS,
        provider=st.booleans(),
        versions=VERSIONS,
        old_definition=st.booleans(),
    ),
    st.builds(AssociateResponse, context=st.just("1.3.12.0.285"), stamp=OCTETS, system_version=OCTETS),
    st.builds(ReleaseRequest, reason=st.none() | NUMBERS),
    st.builds(ReleaseResponse, reason=st.none() | NUMBERS),
    st.builds(AssociationAbort, by_provider=st.booleans(), diagnostic=st.none() | NUMBERS),
)


@given(ASSOCIATION, st.data())
def test_acse_comes_back_and_bears_damage(message: Message, data: st.DataObject) -> None:
    octets = ber.encode(message, None)
    found = ber.decode(octets)
    assert found.message == message
    assert found.invoke_id is None
    assert not found.findings
    damaged = bytearray(octets)
    damaged[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    assert _taken_or_refused(bytes(damaged))


@given(st.sampled_from(["general", "invoke", "result", "error"]), NUMBERS, st.none() | IDS)
def test_rejections_come_back(problem: str, number: int, invoke_id: int | None) -> None:
    message = Rejection(problem=problem, number=number)
    found = ber.decode(ber.encode(message, invoke_id))
    assert (found.message, found.invoke_id) == (message, invoke_id)
