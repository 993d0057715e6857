"""The envelope of every CSTA message in BER: ROSE's invoke, returnResult, returnError and reject (X.880)."""

from enum import IntEnum
from itertools import islice
from typing import Final, NamedTuple

from csta.codec.ber.forms import wrapper
from csta.codec.ber.tlv import INTEGER, NULL, SEQUENCE, BadValueError, Header, elements, header, integer, integer_octets
from csta.errors import EncodeError

PROBLEMS: Final = ("general", "invoke", "result", "error")
"""The kinds of problems that a reject tells, in the order of their tags."""

UNIVERSAL_FAILURE: Final = 1
"""The one error of every CSTA operation (ECMA-285 module 120)."""

_LINKED_ID: Final = 0x80
_MAX_PARTS: Final = 5
"""One more than an envelope has at most."""
_FIRST_PROBLEM: Final = 0x80
_MAX_ID: Final = 2**31 - 1
_NO_ID: Final = b"\x05\x00"


class RoseKind(IntEnum):
    """What an envelope holds; the value is its identifier."""

    INVOKE = 0xA1
    RESULT = 0xA2
    ERROR = 0xA3
    REJECT = 0xA4


class Envelope(NamedTuple):
    """An envelope that was opened.

    ``number`` is the operation of an invoke or a result (None where it tells none), the error's or the problem's
    number. ``body`` is the argument, result or parameter; ``problem`` the kind of a reject's problem.
    """

    kind: RoseKind
    invoke_id: int | None
    number: int | None
    body: Header | None
    problem: str = ""


_KINDS: Final = {int(kind): kind for kind in RoseKind}


def is_rose(identifier: int) -> bool:
    """Whether an element of this identifier is an envelope."""
    return identifier in _KINDS


def invoke_id_of(apdu: bytes) -> int | None:
    """The invoke ID of an envelope, even of one that is damaged behind it."""
    try:
        outer = header(apdu, 0, len(apdu))
        first = header(apdu, outer.start, outer.stop)
        return integer(apdu, first.start, first.stop) if first.identifier == INTEGER else None
    except BadValueError:
        return None


def open_envelope(data: bytes, outer: Header, max_depth: int) -> Envelope:
    """Return what stands in the envelope ``outer``.

    Raises:
        BadValueError: Its parts are not those of its kind.
    """
    kind = _KINDS[outer.identifier]
    # Whoever sends more than there may be of them does not choose how many are looked at.
    parts = list(islice(elements(data, outer.start, outer.stop, max_depth), _MAX_PARTS))
    if kind is RoseKind.INVOKE and len(parts) > 1 and parts[1].identifier == _LINKED_ID:
        del parts[1]
    if kind is RoseKind.REJECT:
        return _reject(data, parts)
    if not parts or parts[0].identifier != INTEGER:
        raise BadValueError("lacks an invoke ID")
    invoke_id = integer(data, parts[0].start, parts[0].stop)
    rest = parts[1:]
    # The operation and the result stand in a SEQUENCE; some leave it away, or the operation with an empty result.
    if kind is RoseKind.RESULT and len(rest) == 1 and rest[0].identifier == SEQUENCE:
        rest = list(islice(elements(data, rest[0].start, rest[0].stop, max_depth), _MAX_PARTS))
    if kind is RoseKind.RESULT and not rest:
        return Envelope(kind, invoke_id, None, None)
    if not rest or rest[0].identifier != INTEGER:
        raise BadValueError("lacks a number of its operation or error")
    if len(rest) > 2:
        raise BadValueError("has parts too many")
    number = integer(data, rest[0].start, rest[0].stop)
    return Envelope(kind, invoke_id, number, rest[1] if len(rest) > 1 else None)


def _reject(data: bytes, parts: list[Header]) -> Envelope:
    if len(parts) != 2 or parts[0].identifier not in {INTEGER, NULL}:
        raise BadValueError("is not made of an invoke ID and a problem")
    first, problem = parts
    invoke_id = integer(data, first.start, first.stop) if first.identifier == INTEGER else None
    number = problem.identifier - _FIRST_PROBLEM
    if not 0 <= number < len(PROBLEMS):
        raise BadValueError(f"has a problem of the unknown kind {problem.identifier:02X}")
    value = integer(data, problem.start, problem.stop)
    return Envelope(RoseKind.REJECT, invoke_id, value, None, PROBLEMS[number])


_wrap_integer: Final = wrapper(INTEGER)
_wrap_sequence: Final = wrapper(SEQUENCE)
_WRAP: Final = {kind: wrapper(kind) for kind in RoseKind}


def number_octets(number: int) -> bytes:
    """An INTEGER, for example an operation's number."""
    return _wrap_integer(integer_octets(number))


def _id_octets(invoke_id: int | None) -> bytes:
    if invoke_id is None or not -_MAX_ID <= invoke_id <= _MAX_ID:
        raise EncodeError(f"{invoke_id} is no invoke ID")
    return number_octets(invoke_id)


def invoke(invoke_id: int | None, operation: bytes, argument: bytes) -> bytes:
    """An invoke; ``operation`` is the number's element."""
    return _WRAP[RoseKind.INVOKE](_id_octets(invoke_id) + operation + argument)


def result(invoke_id: int | None, operation: bytes, value: bytes) -> bytes:
    """A returnResult."""
    return _WRAP[RoseKind.RESULT](_id_octets(invoke_id) + _wrap_sequence(operation + value))


def error(invoke_id: int | None, parameter: bytes) -> bytes:
    """A returnError with CSTA's one error."""
    return _WRAP[RoseKind.ERROR](_id_octets(invoke_id) + number_octets(UNIVERSAL_FAILURE) + parameter)


def reject(invoke_id: int | None, problem: str, number: int) -> bytes:
    """A reject; without an invoke ID where the message that it rejects had none.

    Raises:
        EncodeError: There is no such kind of problem.
    """
    if problem not in PROBLEMS:
        raise EncodeError(f"{problem!r} is no kind of a problem")
    content = wrapper(_FIRST_PROBLEM | PROBLEMS.index(problem))(integer_octets(number))
    return _WRAP[RoseKind.REJECT]((_NO_ID if invoke_id is None else _id_octets(invoke_id)) + content)
