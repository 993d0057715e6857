"""ACSE in BER: log-in, release and abort of an association, as HiPath's captures show them (X.227, ECMA-285)."""

from collections.abc import Callable
from typing import Final

from csta.codec.ber.forms import Reading, wrapper
from csta.codec.ber.rose import number_octets
from csta.codec.ber.tlv import (
    APPLICATION,
    BIT_STRING,
    CONSTRUCTED,
    CONTEXT,
    EXTERNAL,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    BadValueError,
    Header,
    bit_octets,
    bits,
    elements,
    integer,
    integer_octets,
    object_identifier,
    object_identifier_octets,
    only,
)
from csta.errors import EncodeError
from csta.messages.association import (
    CSTA_VERSION_BITS,
    AssociateRequest,
    AssociateResponse,
    AssociationAbort,
    AssociationMessage,
    ReleaseRequest,
    ReleaseResponse,
)

_FIRST: Final = APPLICATION | CONSTRUCTED
_TAGGED: Final = CONTEXT | CONSTRUCTED
# One bit, authentication, with one more unused one than need be: as HiPath has it.
_AUTHENTICATION: Final = b"\x06\x80"
_USER_INFORMATION: Final = _TAGGED | 30

_MAX_TEXT: Final = 256


def _put(identifier: int, *content: bytes) -> bytes:
    return wrapper(identifier)(b"".join(content))


def _context(text: str) -> bytes:
    try:
        octets = object_identifier_octets(text)
    except ValueError:
        raise EncodeError(f"the application context {text!r} is no object identifier") from None
    return _put(_TAGGED | 1, _put(OBJECT_IDENTIFIER, octets))


def _external(content: bytes) -> bytes:
    return _put(EXTERNAL, _put(_TAGGED, content))


def _versions(message: AssociateRequest | AssociateResponse) -> bytes:
    """The user information, which says the versions of CSTA that a side speaks."""
    if any(not 0 <= bit < 256 for bit in message.versions):
        raise EncodeError(f"{set(message.versions)} are no bits of CSTAVersion")
    # Whole octets, as HiPath sends them.
    least = max(CSTA_VERSION_BITS, 8 * (max(message.versions, default=0) // 8 + 1))
    version = _put(BIT_STRING, bit_octets(message.versions, least))
    # CSTA II's form has the functions that are wanted and supplied in it; none of them are named.
    definition = _put(SEQUENCE, version, _NONE, _NONE) if message.old_definition else _put(_TAGGED, version)
    return _put(_USER_INFORMATION, _external(definition))


_NONE: Final = _put(SEQUENCE)


def _octets(name: str, text: str) -> bytes:
    octets = text.encode("utf-8", "surrogateescape")
    if len(octets) > _MAX_TEXT:
        raise EncodeError(f"the {name} has more than {_MAX_TEXT} octets")
    return _put(OCTET_STRING, octets)


def _request(message: AssociateRequest) -> bytes:
    parts = [_context(message.context)]
    if message.user is not None or message.password is not None:
        sender = _put(_TAGGED, _octets("user", message.user or ""), _octets("password", message.password or ""))
        parts += [_put(CONTEXT | 10, _AUTHENTICATION), _put(_TAGGED | 12, _put(_TAGGED | 2, _put(_TAGGED, sender)))]
    return _put(_FIRST, *parts, _versions(message))


def _response(message: AssociateResponse) -> bytes:
    source = _put(_TAGGED | (2 if message.provider else 1), number_octets(message.diagnostic))
    parts = [_context(message.context), _put(_TAGGED | 2, number_octets(message.result)), _put(_TAGGED | 3, source)]
    if message.stamp is not None or message.system_version is not None:
        responder = _put(
            _TAGGED | 1,
            _put(OCTET_STRING, message.stamp or b""),
            _put(OCTET_STRING, message.system_version or b""),
        )
        parts += [_put(CONTEXT | 8, _AUTHENTICATION), _put(_TAGGED | 10, _put(_TAGGED | 2, _put(_TAGGED, responder)))]
    return _put(_FIRST | 1, *parts, _versions(message))


def _reason(reason: int | None) -> bytes:
    return b"" if reason is None else _put(CONTEXT, integer_octets(reason))


def encode(message: AssociationMessage) -> bytes:
    """Return a message as its APDU.

    Raises:
        EncodeError: A value does not fit.
    """
    match message:
        case AssociateRequest():
            return _request(message)
        case AssociateResponse():
            return _response(message)
        case ReleaseRequest():
            return _put(_FIRST | 2, _reason(message.reason))
        case ReleaseResponse():
            return _put(_FIRST | 3, _reason(message.reason))
        case AssociationAbort():
            diagnostic = b"" if message.diagnostic is None else _put(CONTEXT | 1, integer_octets(message.diagnostic))
            return _put(_FIRST | 4, _put(CONTEXT, integer_octets(int(message.by_provider))), diagnostic)


def decode(data: bytes, outer: Header, reading: Reading) -> AssociationMessage:
    """Return the message in the APDU ``outer``.

    Raises:
        BadValueError: It is none, or its parts are not those of its kind.
    """
    found = _READERS.get(outer.identifier)
    if found is None:
        raise BadValueError(f"begins with {outer.identifier:02X}, neither ROSE nor ACSE")
    reading.root, read = found
    parts = {part.identifier: part for part in elements(data, outer.start, outer.stop, reading.max_depth)}
    return read(data, parts, reading)


_Parts = dict[int, Header]
_Reader = Callable[[bytes, _Parts, Reading], AssociationMessage]


def _inner(data: bytes, parts: _Parts, identifier: int, reading: Reading) -> Header | None:
    """The one element below an explicit tag."""
    part = parts.get(identifier)
    return None if part is None else only(data, part.start, part.stop, reading.max_depth)


def _read_context(data: bytes, parts: _Parts, reading: Reading) -> str:
    name = _inner(data, parts, _TAGGED | 1, reading)
    if name is None or name.identifier != OBJECT_IDENTIFIER:
        raise BadValueError("lacks an application context")
    return object_identifier(data[name.start : name.stop])


def _descend(data: bytes, part: Header, reading: Reading, *path: int) -> Header | None:
    """What stands below the first elements of these identifiers, one within the other; the last may be any of them."""
    for identifier in path:
        for inner in elements(data, part.start, part.stop, reading.max_depth):
            if inner.identifier == identifier:
                part = inner
                break
        else:
            return None
    return part


def _read_versions(data: bytes, parts: _Parts, reading: Reading) -> tuple[frozenset[int], bool]:
    """The versions of CSTA, and whether they stand in the old form."""
    information = parts.get(_USER_INFORMATION)
    if information is None:
        return frozenset(), False
    for form, old in ((_TAGGED, False), (SEQUENCE, True)):
        version = _descend(data, information, reading, EXTERNAL, _TAGGED, form, BIT_STRING)
        if version is not None:
            if version.stop - version.start > _MAX_TEXT:
                raise BadValueError("has a CSTAVersion out of all bounds")
            return bits(data[version.start : version.stop]), old
    reading.note(f"user information without CSTAVersion in {reading.root}")
    return frozenset(), False


def _read_authentication(
    data: bytes, parts: _Parts, identifier: int, form: int, reading: Reading
) -> tuple[bytes | None, bytes | None]:
    """The two strings of an authentication value."""
    value = parts.get(identifier)
    if value is None:
        return None, None
    pair = _descend(data, value, reading, _TAGGED | 2, _TAGGED, _TAGGED | form)
    if pair is None:
        # Some put the EXTERNAL's own tag there as well.
        pair = _descend(data, value, reading, _TAGGED | 2, EXTERNAL, _TAGGED, _TAGGED | form)
    if pair is None:
        reading.note(f"an authentication value of an unknown form in {reading.root}")
        return None, None
    strings = [
        data[part.start : part.stop]
        for part in elements(data, pair.start, pair.stop, reading.max_depth)
        if part.identifier == OCTET_STRING
    ]
    if not strings:
        return None, None
    # One that is left away is as good as an empty one.
    first, second, *_ = (*strings, b"")
    return first, second


def _text(octets: bytes | None) -> str | None:
    return None if octets is None else octets.decode("utf-8", "surrogateescape")


def _read_request(data: bytes, parts: _Parts, reading: Reading) -> AssociateRequest:
    user, password = _read_authentication(data, parts, _TAGGED | 12, 0, reading)
    versions, old = _read_versions(data, parts, reading)
    return AssociateRequest(
        context=_read_context(data, parts, reading),
        versions=versions,
        user=_text(user),
        password=_text(password),
        old_definition=old,
    )


def _read_response(data: bytes, parts: _Parts, reading: Reading) -> AssociateResponse:
    result = _inner(data, parts, _TAGGED | 2, reading)
    source = _inner(data, parts, _TAGGED | 3, reading)
    if result is None or result.identifier != INTEGER:
        raise BadValueError("lacks a result")
    diagnostic, provider = 0, False
    if source is not None:
        number = only(data, source.start, source.stop, reading.max_depth)
        diagnostic = integer(data, number.start, number.stop)
        provider = source.identifier == _TAGGED | 2
    stamp, version = _read_authentication(data, parts, _TAGGED | 10, 1, reading)
    versions, old = _read_versions(data, parts, reading)
    return AssociateResponse(
        context=_read_context(data, parts, reading),
        result=integer(data, result.start, result.stop),
        diagnostic=diagnostic,
        provider=provider,
        versions=versions,
        stamp=stamp,
        system_version=version,
        old_definition=old,
    )


def _read_number(data: bytes, parts: _Parts, identifier: int) -> int | None:
    part = parts.get(identifier)
    return None if part is None else integer(data, part.start, part.stop)


def _read_release(data: bytes, parts: _Parts, _reading: Reading) -> ReleaseRequest:
    return ReleaseRequest(reason=_read_number(data, parts, CONTEXT))


def _read_released(data: bytes, parts: _Parts, _reading: Reading) -> ReleaseResponse:
    return ReleaseResponse(reason=_read_number(data, parts, CONTEXT))


def _read_abort(data: bytes, parts: _Parts, _reading: Reading) -> AssociationAbort:
    return AssociationAbort(
        by_provider=bool(_read_number(data, parts, CONTEXT)), diagnostic=_read_number(data, parts, CONTEXT | 1)
    )


_READERS: Final[dict[int, tuple[str, _Reader]]] = {
    _FIRST: ("AARQ", _read_request),
    _FIRST | 1: ("AARE", _read_response),
    _FIRST | 2: ("RLRQ", _read_release),
    _FIRST | 3: ("RLRE", _read_released),
    _FIRST | 4: ("ABRT", _read_abort),
}
