"""Overwrites passwords in captured bytes, length for length: what is kept still decodes, but gives nobody away."""

import re
from typing import Final

from csta.captures.looks import SIEMENS_FRAME, TPKT_FRAME
from csta.codec.ber.tlv import CONSTRUCTED, INTEGER, OCTET_STRING, BadValueError, header

_XML_PASSWORD: Final = re.compile(rb"(<(?:\w{1,32}:)?\w{0,16}[Pp]assword\b[^>]{0,200}>)([^<]{1,512})(?=<)")
_AARQ: Final = 0x60
_AUTHENTICATION_VALUE: Final = 0xAC
_INVOKE: Final = 0xA1
_SET_AGENT_STATE: Final = 312
_AGENT_PASSWORD: Final = 0x83
_MAX_DEPTH: Final = 12


def without_passwords(data: bytes) -> bytes:
    """The same bytes with passwords overwritten.

    These are found: the elements of XML whose name ends in ``password``, what follows the user's name in the
    authentication value of ACSE's AARQ, the agent's password in SetAgentState. Each must be whole within ``data``,
    as a message is that was written at once.
    """
    if b"assword>" in data or b"assword " in data:
        # Hexadecimal digits stay such: an agent's password is octets in XML.
        return _XML_PASSWORD.sub(lambda found: found[1] + b"0" * len(found[2]), data)
    at = _apdu(data)
    if at is None:
        return data
    stars = bytearray(data)
    try:
        while at < len(data):
            found = header(data, at, len(data))
            for start, stop in _passwords(data, found.identifier, found.start, found.stop):
                stars[start:stop] = b"*" * (stop - start)
            at = found.after
            following = _apdu(data[at:])
            if following is None:
                break
            at += following
    except BadValueError:
        return bytes(stars)
    return bytes(stars)


def _apdu(data: bytes) -> int | None:
    """Where the first APDU of interest begins, behind whatever framing."""
    if data[:1] in {b"\x60", b"\xa1"}:
        return 0
    if data[2:3] in {b"\x60", b"\xa1"} and not SIEMENS_FRAME.match(data):
        return 2
    if SIEMENS_FRAME.match(data):
        return 3
    return 4 if TPKT_FRAME.match(data) else None


def _passwords(data: bytes, tag: int, start: int, stop: int) -> list[tuple[int, int]]:
    if tag == _AARQ:
        found = [place for place in _children(data, start, stop) if place[0] == _AUTHENTICATION_VALUE]
        texts = [place for _, inner, end in found for place in _primitives(data, inner, end, 0)]
        return texts[1:]
    if tag == _INVOKE:
        parts = _children(data, start, stop)
        if len(parts) >= 3 and parts[1][0] == INTEGER:
            operation = int.from_bytes(data[parts[1][1] : parts[1][2]], "big")
            if operation == _SET_AGENT_STATE:
                argument = _children(data, parts[2][1], parts[2][2])
                return [(inner, end) for tag_, inner, end in argument if tag_ == _AGENT_PASSWORD]
    return []


def _children(data: bytes, start: int, stop: int) -> list[tuple[int, int, int]]:
    found = []
    while start < stop:
        child = header(data, start, stop)
        found.append((child.identifier, child.start, child.stop))
        start = child.after
    return found


def _primitives(data: bytes, start: int, stop: int, depth: int) -> list[tuple[int, int]]:
    """The contents of the strings within, in their order."""
    found: list[tuple[int, int]] = []
    for tag, inner, end in _children(data, start, stop):
        if tag & CONSTRUCTED and depth < _MAX_DEPTH:
            found += _primitives(data, inner, end, depth + 1)
        elif tag == OCTET_STRING or tag & 0xC0 == 0x80:
            found.append((inner, end))
    return found
