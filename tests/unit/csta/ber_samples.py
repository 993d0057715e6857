"""One message of every shape that BER has, with every field filled in: the ground of the golden vectors.

``python -m tests.unit.csta.ber_samples`` writes the lines of ``golden/ber.txt`` anew; what changed there is to be shown
to another library (`tests/conformance/csta/test_ber_second_opinion.py`) before it is kept.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from csta.codec import ber
from csta.codec.table import SHAPES
from csta.failures import Failure
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event, Extensions, Security
from csta.messages.base import Message
from csta.schema import kinds as k
from csta.schema.elements import Shape
from csta.states import ConnectionState
from tests.strategies.csta_messages import bears_extensions

GOLDEN: Final = Path(__file__).parent / "golden" / "ber.txt"
INVOKE_ID: Final = 258
IN_BER: Final = tuple(shape for shape in SHAPES if shape.operation is not None or shape.event is not None)

_TIME: Final = datetime(2026, 11, 23, 3, 45, 6, tzinfo=UTC)
_DEVICE: Final = DeviceID("7101")
_CONNECTION: Final = ConnectionID("012C", "7101")


def _words(kind: k.Enumerated | k.Flags) -> list[Any]:
    return [word for word in kind.words if word.number is not None]


_VALUES: Final[dict[type[k.Kind], Callable[[Any], Any]]] = {
    k.Text: lambda kind: "text"[: kind.limit],
    k.Identifier: lambda _: "0A1B",
    k.Nothing: lambda _: True,
    k.Time: lambda _: _TIME,
    k.Boolean: lambda _: True,
    k.Integer: lambda kind: min(kind.limit, max(kind.lowest, 300)),
    k.Octets: lambda _: b"\x00\xff",
    k.UserOctets: lambda _: b"data",
    k.Enumerated: lambda kind: _words(kind)[-1],
    k.Flags: lambda kind: frozenset([*_words(kind)[:1], *_words(kind)[-1:]]),
    k.Device: lambda _: DeviceID("+498912345", "explicitPublic:international"),
    k.DeviceSequence: lambda _: _DEVICE,
    k.Connection: lambda _: _CONNECTION,
    k.PartyChoice: lambda _: _DEVICE,
    k.ObjectChoice: lambda _: _CONNECTION,
    k.CallState: lambda _: (ConnectionState.ALERTING, ConnectionState.HOLD),
    k.PrivateContent: lambda _: b"private",
    k.SecurityData: lambda _: Security(sequence=7, timestamp=_TIME, info=b"info"),
    k.FailureChoice: lambda _: Failure("operation", "invalidDestination"),
    k.Wrapped: lambda kind: value_of(kind.kind),
    k.Application: lambda kind: value_of(kind.kind),
    k.Sequence: lambda kind: (value_of(kind.kind),),
    k.Structure: lambda kind: kind.type(**_fields(kind.elements)),
    k.Choice: lambda kind: kind.type(**_fields(_sent(kind.elements)[:1])),
}


def value_of(kind: k.Kind) -> Any:
    """A value of a kind, always the same."""
    return _VALUES[type(kind)](kind)


def _sent(elements: tuple[k.Element, ...]) -> list[k.Element]:
    return [element for element in elements if element.wire is not k.Wire.XML]


def _fields(elements: tuple[k.Element, ...] | list[k.Element]) -> dict[str, Any]:
    found = {}
    for element in elements:
        if element.wire is k.Wire.XML:
            continue
        if isinstance(element.kind, k.Branches):
            element = _sent(element.kind.elements)[-1]  # noqa: PLW2901 - the branch stands for its choice
        found[element.field] = value_of(element.kind)
    return found


def sample(shape: Shape) -> Message:
    """The message of a shape."""
    values = _fields(shape.elements)
    if issubclass(shape.type, Event):
        values["monitor_cross_ref_id"] = "00000102"
    if bears_extensions(shape):
        values["extensions"] = Extensions(security=Security(timestamp=_TIME), private_data=(b"\x01\x02",))
    message: Message = shape.type(**values)
    return message


def lines() -> list[str]:
    """The lines of the golden file: a root and an APDU."""
    return [f"{shape.root} {ber.encode(sample(shape), INVOKE_ID).hex()}" for shape in IN_BER]


if __name__ == "__main__":
    sys.stdout.write("\n".join(sorted(lines())) + "\n")
