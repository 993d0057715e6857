"""Mutation of BER: elements are dropped, doubled, swapped, nested and changed, and the lengths fit again afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

_OCTETS: Final = "00 01 7f 80 ff 0000 7fff 8000 ffffffff 7fffffff 00ffffffffffffffff"
_TEXTS: Final = (b"7101", b"+4989", b"20261123034506Z", b"2611230345+0100", b"\n", b"dynamicID:00")
_CONTENTS: Final = (b"", *map(bytes.fromhex, _OCTETS.split()), *_TEXTS, b"\x00" * 70, b"x" * 1000)
_TAGS: Final = (0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x16, 0x17, 0x18, 0x28, 0x30, 0x7E, 0x6B, 0xA0, 0xA1, 0x80, 0x81)
_DEEP: Final = 40
_MANY: Final = (2, 3, 10, 300, 4000)


@dataclass(slots=True)
class Node:
    """An element; ``content`` of a primitive one, ``children`` of others. ``form``: how the length is said."""

    tag: bytes
    content: bytes = b""
    children: "list[Node] | None" = None
    form: int = 0

    def octets(self) -> bytes:
        """The element."""
        content = self.content if self.children is None else b"".join(child.octets() for child in self.children)
        if self.form == 1 and self.children is not None:
            return self.tag + b"\x80" + content + b"\x00\x00"
        if self.form == 2:
            return self.tag + b"\x84" + len(content).to_bytes(4, "big") + content
        if len(content) < 128:
            return self.tag + bytes((len(content),)) + content
        length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
        return self.tag + bytes((0x80 | len(length),)) + length + content


@dataclass(slots=True)
class Forest:
    """Elements side by side, and every one of them that is below: its parent's list and its place."""

    roots: list[Node]
    places: list[tuple[list[Node], int]] = field(default_factory=list)

    def index(self) -> None:
        waiting = [self.roots]
        while waiting:
            nodes = waiting.pop()
            self.places += [(nodes, place) for place in range(len(nodes))]
            waiting += [node.children for node in nodes if node.children is not None]


def _parse(data: bytes, depth: int = 0) -> list[Node] | None:
    """The elements that fill ``data``, None where it is made of none."""
    nodes, at = [], 0
    while at < len(data):
        start = at
        at += 1
        if data[start] & 0x1F == 0x1F:
            while at < len(data) and data[at] & 0x80:
                at += 1
            at += 1
        if at >= len(data):
            return None
        tag, length = data[start:at], data[at]
        at += 1
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:
                return None
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            return None
        content = data[at : at + length]
        children = _parse(content, depth + 1) if tag[0] & 0x20 and depth < _DEEP else None
        nodes.append(Node(tag, content, children))
        at += length
    return nodes


def forest_of(data: bytes) -> Forest:
    """The elements that ``data`` is made of; none where it is something else."""
    forest = Forest(_parse(data) or [])
    forest.index()
    return forest


def mutate_ber(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another APDU; what is no BER is changed octet by octet."""
    forest = forest_of(data)
    if not forest.places:
        return mutate_octets(data, random, others)
    for _ in range(random.choice((1, 1, 2, 4))):
        if not forest.places:
            break
        nodes, place = random.choice(forest.places)
        random.choice(_CHANGES)(nodes, place, random, others)
        forest.places.clear()
        forest.index()
    out = b"".join(node.octets() for node in forest.roots)
    return mutate_octets(out, random, others) if not random.randrange(12) else out


def _drop(nodes: list[Node], place: int, _random: Random, _others: list[bytes]) -> None:
    del nodes[place]


def _double(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    nodes[place:place] = [nodes[place]] * random.choice(_MANY[:3])


def _multiply(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    if not random.randrange(20):
        nodes[place] = Node(nodes[place].tag, nodes[place].octets() * random.choice(_MANY))


def _swap(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    other = random.randrange(len(nodes))
    nodes[place], nodes[other] = nodes[other], nodes[place]


def _retag(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    old = nodes[place]
    first = random.choice((old.tag[0] + 1, old.tag[0] - 1, old.tag[0] ^ 0x20, *_TAGS)) & 0xFF
    tag = bytes((first,)) if first & 0x1F != 0x1F else bytes((first, random.randrange(128)))
    nodes[place] = Node(tag, old.content, old.children, old.form)


def _refill(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    nodes[place] = Node(nodes[place].tag, random.choice((*_CONTENTS, random.randbytes(random.randrange(9)))))


def _scratch(nodes: list[Node], place: int, random: Random, others: list[bytes]) -> None:
    nodes[place] = Node(nodes[place].tag, mutate_octets(nodes[place].content, random, others))


def _nest(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    node = nodes[place]
    for _ in range(random.choice((1, 1, 2, _DEEP))):
        node = Node(random.choice((node.tag, b"\x30", b"\xa0", b"\xa1", b"\x24")), children=[node], form=node.form)
    nodes[place] = node


def _unnest(nodes: list[Node], place: int, _random: Random, _others: list[bytes]) -> None:
    nodes[place : place + 1] = nodes[place].children or []


def _reform(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    node = nodes[place]
    nodes[place] = Node(node.tag, node.content, node.children, random.choice((1, 1, 2)))


def _pieces(nodes: list[Node], place: int, random: Random, _others: list[bytes]) -> None:
    node = nodes[place]
    half = random.randrange(len(node.content) + 1)
    parts = [Node(b"\x04", node.content[:half]), Node(b"\x04", node.content[half:])]
    nodes[place] = Node(bytes((node.tag[0] | 0x20, *node.tag[1:])), children=parts, form=random.randrange(2))


def _graft(nodes: list[Node], place: int, random: Random, others: list[bytes]) -> None:
    forest = forest_of(random.choice(others) if others else b"")
    if forest.places:
        donors, at = random.choice(forest.places)
        nodes[place : place + random.randrange(2)] = [donors[at]]


_CHANGES: Final[tuple[Callable[[list[Node], int, Random, list[bytes]], None], ...]] = (
    _drop,
    _double,
    _multiply,
    _swap,
    _retag,
    _refill,
    _refill,
    _scratch,
    _nest,
    _unnest,
    _reform,
    _pieces,
    _graft,
    _graft,
)


def mutate_octets(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Other octets: a bit turned, some dropped, doubled, moved, overwritten or taken from elsewhere."""
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(out) + 1)
        end = min(len(out), at + random.choice((1, 1, 2, 4, 8, 64)))
        match random.randrange(7):
            case 0:
                del out[at:end]
            case 1:
                out[at:at] = out[at:end] * random.choice((1, 1, 2, 50))
            case 2:
                out[at:end] = random.randbytes(end - at)
            case 3:
                out[at:end] = random.choice(_CONTENTS)
            case 4 if at < len(out):
                out[at] ^= 1 << random.randrange(8)
            case 5 if at < len(out):
                out[at] = (out[at] + random.choice((-1, 1, 16, 128))) & 0xFF
            case _:
                other = random.choice(others) if others else b""
                start = random.randrange(len(other) + 1)
                out[at:end] = other[start : start + random.choice((1, 4, 16, 200))]
    return bytes(out)
