"""Mutation of documents, streams, scripts and captures, each in its own terms."""

import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Final

from tests.fuzz.scripts import Op, Step, parse, written
from tests.fuzz.trees import mutate_ber, mutate_octets

_PIECE: Final = re.compile(rb"<[^>]*>|[^<]+")
_NAME: Final = re.compile(rb"(</?)([A-Za-z0-9]+)")
_WORDS: Final = tuple(
    text.encode()
    for text in (
        *(
            "",
            " ",
            "0",
            "1",
            "-1",
            "007",
            "1e9",
            "9" * 25,
            "true",
            "false",
            "maybe",
            "\u00e4\u4e2d\U0001f600",
            "&#10;",
            "&amp;",
        ),
        *("20261123T034506Z", "2026-11-23T03:45:06+01:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00:30"),
        *(
            "7101",
            "+4989",
            "N<7101>name",
            "&#x7f;",
            "x" * 300,
            "0A",
            "zz",
            "]]>",
            "<![CDATA[7101]]>",
            "<!--c-->",
            "<?p?>",
        ),
    )
)
_ATTRIBUTES: Final = (
    b' typeOfNumber="dynamicID"',
    b' typeOfNumber="deviceNumber"',
    b' x="1"',
    b' xmlns="urn:x"',
    b' xmlns:a="urn:y"',
)
_MANY: Final = (2, 3, 20, 2000)


@cache
def _names() -> tuple[bytes, ...]:
    from tests.fuzz.seeds import tags  # noqa: PLC0415 - they decode all seeds

    return tuple(name.encode() for name in tags())


def cut_xml(data: bytes) -> list[bytes]:
    """A document as its tags and what stands between them."""
    return _PIECE.findall(data)


def mutate_xml(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another document: whole elements and their texts change, and seldom single octets."""
    pieces = cut_xml(data)
    if not pieces or not random.randrange(10):
        return mutate_octets(data, random, others)
    for _ in range(random.choice((1, 1, 2, 4))):
        _change(pieces, random, others)
        if not pieces:
            break
    return b"".join(pieces)


def end_of_element(pieces: list[bytes], at: int) -> int:
    """Where the element ends that begins at ``at``, or the piece that is none."""
    depth = 0
    for end in range(at, min(len(pieces), at + 400)):
        piece = pieces[end]
        if piece.startswith(b"</"):
            depth -= 1
        elif piece.startswith(b"<") and not piece.endswith(b"/>") and piece[1:2] not in {b"?", b"!"}:
            depth += 1
        if depth <= 0:
            return end + 1
    return at + 1


def _change(pieces: list[bytes], random: Random, others: list[bytes]) -> None:
    at = random.randrange(len(pieces))
    end = end_of_element(pieces, at)
    element = pieces[at:end]
    match random.randrange(11):
        case 0:
            del pieces[at:end]
        case 1:
            pieces[at:at] = element * random.choice(_MANY[: 3 if random.randrange(10) else 4])
        case 2:
            other = random.randrange(len(pieces) + 1)
            pieces[other:other] = element
        case 3 | 4 if element[0].startswith(b"<"):
            name = random.choice(_names())
            pieces[at] = _NAME.sub(rb"\g<1>" + name, element[0], count=1)
            pieces[end - 1] = _NAME.sub(rb"\g<1>" + name, pieces[end - 1], count=1)
        case 5 | 6:
            pieces[at if not element[0].startswith(b"<") else min(at + 1, len(pieces) - 1)] = random.choice(_WORDS)
        case 7 if element[0].startswith(b"<") and not element[0].startswith((b"</", b"<?")):
            cut = -2 if element[0].endswith(b"/>") else -1
            pieces[at] = element[0][:cut] + random.choice(_ATTRIBUTES) + element[0][cut:]
        case 8:
            name = random.choice(_names())
            count = random.choice((1, 1, 2, 40))
            pieces[at:end] = [b"<" + name + b">"] * count + element + [b"</" + name + b">"] * count
        case 9 if others:
            donor = cut_xml(random.choice(others))
            if donor:
                start = random.randrange(len(donor))
                pieces[at:end] = donor[start : end_of_element(donor, start)]
        case _:
            pieces[at] = mutate_octets(element[0], random, others)


def mutate_stream(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another stream, or the same in another framing or cut up otherwise."""
    if not random.randrange(8):
        return random.randbytes(2) + data[2:]
    return data[:2] + mutate_octets(data[2:], random, [other[2:] for other in others])


def mutate_script(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another script: steps come and go, and what the peer says changes frame by frame."""
    return mutate_steps(data, random, others, lambda step: _changed(step, random, others))


def mutate_steps(data: bytes, random: Random, others: list[bytes], changed: Callable[[Step], Step]) -> bytes:
    """Another script: steps come and go, come from another script, or become what ``changed`` makes of them."""
    first, steps = parse(data)
    if not random.randrange(16):
        first = random.randrange(256)
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(steps) + 1)
        match random.randrange(6):
            case 0:
                del steps[at : at + 1]
            case 1:
                steps.insert(at, Step(Op(random.randrange(1, len(Op))), random.randrange(256)))
            case 2 if steps:
                steps.insert(at, random.choice(steps))
            case 3 if others:
                steps[at:at] = parse(random.choice(others))[1][:4]
            case _:
                steps[at : at + 1] = [changed(step) for step in steps[at : at + 1]]
    return written(first, steps)


def _changed(step: Step, random: Random, others: list[bytes]) -> Step:
    if step.op is not Op.BYTES:
        return Step(step.op, random.randrange(256))
    frames = _frames(step.data)
    if not frames:
        return Step(step.op, data=mutate_octets(step.data, random, others))
    at = random.randrange(len(frames))
    match random.randrange(5):
        case 0:
            del frames[at]
        case 1:
            frames.insert(random.randrange(len(frames)), frames[at])
        case 2:
            head, payload = frames[at]
            frames[at] = (_length(head, len(payload), mutate_octets(head, random, [])), payload)
        case _:
            head, payload = frames[at]
            changed = (mutate_xml if b"<" in payload[:8] else mutate_ber)(payload, random, [])
            frames[at] = (_length(head, len(changed), head), changed)
    return Step(step.op, data=b"".join(head + payload for head, payload in frames))


def _frames(stream: bytes) -> list[tuple[bytes, bytes]]:
    """Header and payload of each frame, as the first of them shows."""
    frames, at = [], 0
    size, place = _FORMS.get(stream[:1], (2, 0)) if stream[:2] != b"\x00\x00" else (8, 2)
    if stream[:1] and stream[0] in {0x60, 0x61, 0x62, 0x63, 0x64, 0xA1, 0xA2, 0xA3, 0xA4}:
        return []
    while at + size <= len(stream):
        length = int.from_bytes(stream[at + place : at + place + 2], "big") & (0x7FFF if size == 3 else 0xFFFF)
        end = at + max(size, length if size in {4, 8} else size + length)
        frames.append((stream[at : at + size], stream[at + size : end]))
        at = end
    return frames


_FORMS: Final = {b"\x26": (3, 1), b"\x03": (4, 2)}
"""Octets of a header, and where in it the length is, by its first octet."""


def _length(head: bytes, payload: int, changed: bytes) -> bytes:
    """A header whose length fits, if it still has the size that it had."""
    if len(changed) != len(head):
        return changed
    match len(head):
        case 3:
            return changed[:1] + (payload & 0x7FFF | 0x8000).to_bytes(2, "big")
        case 4 | 8:
            return changed[:2] + (payload + len(head) & 0xFFFF).to_bytes(2, "big") + changed[4:]
    return (payload & 0xFFFF).to_bytes(2, "big")


def mutate_capture(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another capture: lines or packets change places, come twice or not at all."""
    if not random.randrange(3):
        return mutate_octets(data, random, others)
    if data[:1] == b"{":
        lines = data.splitlines(keepends=True)
        _shuffle(lines, random)
        at = random.randrange(len(lines)) if lines else 0
        lines[at : at + 1] = [mutate_octets(line, random, others) for line in lines[at : at + 1]]
        return b"".join(lines)
    if data[:4] == b"\xd4\xc3\xb2\xa1":
        packets = _packets(data)
        _shuffle(packets, random)
        at = random.randrange(len(packets)) if packets else 0
        for number, packet in enumerate(packets[at : at + 1]):
            changed = mutate_octets(packet[16:], random, others)
            size = len(changed).to_bytes(4, "little")
            packets[at + number] = packet[:8] + size + size + changed
        return data[:24] + b"".join(packets)
    return mutate_octets(data, random, others)


def _packets(data: bytes) -> list[bytes]:
    packets, at = [], 24
    while at + 16 <= len(data):
        end = at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        packets.append(data[at:end])
        at = end
    return packets


def _shuffle(pieces: list[bytes], random: Random) -> None:
    if not pieces:
        return
    at, other = random.randrange(len(pieces)), random.randrange(len(pieces))
    match random.randrange(4):
        case 0:
            del pieces[at]
        case 1:
            pieces.insert(other, pieces[at])
        case 2:
            pieces[at], pieces[other] = pieces[other], pieces[at]
