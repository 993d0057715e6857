"""What of a message may be shown: numbers shortened, passwords never, user data on request; and how it is told."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.messages.base import ForeignElement, ForeignTag, Message
from csta.schema.elements import camel_case

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"]
"""What JSON can say."""

HIDDEN: Final = "****"
_SHOWN_DIGITS: Final = 3
_SECRET_NAME: Final = re.compile(r"(?i)passw|pwd|secret|(?:\b|_)pin$|auth\w*?_?(?:code|value|info)")
_USER_DATA_NAME: Final = re.compile(r"(?i)user_?data|correlator|private|user_?info|^info$|^data$|^display$|account")
_DIGITS_NAME: Final = re.compile(r"(?i)characters?_to_send|dial(?:l?ing|led)?_?(?:digits|sequence)|digits|keypad")
_IDENTIFIER_NAME: Final = re.compile(r"(?i)_ids?$|^root$|^context|^category$|^value$|version|namespace")
_NUMBER_IN_TEXT: Final = re.compile(r"(?<!\.\d:)(?<!\.\d\d:)(?<!\.\d\d\d:)\+?\d[\d*#]{4,}")
"""Not the port behind an address."""
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What ends a line, or steers a terminal."""
_MAX_DEPTH: Final = 24
_MAX_ITEMS: Final = 500
_MAX_TEXT: Final = 2000


def _nobody(_number: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Mask:
    """What is hidden. Passwords always are.

    ``numbers``: of a device's number only the first three characters are shown, unless it is ``known``, as the site's
    own devices are; digits that somebody dials or sends are hidden whole. ``user_data``: user, correlator and private
    data are shown by their length alone.
    """

    numbers: bool = True
    user_data: bool = True
    known: Callable[[str], bool] = _nobody

    def number(self, text: str) -> str:
        """A device's number as it may be shown."""
        if not self.numbers or len(text) <= _SHOWN_DIGITS or self.known(text):
            return text
        return text[:_SHOWN_DIGITS] + "xxxx"

    def text(self, text: str) -> str:
        """Free text as it may be shown: what looks like a number in it is shortened."""
        if not self.numbers:
            return text
        return _NUMBER_IN_TEXT.sub(lambda found: self.number(found[0]), text)


OPEN: Final = Mask(numbers=False, user_data=False)
"""Hides passwords alone."""


def plain(message: Message, mask: Mask) -> dict[str, Plain]:
    """A message as plain data, by the names of ECMA-323's elements, without what it does not have."""
    return _fields(message, mask, 0)


def _fields(value: object, mask: Mask, depth: int) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for each in fields(value):  # type: ignore[arg-type]  # whoever calls has asked is_dataclass
        content = getattr(value, each.name)
        if content is None or content == ():
            continue
        # What its class keeps out of reports is a secret, whatever its name.
        found[camel_case(each.name)] = _value(each.name, content, mask, depth + 1) if each.repr else HIDDEN
    return found


def _value(name: str, value: object, mask: Mask, depth: int) -> Plain:  # noqa: PLR0911 - one for each kind of value
    if _SECRET_NAME.search(name):
        return HIDDEN
    if depth > _MAX_DEPTH:
        return "..."
    match value:
        case bool() | int() | float():
            return value
        case Enum():
            return str(value.value)
        case str():
            return _text(name, value, mask)
        case bytes():
            return _octets(name, value, mask)
        case datetime():
            return value.isoformat()
        case tuple() | list() | frozenset():
            items = sorted(map(str, value)) if isinstance(value, frozenset) else value
            return [_value(name, one, mask, depth + 1) for one in list(items)[:_MAX_ITEMS]]
    return _composite(value, mask, depth)


def _composite(value: object, mask: Mask, depth: int) -> Plain:
    match value:
        case DeviceID():
            return mask.number(value.number)
        case ConnectionID():
            return {"callID": value.call_id, "deviceID": mask.number(value.device_id)}
        case ForeignElement():
            return {value.local_name: _foreign(value, mask, depth)}
        case ForeignTag():
            return {value.identifier.hex(): _octets("data", value.content, mask)}
        case Mapping():
            return {str(key): _value(str(key), one, mask, depth + 1) for key, one in value.items()}
    return _fields(value, mask, depth) if is_dataclass(value) else str(value)[:_MAX_TEXT]


def _text(name: str, value: str, mask: Mask) -> str:
    if mask.numbers and _DIGITS_NAME.search(name):
        return "x" * min(len(value), 4)
    if mask.user_data and _USER_DATA_NAME.search(name):
        return f"({len(value)} characters)"
    return value[:_MAX_TEXT] if _IDENTIFIER_NAME.search(name) else mask.text(value[:_MAX_TEXT])


def _octets(name: str, value: bytes, mask: Mask) -> str:
    if mask.user_data or (mask.numbers and _DIGITS_NAME.search(name)):
        return f"({len(value)} bytes)"
    text = value.decode("ascii", "replace")
    shown = value[: _MAX_TEXT // 2].hex(" ")
    return f"{shown} {text!r}" if value and text.isprintable() else shown


def _foreign(element: ForeignElement, mask: Mask, depth: int) -> Plain:
    if _SECRET_NAME.search(element.local_name):
        return HIDDEN
    if mask.user_data and element.children and _USER_DATA_NAME.search(element.local_name):
        return f"({len(element.children)} elements)"
    text = _text(element.local_name, element.text.strip(), mask)
    if depth > _MAX_DEPTH or not (element.children or element.attributes):
        return text
    inner: dict[str, Plain] = {f"@{name}": mask.text(value[:_MAX_TEXT]) for name, value in element.attributes}
    for child in element.children[:_MAX_ITEMS]:
        # Elements of one name in a row become a list.
        content = _foreign(child, mask, depth + 1)
        before = inner.get(child.local_name)
        if before is None:
            inner[child.local_name] = content
        else:
            inner[child.local_name] = [*before, content] if isinstance(before, list) else [before, content]
    if text:
        inner["text"] = text
    return inner


_ROUTINE: Final = frozenset({"monitor_cross_ref_id", "extensions", "extra", "cause", "calling_device", "called_device"})
_UNSAID: Final = frozenset({Presentation.NOT_KNOWN, Presentation.NOT_REQUIRED, Presentation.NOT_SPECIFIED})
_MAX_SUMMARY: Final = 160


def summary(message: Message, mask: Mask) -> str:
    """A message in one line: who calls whom, then its other elements by name, as far as they fit in 160 characters."""
    parts = []
    calling, called = getattr(message, "calling_device", None), getattr(message, "called_device", None)
    if isinstance(calling, DeviceID) or isinstance(called, DeviceID):
        parts.append(f"{_party(calling, mask)} → {_party(called, mask)}")
    for each in fields(message):
        value = getattr(message, each.name)
        unsaid = value is None or value == () or (isinstance(value, Presentation) and value in _UNSAID)
        if unsaid or each.name in _ROUTINE:
            continue
        told = _brief(_value(each.name, value, mask, 1)) if each.repr else HIDDEN
        parts.append(f"{camel_case(each.name)}={told}")
    line = _UNPRINTABLE.sub(" ", " ".join(parts))
    return line if len(line) <= _MAX_SUMMARY else line[: _MAX_SUMMARY - 1] + "…"


def _party(party: object, mask: Mask) -> str:
    if isinstance(party, DeviceID):
        return mask.number(party.number)
    return str(party.value) if isinstance(party, Presentation) else "?"


def _brief(value: Plain) -> str:
    if isinstance(value, dict):
        if value.keys() == {"callID", "deviceID"}:
            return f"{short(str(value['callID']))}@{value['deviceID']}" if value["deviceID"] else str(value["callID"])
        return "{" + " ".join(f"{name}={_brief(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        if len(value) > 3:
            return f"[{len(value)}]"
        return "[" + " ".join(_brief(one) for one in value) + "]"
    return str(value)


def short(call: str) -> str:
    """A long call identifier by its ends; what differs within one switch mostly stands there."""
    return call if len(call) <= 14 else f"{call[:4]}…{call[-8:]}"
