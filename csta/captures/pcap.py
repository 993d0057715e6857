"""Reads packets from pcap and pcapng files, as tcpdump and Wireshark write them, one after the other.

Sources: draft-ietf-opsawg-pcap (the classic file) and draft-ietf-opsawg-pcapng.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from csta.captures.errors import CaptureError
from csta.captures.records import END_OF_TIME

_CLASSIC: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_SECTION: Final = b"\x0a\x0d\x0d\x0a"
MAGICS: Final = frozenset({*_CLASSIC, _SECTION})
"""The first four bytes of the files that `read_packets` reads."""
MAX_PACKET_BYTES: Final = 1 << 20
_MAX_BLOCK_BYTES: Final = 16 << 20
_MAX_INTERFACES: Final = 1024

_INTERFACE, _SIMPLE, _ENHANCED, _OBSOLETE = 1, 3, 6, 2
_BYTE_ORDER: Final = 0x1A2B3C4D
_OPTION_END, _OPTION_TSRESOL, _OPTION_TSOFFSET = 0, 9, 14


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it was captured; ``link_type`` is a LINKTYPE number, ``length`` what it had on the wire."""

    time: float
    link_type: int
    data: bytes
    length: int


def read_packets(file: BinaryIO) -> Iterator[Packet]:
    """All packets of the file; one that ends in the middle of a packet, as of a running capture, ends before it.

    Raises:
        CaptureError: It is neither pcap nor pcapng, or damaged so that no packet can be found any more.
    """
    magic = file.read(4)
    if magic in _CLASSIC:
        return _classic(file, *_CLASSIC[magic])
    if magic == _SECTION:
        return _next_generation(file)
    raise CaptureError(f"neither pcap nor pcapng: it begins with {magic.hex(' ')}")


def _classic(file: BinaryIO, order: str, per_second: int) -> Iterator[Packet]:
    rest = file.read(20)
    if len(rest) < 20:
        raise CaptureError("the pcap file ends in its header")
    # The upper bits tell the length of a frame check sequence (draft-ietf-opsawg-pcap clause 4).
    link_type = struct.unpack(f"{order}I", rest[16:])[0] & 0x0FFFFFFF
    header = struct.Struct(f"{order}IIII")
    while len(head := file.read(header.size)) == header.size:
        seconds, fraction, captured, length = header.unpack(head)
        if captured > MAX_PACKET_BYTES:
            raise CaptureError(f"damaged pcap: a packet of {captured} bytes exceeds the limit of {MAX_PACKET_BYTES}")
        data = file.read(captured)
        if len(data) < captured:
            return
        yield Packet(seconds + fraction / per_second, link_type, data, length)


@dataclass(frozen=True, slots=True)
class _Interface:
    link_type: int
    per_second: int = 1_000_000
    offset: int = 0


def _next_generation(file: BinaryIO) -> Iterator[Packet]:
    order = "<"
    interfaces: list[_Interface] = []
    kind: bytes = _SECTION
    while len(kind) == 4:
        length_bytes = file.read(4)
        if kind == _SECTION:
            mark = file.read(4)
            order = _byte_order(mark)
            interfaces = []
            body = _block_body(file, order, length_bytes, taken=12)
        else:
            body = _block_body(file, order, length_bytes, taken=8)
        if body is None:
            return
        number = 0 if kind == _SECTION else struct.unpack(f"{order}I", kind)[0]
        if number == _INTERFACE and len(interfaces) < _MAX_INTERFACES:
            interfaces.append(_interface(body, order))
        packet = _packet(number, body, order, interfaces)
        if packet is not None:
            yield packet
        kind = file.read(4)


def _byte_order(mark: bytes) -> str:
    for order in "<>":
        if len(mark) == 4 and struct.unpack(f"{order}I", mark)[0] == _BYTE_ORDER:
            return order
    raise CaptureError("damaged pcapng: a section without byte-order magic")


def _block_body(file: BinaryIO, order: str, length_bytes: bytes, taken: int) -> bytes | None:
    """The block's body without its closing length; None where the file ends in it."""
    if len(length_bytes) < 4:
        return None
    length = struct.unpack(f"{order}I", length_bytes)[0]
    if not 12 <= length <= _MAX_BLOCK_BYTES or length % 4 or length < taken + 4:
        raise CaptureError(f"damaged pcapng: a block of {length} bytes")
    body = file.read(length - taken)
    return body[:-4] if len(body) == length - taken else None


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        raise CaptureError("damaged pcapng: an interface block that is too short")
    link_type = struct.unpack(f"{order}H", body[:2])[0]
    per_second, offset = 1_000_000, 0
    at = 8
    while at + 4 <= len(body):
        option, length = struct.unpack(f"{order}HH", body[at : at + 4])
        value = body[at + 4 : at + 4 + length]
        if option == _OPTION_END:
            break
        if option == _OPTION_TSRESOL and len(value) == 1:
            # The top bit chooses powers of two over powers of ten (clause 4.2).
            per_second = int(2 ** (value[0] & 0x7F)) if value[0] & 0x80 else int(10 ** (value[0] & 0x7F))
        if option == _OPTION_TSOFFSET and len(value) == 8:
            offset = struct.unpack(f"{order}q", value)[0]
        at += 4 + length + (-length) % 4
    return _Interface(link_type, per_second, offset)


def _packet(number: int, body: bytes, order: str, interfaces: list[_Interface]) -> Packet | None:
    if number == _ENHANCED and len(body) >= 20:
        which, high, low, captured, length = struct.unpack(f"{order}IIIII", body[:20])
    elif number == _OBSOLETE and len(body) >= 20:
        which, _drops, high, low, captured, length = struct.unpack(f"{order}HHIIII", body[:20])
    elif number == _SIMPLE and len(body) >= 4:
        which, high, low = 0, 0, 0
        length = struct.unpack(f"{order}I", body[:4])[0]
        captured = min(length, len(body) - 4)
        return _made(interfaces, which, 0, body[4 : 4 + captured], length)
    else:
        return None
    return _made(interfaces, which, high << 32 | low, body[20 : 20 + captured], length)


def _made(interfaces: list[_Interface], which: int, ticks: int, data: bytes, length: int) -> Packet | None:
    if which >= len(interfaces) or len(data) > MAX_PACKET_BYTES:
        return None
    interface = interfaces[which]
    time = ticks / interface.per_second + interface.offset
    return Packet(time if 0 <= time < END_OF_TIME else 0.0, interface.link_type, data, length)
