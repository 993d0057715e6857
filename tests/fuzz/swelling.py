"""Swells inputs: one piece of a message is repeated, or filled with small things, until it has 64 kB.

Where the work or the memory grows faster than the input, this shows it; the loop itself keeps to small inputs, of which
it can run many.
"""

from random import Random
from typing import Final

from tests.fuzz.mutations import cut_xml, end_of_element
from tests.fuzz.trees import Node, forest_of

SIZE: Final = 60_000
_SMALL_XML: Final = (b"<a/>", b'<a b="1"/>', b"x", b"1", b"&#10;", b"<a>" * 20 + b"</a>" * 20, b"<!---->")
_SMALL_BER: Final = tuple(
    bytes.fromhex(text)
    for text in ("0500", "24800000", "bf810000", "3080" * 31 + "0000" * 31, "0400", "3000", "020101", "0101ff")
)


def swell_ber(data: bytes, random: Random) -> bytes:
    """An APDU that has become long."""
    forest = forest_of(data)
    if not forest.places:
        return data
    nodes, place = random.choice(forest.places)
    node = nodes[place]
    if random.randrange(2):
        piece = node.octets()
        nodes[place : place + 1] = [node] * (SIZE // max(1, len(piece)) + 1)
    else:
        piece = random.choice((*_SMALL_BER, b"0"))
        nodes[place] = Node(node.tag, piece * (SIZE // len(piece)))
    return b"".join(root.octets() for root in forest.roots)


def swell_xml(data: bytes, random: Random) -> bytes:
    """A document that has become long."""
    pieces = cut_xml(data)
    at = random.randrange(1, len(pieces))
    element = pieces[at : end_of_element(pieces, at)]
    if random.randrange(2):
        many = b"".join(element) or b"x"
    else:
        many = random.choice(_SMALL_XML)
        at += 1
    return b"".join((*pieces[:at], many * (SIZE // len(many) + 1), *pieces[at:]))
