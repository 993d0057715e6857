"""The capture file: JSON lines, the first a header, each other one a record with its bytes in hexadecimal.

```
{"callwright-capture": 1, "dialect": "openscape_voice", "profile": "", "link": "pbx"}
{"t": 1763870400.123456, "link": "pbx", "peer": "192.0.2.7:1040", "way": "in", "data": "000000e239393939..."}
{"t": 1763870460.000001, "link": "pbx", "peer": "192.0.2.7:1040", "way": "closed", "text": "connection refused"}
```
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from csta.captures.errors import CaptureError
from csta.captures.records import END_OF_TIME, Record, Way

VERSION: Final = 1
MAX_LINE_BYTES: Final = 4 << 20
_MARK: Final = "callwright-capture"
_MAX_NAME: Final = 256
_CARRIES_BYTES: Final = frozenset({Way.IN, Way.OUT})


@dataclass(frozen=True, slots=True)
class CaptureHeader:
    """What a capture's first line says; the dialect is a name such as ``openscape_voice``, or empty."""

    dialect: str = ""
    profile: str = ""
    link: str = ""
    version: int = VERSION


def header_line(header: CaptureHeader) -> str:
    """The first line of a capture, with its line feed."""
    content = {_MARK: header.version, "dialect": header.dialect, "profile": header.profile, "link": header.link}
    return json.dumps(content) + "\n"


def record_line(record: Record) -> str:
    """One record as a line, with its line feed; times are kept to the microsecond."""
    content: dict[str, object] = {
        "t": round(record.time, 6),
        "link": record.link,
        "peer": record.peer,
        "way": record.way.value,
    }
    if record.way in _CARRIES_BYTES:
        content["data"] = record.data.hex()
    elif record.data:
        content["text"] = record.text
    return json.dumps(content) + "\n"


def parse_header(line: str | bytes) -> CaptureHeader:
    """What the first line says.

    Raises:
        CaptureError: It is no capture's first line, or of a version that is not known here.
    """
    content = _object(line)
    version = content.get(_MARK)
    if not isinstance(version, int):
        raise CaptureError(f"no capture: the first line does not say {_MARK!r}")
    if version != VERSION:
        raise CaptureError(f"a capture of version {version}; this program reads version {VERSION}")
    return CaptureHeader(_name(content, "dialect"), _name(content, "profile"), _name(content, "link"), version)


def parse_record(line: str | bytes) -> Record:
    """One line's record.

    Raises:
        CaptureError: The line is none; one that a killed writer left unfinished is such a line.
    """
    content = _object(line)
    try:
        way = Way(content.get("way", ""))
        time = float(content["t"])
        data = bytes.fromhex(content["data"]) if way in _CARRIES_BYTES else str(content.get("text", "")).encode()
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise CaptureError(f"no record of a capture: {wrong!r}"[:200]) from None
    if not 0 <= time < END_OF_TIME:
        raise CaptureError(f"no record of a capture: the time {time}")
    return Record(time, _name(content, "link"), _name(content, "peer"), way, data)


def _object(line: str | bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise CaptureError(f"a line of {len(line)} bytes exceeds the limit of {MAX_LINE_BYTES}")
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        raise CaptureError("no line of a capture: it is not JSON") from None
    if not isinstance(content, dict):
        raise CaptureError("no line of a capture: it is no JSON object")
    return content


def _name(content: dict[str, Any], key: str) -> str:
    value = content.get(key, "")
    return value[:_MAX_NAME] if isinstance(value, str) else ""
