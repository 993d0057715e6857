"""What any message may carry in BER: security data and private data of whatever form (ECMA-285 modules 128, 129)."""

from itertools import islice
from typing import Any, Final

from csta.codec.ber.forms import Form, Other, Reading, constructed, foreign, string, wrapper, write_foreign
from csta.codec.ber.times import GENERALIZED_TIME, UTC_TIME, time_form
from csta.codec.ber.tlv import (
    APPLICATION,
    CONSTRUCTED,
    CONTEXT,
    OCTET_STRING,
    SEQUENCE,
    BadValueError,
    Header,
    elements,
    integer,
    integer_octets,
)
from csta.errors import EncodeError
from csta.messages.base import Extensions, ForeignTag, Security

EXTENSIONS: Final = APPLICATION | CONSTRUCTED | 30

_SEQUENCE_NUMBER: Final = CONTEXT
_SECURITY: Final = CONTEXT | CONSTRUCTED
_PRIVATE_DATA: Final = CONTEXT | CONSTRUCTED | 1
_MAX_PRIVATE: Final = 1000


def _private(data: bytes, found: Header) -> bytes | ForeignTag:
    if found.identifier == OCTET_STRING:
        return data[found.start : found.stop]
    return foreign(data, found.identifier, found.start, found.stop)


_wrap_octets: Final = wrapper(OCTET_STRING)


def _write_private(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
    if isinstance(value, bytes):
        return _wrap_octets(value)
    if isinstance(value, ForeignTag):
        return write_foreign(value)
    raise EncodeError(f"{value!r} is neither octets nor an element of BER")


def private_form() -> Form:
    """CSTAPrivateData: OCTET STRING, or anything that a vendor put there."""
    octets = string(OCTET_STRING, lambda content, _reading: content, _write_private)
    other: Other = foreign
    return Form({OCTET_STRING: octets.readers[OCTET_STRING]}, _write_private, None, other=other)


_TIME: Final = time_form()


def _read_security(data: bytes, start: int, stop: int, reading: Reading) -> Security:
    sequence = timestamp = info = None
    for found in elements(data, start, stop, reading.max_depth):
        if found.identifier == _SEQUENCE_NUMBER:
            sequence = integer(data, found.start, found.stop)
        elif found.identifier in {GENERALIZED_TIME, UTC_TIME}:
            timestamp = _TIME.readers[found.identifier](data, found.start, found.stop, reading)
        else:
            info = _private(data, found)
    return Security(sequence=sequence, timestamp=timestamp, info=info)


def _write_security(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
    if value.__class__ is not Security:
        raise EncodeError(f"{value!r} is not security data")
    out = b""
    if value.sequence is not None:
        out = wrapper(_SEQUENCE_NUMBER)(integer_octets(value.sequence))
    if value.timestamp is not None:
        out += _TIME.write(value.timestamp)
    if isinstance(value.info, bytes | ForeignTag):
        out += _write_private(value.info)
    return out


def security_form() -> Form:
    """CSTASecurityData."""
    return constructed(SEQUENCE, _read_security, _write_security)


def read_extensions(data: bytes, start: int, stop: int, reading: Reading) -> Extensions:
    """CSTACommonArguments.

    Raises:
        BadValueError: They are no BER.
    """
    security = None
    private: tuple[bytes | ForeignTag, ...] = ()
    for found in elements(data, start, stop, reading.max_depth):
        if found.identifier == _SECURITY:
            security = _read_security(data, found.start, found.stop, reading)
        elif found.identifier == _PRIVATE_DATA:
            items = islice(elements(data, found.start, found.stop, reading.max_depth), _MAX_PRIVATE + 1)
            private = tuple(_private(data, item) for item in items)
            if len(private) > _MAX_PRIVATE:
                raise BadValueError(f"has more than {_MAX_PRIVATE} pieces of private data")
        else:
            reading.note(f"unknown element {found.identifier:02X} in the extensions of {reading.root}")
    return Extensions(security=security, private_data=private)


_wrap_security: Final = wrapper(_SECURITY)
_wrap_private: Final = wrapper(_PRIVATE_DATA)


def write_extensions(value: Extensions, identifier: int = EXTENSIONS) -> bytes:
    """CSTACommonArguments; extensions with nothing in them are an empty list of private data, as HiPath sends it.

    Private data of XML is left out: BER cannot say it.

    Raises:
        EncodeError: A part of it does not fit.
    """
    out = _wrap_security(_write_security(value.security)) if value.security is not None else b""
    private = [_write_private(item) for item in value.private_data if isinstance(item, bytes | ForeignTag)]
    if private or value.security is None:
        out += _wrap_private(b"".join(private))
    return wrapper(identifier)(out)
