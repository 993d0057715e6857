"""Devices, connections and parties in BER: as ECMA-285 has them, received also as CSTA I and II had them.

| | CSTA III | CSTA I and II |
|---|---|---|
| device | SEQUENCE around the CHOICE of number forms | the bare CHOICE |
| connection | [APPLICATION 11] around a call, or a SEQUENCE of call and device | [APPLICATION 11] around both |

A connection's device may be dynamic, an identifier that the switch made up: see `csta.identifiers.DYNAMIC`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from csta.codec.ber.forms import (
    Form,
    Implicit,
    Read,
    Reading,
    Write,
    constructed,
    hex_octets,
    one_of,
    tagged,
    wrapper,
)
from csta.codec.ber.tlv import (
    APPLICATION,
    CONSTRUCTED,
    CONTEXT,
    NULL,
    SEQUENCE,
    BadValueError,
    Header,
    elements,
    header,
    integer,
    integer_octets,
    only,
)
from csta.errors import EncodeError
from csta.identifiers import DYNAMIC, TYPES_OF_NUMBER, ConnectionID, DeviceID, Party, Presentation
from csta.schema import kinds as k

_MAX_REMEMBERED: Final = 96
_DIALLING: Final = TYPES_OF_NUMBER[0]
_PUBLIC: Final = ("unknown", "international", "national", "networkspecific", "subscriber", "abbreviated")
_PRIVATE: Final = (
    "unknown",
    "level3RegionalNumber",
    "level2RegionalNumber",
    "level1RegionalNumber",
    "pTNSpecificNumber",
    "localNumber",
    "abbreviated",
)
_TEXTS: Final = {0x80: "dialingNumber", 0x82: "implicitPublic", 0x84: "implicitPrivate", 0x86: "other"}
_NUMBER: Final = 0x81
_PLANS: Final = {0xA3: ("explicitPublic", _PUBLIC), 0xA5: ("explicitPrivate", _PRIVATE)}
_NUMBER_FORMS: Final = frozenset((*_TEXTS, _NUMBER, *_PLANS))

_STATIC: Final = 0xA1
_CALL: Final = 0x80
_OLDER_CALL: Final = 0x82
_DYNAMIC: Final = 0x83
_CONNECTION: Final = 11

_MAX_CALL_OCTETS: Final = 64
_MAX_NUMBER: Final = 4096


def _number(data: bytes, found: Header, normalise: Callable[[str], str]) -> tuple[str, str]:
    """A device's number and its form, from an element of the CHOICE."""
    text = _TEXTS.get(found.identifier)
    if text is None and found.identifier == _NUMBER:
        return normalise(str(integer(data, found.start, found.stop))), "deviceNumber"
    start, stop = found.start, found.stop
    if text is None:
        plan = _PLANS.get(found.identifier)
        if plan is None:
            raise BadValueError(f"holds {found.identifier:02X}, no form of a device's number")
        inner = only(data, start, stop)
        kind = inner.identifier & ~CONSTRUCTED & ~CONTEXT
        if inner.identifier & ~CONSTRUCTED < CONTEXT or kind >= len(plan[1]):
            raise BadValueError(f"holds {inner.identifier:02X}, no kind of an {plan[0]} number")
        text = f"{plan[0]}:{plan[1][kind]}"
        start, stop = inner.start, inner.stop
        # Ours is the implicit tag; a string inside an explicit one is understood.
        if inner.identifier & CONSTRUCTED:
            string = only(data, start, stop)
            start, stop = string.start, string.stop
    if stop - start > _MAX_NUMBER:
        raise BadValueError(f"is a device's number of {stop - start} octets")
    # Every octet has its character, so that whatever comes goes back as it was.
    return normalise(data[start:stop].decode("latin-1")), text


def _device(content: bytes, normalise: Callable[[str], str]) -> DeviceID:
    """The device in a SEQUENCE's contents; what follows its number (a private number or name) is left."""
    number, type_ = _number(content, header(content, 0, len(content)), normalise)
    return DeviceID(number, type_)


_remembered_device: Final = lru_cache(maxsize=8192)(_device)


def _any_device(data: bytes, start: int, stop: int, reading: Reading) -> DeviceID:
    """A device, even one without a number."""
    content = data[start:stop]
    if stop - start > _MAX_REMEMBERED:
        return _device(content, reading.normalise)
    return _remembered_device(content, reading.normalise)


def _read_device(data: bytes, start: int, stop: int, reading: Reading) -> DeviceID:
    device = _any_device(data, start, stop, reading)
    if not device.number:
        raise BadValueError("is a device without a number")
    return device


def _bare(read: Read) -> dict[int, Read]:
    """The readers of the bare CHOICE, made from that of a SEQUENCE's contents."""

    def reader(identifier_: int) -> Read:
        wrap = wrapper(identifier_)

        def read_bare(data: bytes, start: int, stop: int, reading: Reading) -> Any:  # noqa: ANN401 - as ``read`` gives
            content = wrap(data[start:stop])
            return read(content, 0, len(content), reading)

        return read_bare

    return {identifier_: reader(identifier_) for identifier_ in _NUMBER_FORMS}


_BARE: Final = _bare(_read_device)


def _number_octets(number: str, type_: str) -> bytes:
    """The element of the CHOICE that says a number in its form."""
    if type_ == "deviceNumber":
        if not number.isascii() or not number.removeprefix("-").isdigit() or len(number) > 18:
            raise EncodeError(f"the device number {number!r} is no whole number")
        return wrapper(_NUMBER)(integer_octets(int(number)))
    writer = _TEXT_WRITERS.get(type_)
    if writer is None:
        raise EncodeError(f"{type_!r} is no type of number")
    try:
        return writer(number.encode("latin-1" if type_ == "other" else "ascii"))
    except UnicodeEncodeError:
        raise EncodeError(f"the number {number!r} has characters that BER cannot say") from None


def _text_writers() -> dict[str, Callable[[bytes], bytes]]:
    writers = {type_: wrapper(identifier_) for identifier_, type_ in _TEXTS.items()}
    for identifier_, (plan, kinds) in _PLANS.items():
        for number, kind in enumerate(kinds):
            writers[f"{plan}:{kind}"] = _nested(wrapper(identifier_), wrapper(CONTEXT | number))
    return writers


def _nested(outer: Callable[[bytes], bytes], inner: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda content: outer(inner(content))


_TEXT_WRITERS: Final = _text_writers()


@lru_cache(maxsize=8192)
def _device_octets(number: str, type_: str) -> bytes:
    if not number:
        raise EncodeError("a device without a number")
    return _number_octets(number, type_)


def _write_device(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
    if value.__class__ is not DeviceID:
        raise EncodeError(f"{value!r} is not a device")
    return _device_octets(value.number, value.type_of_number)


def device_form(*, bare: bool) -> Form:
    """DeviceID; ``bare`` as CSTA I and II send it."""
    implicit = Implicit(constructed=True, read=_read_device, write=_write_device)
    if bare:
        return Form({**_BARE, SEQUENCE: _read_device}, _write_device, implicit)
    wrap = wrapper(SEQUENCE)
    return Form({SEQUENCE: _read_device}, lambda value: wrap(_write_device(value)), implicit, _BARE)


def _local_device(data: bytes, found: Header, normalise: Callable[[str], str]) -> tuple[str, str]:
    """A connection's device and the form of its number: static in a SEQUENCE or bare, or dynamic."""
    if found.identifier == _DYNAMIC:
        return DYNAMIC + data[found.start : found.stop].hex().upper(), _DIALLING
    if found.identifier == SEQUENCE:
        found = header(data, found.start, found.stop)
    number, type_ = _number(data, found, normalise)
    if number.startswith(DYNAMIC):
        raise BadValueError(f"has a device whose number begins with {DYNAMIC!r}")
    return number, type_


def _connection(content: bytes, normalise: Callable[[str], str]) -> ConnectionID:
    """The connection in the contents of its APPLICATION tag, of either phase."""
    start, stop = 0, len(content)
    if content[:1] == b"\x30":
        both = header(content, start, stop)
        start, stop = both.start, both.stop
    call = device = ""
    type_ = _DIALLING
    for part in elements(content, start, stop):
        if not call and part.identifier in {_CALL, _OLDER_CALL}:
            call = _call_id(content, part)
        elif part.identifier == _STATIC:
            device, type_ = _local_device(content, only(content, part.start, part.stop), normalise)
        else:
            device, type_ = _local_device(content, part, normalise)
    if not call:
        raise BadValueError("is a connection without a call identifier")
    return ConnectionID(call, device, type_)


def _call_id(data: bytes, part: Header) -> str:
    if part.stop - part.start > _MAX_CALL_OCTETS:
        raise BadValueError(f"has a call identifier of {part.stop - part.start} octets")
    return data[part.start : part.stop].hex().upper()


_remembered_connection: Final = lru_cache(maxsize=8192)(_connection)


def _read_connection(data: bytes, start: int, stop: int, reading: Reading) -> ConnectionID:
    content = data[start:stop]
    if stop - start > _MAX_REMEMBERED:
        return _connection(content, reading.normalise)
    return _remembered_connection(content, reading.normalise)


_wrap_call: Final = wrapper(_CALL)
_wrap_older_call: Final = wrapper(_OLDER_CALL)
_wrap_dynamic: Final = wrapper(_DYNAMIC)
_wrap_device: Final = wrapper(_STATIC)
_wrap_sequence: Final = wrapper(SEQUENCE)


@lru_cache(maxsize=8192)
def _connection_octets(call_id: str, device_id: str, device_type: str, bare: bool) -> bytes:
    call = hex_octets(call_id, 2 * _MAX_CALL_OCTETS)
    if device_id.startswith(DYNAMIC):
        device = _wrap_dynamic(hex_octets(device_id.removeprefix(DYNAMIC), 2 * _MAX_CALL_OCTETS))
    elif device_id:
        device = _number_octets(device_id, device_type)
        device = device if bare else _wrap_sequence(device)
    else:
        device = b""
    if bare:
        return _wrap_older_call(call) + device
    return _wrap_sequence(_wrap_call(call) + _wrap_device(device)) if device else _wrap_call(call)


def connection_form(*, bare: bool) -> Form:
    """ConnectionID; ``bare`` as CSTA I and II send it."""

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not ConnectionID:
            raise EncodeError(f"{value!r} is not a connection")
        return _connection_octets(value.call_id, value.device_id, value.device_type, bare)

    return constructed(APPLICATION | CONSTRUCTED | _CONNECTION, _read_connection, write)


def object_form(*, bare: bool) -> Form:
    """CSTAObject: a device or a connection."""
    device, connection = device_form(bare=bare), connection_form(bare=bare)

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        return connection.write(value) if value.__class__ is ConnectionID else device.write(value)

    return Form({**device.readers, **connection.readers}, write, None, device.older)


def party_form(kind: k.PartyChoice, *, bare: bool) -> Form:
    """A party with its APPLICATION tag, an endpoint, or a device alone."""
    device = device_form(bare=bare)
    if kind.device_alone:
        return device
    if kind.application is None:
        return _choice_of_party(kind, device, _ENDPOINT_REASONS, _ENDPOINT_OCTETS)
    reasons = _REDIRECTION_REASONS if Presentation.NOT_SPECIFIED in kind.presentations else _REASONS
    octets = {reason: wrapper(identifier_)(b"") for identifier_, reason in reasons.items()}
    choice = _choice_of_party(kind, device, reasons, octets)
    form = tagged(choice, APPLICATION, kind.application, explicit=True)
    read = _remembering(one_of(choice))
    (outer,) = form.readers
    return Form({outer: read}, form.write, Implicit(constructed=True, read=read, write=choice.write))


_REASONS: Final = {0x87: Presentation.NOT_KNOWN, 0x88: Presentation.RESTRICTED}
_REDIRECTION_REASONS: Final = {
    0x87: Presentation.NOT_KNOWN,
    0x88: Presentation.NOT_REQUIRED,
    0x89: Presentation.NOT_SPECIFIED,
    0x8A: Presentation.RESTRICTED,
}
# In a connection list notKnown has no tag of its own, and restricted has an explicit one.
_ENDPOINT_REASONS: Final = {NULL: Presentation.NOT_KNOWN, 0xA1: Presentation.RESTRICTED}
_ENDPOINT_OCTETS: Final = {Presentation.NOT_KNOWN: b"\x05\x00", Presentation.RESTRICTED: b"\xa1\x02\x05\x00"}


def _choice_of_party(
    kind: k.PartyChoice, device: Form, reasons: dict[int, Presentation], octets: dict[Presentation, bytes]
) -> Form:
    write_device: Write = device.write

    def read_device(data: bytes, start: int, stop: int, reading: Reading) -> Party:
        # A number that is sent empty is as good as none.
        found = _any_device(data, start, stop, reading)
        return found if found.number else Presentation.NOT_KNOWN

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is Presentation:
            if value not in kind.presentations:
                raise EncodeError(f"{value.value} has no place here")
            return octets[value]
        return write_device(value)

    def reason_reader(reason: Presentation) -> Read:
        return lambda _data, _start, _stop, _reading: reason

    readers = {**_bare(read_device), SEQUENCE: read_device}
    readers.update({identifier_: reason_reader(reason) for identifier_, reason in reasons.items()})
    return Form(readers, write)


def _remembering(read: Read) -> Read:
    """The same reader, which looks up the few parties that it met lately by their octets."""

    @lru_cache(maxsize=8192)
    def remembered(content: bytes, normalise: Callable[[str], str]) -> Party:
        # The depth of what is so short needs no limit of its own, and no party leaves a finding.
        found: Party = read(content, 0, len(content), Reading(normalise, _MAX_REMEMBERED))
        return found

    def read_party(data: bytes, start: int, stop: int, reading: Reading) -> Party:
        if stop - start > _MAX_REMEMBERED:
            found: Party = read(data, start, stop, reading)
            return found
        return remembered(data[start:stop], reading.normalise)

    return read_party
