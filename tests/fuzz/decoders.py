"""The properties of the decoders: only `MessageError` comes out, and what was decoded can be said again.

Whatever a decoder gives, an encoder either refuses with `EncodeError`, because the message is incomplete or has words
that the standard has not, or writes so that the decoder gives the same message again.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from csta.codec import ber, xml
from csta.codec.ber import tlv
from csta.codec.ber.rules import BerRules, EventNumbering
from csta.codec.table import SHAPES
from csta.dialects.numbers import plain_number
from csta.errors import EncodeError, MessageError
from csta.messages import Event, Message, Request
from csta.schema.kinds import NAMESPACE_STEM
from tests.fuzz.target import check

_REQUESTS: Final = [shape.type for shape in SHAPES if shape.operation is not None and issubclass(shape.type, Request)]
RULES: Final = (BerRules(), BerRules(bare_devices=True), BerRules(event_numbering=EventNumbering.ECMA_218))
_EDITION: Final = re.compile(re.escape(NAMESPACE_STEM) + r"ed[0-9]")
_MAX_FINDINGS: Final = 20
_MAX_FINDING: Final = 1000


def asked(invoke_id: int) -> type[Request]:
    """A service for every invoke ID, as if it had been asked for."""
    return _REQUESTS[invoke_id % len(_REQUESTS)]


def _findings(findings: tuple[str, ...]) -> None:
    check(len(findings) <= _MAX_FINDINGS, f"{len(findings)} findings")
    for finding in findings:
        check(len(finding) <= _MAX_FINDING and "\n" not in finding, f"a finding that is no short line: {finding!r}")


def _error(error: MessageError) -> None:
    check(0 < len(str(error)) <= _MAX_FINDING, f"a report of {len(str(error))} characters")


def run_xml(data: bytes) -> None:
    """A document."""
    for normalise in (str, plain_number):
        try:
            decoded = xml.decode(data, normalise)
        except MessageError as error:
            _error(error)
            return
        _findings(decoded.findings)
        _say_again_in_xml(decoded, normalise)
        _may_be_said(lambda message=decoded.message: ber.encode(message, 1))  # type: ignore[misc]


_Decoded = TypeVar("_Decoded", xml.Decoded, ber.BerDecoded)


def _decode_again(decode: Callable[[], _Decoded], first: _Decoded) -> _Decoded | None:
    """What is known of a message comes again; what was damaged or came twice may find another place."""
    strange = [finding for finding in first.findings if not finding.startswith("unknown")]
    try:
        again = decode()
    except MessageError as error:
        check(bool(strange), f"was {first.message}\nand is not read again: {error}")
        return None
    # What has no place goes out in the edition that is spoken.
    same = again.message == first.message or _same_in_any_edition(again.message, first.message)
    check(bool(strange) or same, f"was {first.message}\nand became {again.message}")
    return again


def _same_in_any_edition(one: Message, other: Message) -> bool:
    told = [repr(message) for message in (one, other)]
    # Passwords do not show there, so that only messages with elements without a place are compared like this.
    return all(map(_EDITION.search, told)) and len({_EDITION.sub(NAMESPACE_STEM, text) for text in told}) == 1


def _say_again_in_xml(decoded: xml.Decoded, normalise: Callable[[str], str]) -> None:
    try:
        text = xml.encode(decoded.message)
    except EncodeError:
        return
    _decode_again(lambda: xml.decode(text, normalise), decoded)


def _may_be_said(say: Callable[[], object]) -> None:
    try:
        say()
    except EncodeError:
        return


def run_ber(data: bytes) -> None:
    """An APDU of ROSE or ACSE, by all rules."""
    for rules in RULES:
        try:
            decoded = ber.decode(data, plain_number, rules, request_of=asked)
        except MessageError as error:
            _error(error)
            continue
        _findings(decoded.findings)
        _say_again_in_ber(decoded, rules)
        _may_be_said(lambda message=decoded.message: xml.encode(message))  # type: ignore[misc]
        if not isinstance(decoded.message, Event) and rules.event_numbering is EventNumbering.ECMA_218:
            return


def _say_again_in_ber(decoded: ber.BerDecoded, rules: BerRules) -> None:
    try:
        apdu = ber.encode(decoded.message, decoded.invoke_id, rules)
    except EncodeError:
        return
    again = _decode_again(lambda: ber.decode(apdu, plain_number, rules, request_of=asked), decoded)
    check(again is None or again.invoke_id == decoded.invoke_id, f"invoke ID {decoded.invoke_id}: {again}")


def run_tlv(data: bytes) -> None:
    """Elements, one after the other and within each other, and their values."""
    try:
        _walk(data, 0, len(data), 0)
    except tlv.BadValueError as error:
        check(0 < len(str(error)) < _MAX_FINDING, "a report without end")


def _walk(data: bytes, start: int, stop: int, depth: int) -> None:
    at = start
    for found in tlv.elements(data, start, stop):
        check(found.begin == at < found.start <= found.stop <= found.after <= stop, f"{found} within {start}..{stop}")
        at = found.after
        check(tlv.octets_of(found.identifier) == data[found.begin :][: len(tlv.octets_of(found.identifier))], "a tag")
        if tlv.is_constructed(found.identifier) and depth < tlv.MAX_DEPTH:
            if not depth:
                tlv.joined(data, found.start, found.stop)
            _walk(data, found.start, found.stop, depth + 1)
        else:
            _values(data[found.start : found.stop])


def _values(content: bytes) -> None:
    for read, write in _VALUES:
        try:
            value = read(content)
        except tlv.BadValueError:
            continue
        check(read(write(value)) == value, f"{content.hex()} is {value}, which is written {write(value).hex()}")


def _written_identifier(text: str) -> bytes:
    try:
        return tlv.object_identifier_octets(text)
    except ValueError:
        # Of numbers that no standard has.
        return b"".join(_arc(arc) for arc in _arcs(text))


def _arcs(text: str) -> list[int]:
    first, second, *others = (int(number) for number in text.split("."))
    return [40 * first + second, *others]


def _arc(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return bytes(reversed(octets))


_VALUES: Final[tuple[tuple[Callable[[bytes], object], Callable[..., bytes]], ...]] = (
    (lambda content: tlv.integer(content, 0, len(content)), tlv.integer_octets),
    (lambda content: tlv.bits(content[:64]), tlv.bit_octets),
    (tlv.object_identifier, _written_identifier),
)
