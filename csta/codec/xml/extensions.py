"""What messages carry beside their own elements, in XML: extensions, and foreign elements written as they were kept."""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from csta.codec.xml.tree import BadValueError, ByTag, Reading, foreign, local_name, split_tag, text_of
from csta.codec.xml.values import escaped, number_of, octets_of, quoted, time_of, time_text
from csta.errors import EncodeError
from csta.messages.base import Extensions, ForeignElement, ForeignTag, Security
from csta.schema.kinds import NAMESPACE_STEM

PrivateItem = bytes | ForeignElement | ForeignTag

_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_MAX_SEQUENCE: Final = 2**63 - 1
_PARTS: Final = ByTag({name: name for name in ("security", "privateData")})
_PRIVATE: Final = ByTag({name: name for name in ("string", "private")})


def read_extensions(element: Element, reading: Reading) -> Extensions:
    """Read the element ``extensions`` (CSTACommonArguments).

    Raises:
        BadValueError: There is something in it that has no place in `Extensions`.
    """
    security: Security | None = None
    private: list[bytes | ForeignElement] = []
    for child in element:
        part = _PARTS[child.tag]
        if part == "privateData":
            private += read_private_data(child, reading)
        elif part == "security" and security is None:
            security = read_security(child, reading)
        else:
            raise BadValueError(f"holds {local_name(child)!r}, no extension")
    return Extensions(security=security, private_data=tuple(private))


def read_security(element: Element, reading: Reading) -> Security:
    """Read the element ``security`` (CSTASecurityData).

    Raises:
        BadValueError: There is something in it that has no place in `Security`.
    """
    sequence = timestamp = info = None
    for child in element:
        match split_tag(child.tag):
            case "messageSequenceNumber", True:
                sequence = number_of(text_of(child), 0, _MAX_SEQUENCE)
            case "timeStamp", True:
                timestamp = time_of(text_of(child))
            case "securityInfo", True:
                found = read_private_data(child, reading)
                if len(found) > 1:
                    raise BadValueError("holds more than one securityInfo")
                info = found[0] if found else None
            case _:
                raise BadValueError(f"holds {local_name(child)!r}, nothing of security")
    return Security(sequence=sequence, timestamp=timestamp, info=info)


def read_private_data(element: Element, reading: Reading) -> list[bytes | ForeignElement]:
    """Read octets in ``string``, or what stands inside ``private``; a ``private`` that says something itself as it is.

    Raises:
        BadValueError: It holds anything else.
    """
    found: list[bytes | ForeignElement] = []
    for child in element:
        content = _PRIVATE[child.tag]
        if content == "string":
            found.append(octets_of(text_of(child)))
        elif content is None:
            raise BadValueError(f"holds {local_name(child)!r}, neither octets nor private content")
        elif text_of(child) or child.keys():
            found.append(foreign(child, reading))
        else:
            found += [foreign(inner, reading) for inner in child]
    return found


def write_extensions(extensions: Extensions, namespace: str) -> str:
    """Return the element ``extensions``; tags of BER have no place here and are left out.

    Raises:
        EncodeError: There is more private data than XML has room for, or something in it cannot be written.
    """
    security = "" if extensions.security is None else write_security("security", extensions.security, namespace)
    private = write_private_data("privateData", extensions.private_data, namespace)
    return f"<extensions>{security}{private}</extensions>"


def write_security(name: str, security: Security, namespace: str) -> str:
    """Return an element of CSTASecurityData.

    Raises:
        EncodeError: A value does not fit.
    """
    pieces = []
    if security.sequence is not None:
        if not 0 <= security.sequence <= _MAX_SEQUENCE:
            raise EncodeError(f"messageSequenceNumber: {security.sequence} is not within 0..{_MAX_SEQUENCE}")
        pieces.append(f"<messageSequenceNumber>{security.sequence}</messageSequenceNumber>")
    if security.timestamp is not None:
        pieces.append(f"<timeStamp>{time_text('timeStamp', security.timestamp)}</timeStamp>")
    if security.info is not None:
        pieces.append(write_private_data("securityInfo", (security.info,), namespace))
    return f"<{name}>{''.join(pieces)}</{name}>"


def write_private_data(name: str, items: Iterable[PrivateItem], namespace: str) -> str:
    """Return an element of CSTAPrivateData, or nothing where there is nothing to say.

    Raises:
        EncodeError: There are several strings of octets, or octets and elements: XML has one choice of them.
    """
    ours = [item for item in items if not isinstance(item, ForeignTag)]
    if not ours:
        return ""
    elements = [item for item in ours if isinstance(item, ForeignElement)]
    strings = [item for item in ours if isinstance(item, bytes)]
    if len(strings) + bool(elements) != 1 or len(elements) + len(strings) != len(ours):
        raise EncodeError(f"{name}: {ours!r:.100} are not either one string of octets or elements")
    if strings:
        return f"<{name}><string>{strings[0].hex().upper()}</string></{name}>"
    content = "".join(write_foreign(item, namespace) for item in elements)
    if len(elements) == 1 and split_tag(elements[0].name) == ("private", True):
        return f"<{name}>{content}</{name}>"
    return f"<{name}><private>{content}</private></{name}>"


def write_foreign(element: ForeignElement, namespace: str) -> str:
    """Return an element as it was kept; elements of CSTA take the message's own ``namespace``.

    Raises:
        EncodeError: A name or character is none that XML has.
    """
    return _write(element, namespace, namespace)


def _write(element: ForeignElement, message: str, around: str) -> str:
    """Write an element of a message in the namespace ``message``, where ``around`` is that of what it stands in."""
    own, local = _split(element.name)
    if own is None:
        own = message if around == message else ""
    elif own.startswith(NAMESPACE_STEM) and message.startswith(NAMESPACE_STEM):
        own = message
    elif own == _XML:
        raise EncodeError(f"{local}: no element stands in XML's own namespace")
    pieces = [f"<{local}"]
    if own != around:
        pieces.append(f" xmlns={quoted(local, own)}")
    for index, (name, text) in enumerate(element.attributes):
        space, attribute = _split(name)
        if space is None:
            prefix = ""
        elif space == _XML:
            prefix = "xml:"
        else:
            prefix = f"a{index}:"
            pieces.append(f" xmlns:a{index}={quoted(attribute, space)}")
        pieces.append(f" {prefix}{attribute}={quoted(attribute, text)}")
    pieces.append(f">{escaped(local, element.text)}")
    pieces += [_write(child, message, own) for child in element.children]
    pieces.append(f"</{local}>")
    return "".join(pieces)


def _split(clark: str) -> tuple[str | None, str]:
    space, _, local = clark.rpartition("}")
    if not _NAME.match(local) or (space and (space[0] != "{" or "{" in space[1:])):
        raise EncodeError(f"{clark!r} is not the name of an element or attribute")
    return space[1:] or None, local
