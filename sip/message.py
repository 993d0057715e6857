"""SIP requests and responses as values, from bytes, from a byte stream, and to bytes (RFC 3261 sections 7, 18.3)."""

import re
from collections.abc import Iterable
from typing import Final

from sip.errors import SipSyntaxError
from sip.grammar import is_token, kept, parse_number
from sip.headers import WELL_KNOWN, CSeq, Headers, NameAddr, Via
from sip.uri import SipUri

MAX_MESSAGE_BYTES: Final = 65_535
MAX_HEADER_BYTES: Final = 32_768
MAX_HEADERS: Final = 256
VERSION: Final = "SIP/2.0"

_LINE_END: Final = re.compile(r"\r?\n")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LENGTH: Final = re.compile(
    rb"(?:^|\n)(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,10})[ \t]*(?=\r?\n|\Z)",
    re.IGNORECASE,
)
KEEP_ALIVE_PING: Final = b"\r\n\r\n"
KEEP_ALIVE_PONG: Final = b"\r\n"
_STATUS_LINE: Final = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9])(?: ([^\r\n]*))?", re.IGNORECASE)

REASONS: Final = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK",
    202: "Accepted", 301: "Moved Permanently", 302: "Moved Temporarily", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large",
    415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
    421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
    500: "Server Internal Error", 501: "Not Implemented",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 600: "Busy Everywhere",
    603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}  # fmt: skip


class Message:
    """What requests and responses have in common: headers, body, and the six headers every message needs.

    The typed properties are read on first use and raise `SipSyntaxError` where the header is missing or broken. They
    are kept: change a header only before it is read, or on a copy.
    """

    headers: Headers
    body: bytes

    def _need(self, name: str) -> str:
        value = self.headers.get(name)
        if value is None:
            raise SipSyntaxError(f"no {name} header")
        return value

    @kept
    def via(self) -> Via:
        """The topmost Via."""
        values = self.headers.values("Via")
        if not values:
            raise SipSyntaxError("no Via header")
        return Via.parse(values[0])

    @kept
    def from_(self) -> NameAddr:
        """The From header."""
        return NameAddr.parse(self._need("From"))

    @kept
    def to(self) -> NameAddr:
        """The To header."""
        return NameAddr.parse(self._need("To"))

    @kept
    def call_id(self) -> str:
        """The Call-ID."""
        value = self._need("Call-ID").strip()
        if not value or " " in value or "\t" in value:
            raise SipSyntaxError("Call-ID empty or with white space")
        return value

    @kept
    def cseq(self) -> CSeq:
        """The CSeq header."""
        return CSeq.parse(self._need("CSeq"))

    @kept
    def contacts(self) -> tuple[NameAddr, ...]:
        """All Contact values; none for ``Contact: *`` (ask ``headers`` for that)."""
        return tuple(NameAddr.parse(value) for value in self.headers.values("Contact") if value != "*")

    @property
    def content_type(self) -> str:
        """Media type of the body in lower case without parameters, empty where there is none."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


class Request(Message):
    """A request: ``uri`` is the Request-URI as written, `target` the same taken apart."""

    def __init__(self, method: str, uri: str, headers: Headers, body: bytes = b"") -> None:
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body

    @kept
    def target(self) -> SipUri:
        """The Request-URI taken apart; raises `SipSyntaxError` for anything but sip, sips and tel."""
        return SipUri.parse(self.uri)

    @property
    def start_line(self) -> str:
        """The first line, without its end."""
        return f"{self.method} {self.uri} {VERSION}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return (self.method, self.uri, self.headers, self.body) == (
            other.method,
            other.uri,
            other.headers,
            other.body,
        )

    def __hash__(self) -> int:
        return hash((self.method, self.uri, self.body))

    def __repr__(self) -> str:
        return f"Request({self.method!r}, {self.uri!r}, {self.headers!r}, {self.body!r})"


class Response(Message):
    """A response."""

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body

    @property
    def start_line(self) -> str:
        """The first line, without its end."""
        return f"{VERSION} {self.status} {self.reason}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Response):
            return NotImplemented
        return (self.status, self.reason, self.headers, self.body) == (
            other.status,
            other.reason,
            other.headers,
            other.body,
        )

    def __hash__(self) -> int:
        return hash((self.status, self.reason, self.body))

    def __repr__(self) -> str:
        return f"Response({self.status}, {self.reason!r}, {self.headers!r}, {self.body!r})"


def _decode(head: bytes) -> str:
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("latin-1")  # old switches write display names in Latin-1


def _read_headers(lines: Iterable[str]) -> tuple[Headers, str]:
    """Return the fields, and the first fault among them (empty where all is well)."""
    headers, fault = Headers(), ""
    fields: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if name not in WELL_KNOWN or not colon:
            name = name.rstrip(" \t")
            if not colon or not is_token(name):
                fault = fault or f"not a header line: {line[:60]!r}"
                continue
        fields.append((name, value.strip(" \t")))
        if len(fields) > MAX_HEADERS:
            fault = f"more than {MAX_HEADERS} header lines"
            break
    headers.extend_parsed(fields)
    return headers, fault


def _read_body(headers: Headers, rest: bytes) -> tuple[bytes, str]:
    """Cut the body by Content-Length; without one it is all that came (RFC 3261 18.3)."""
    lengths = set(headers.all("Content-Length"))
    if not lengths:
        return rest, ""
    if len(lengths) > 1:
        return b"", "several Content-Length headers that differ"
    try:
        length = parse_number(lengths.pop(), what="Content-Length", limit=MAX_MESSAGE_BYTES)
    except SipSyntaxError as error:
        return b"", error.reason
    if length > len(rest):
        return rest, f"body cut short: {len(rest)} of {length} bytes"
    return rest[:length], ""


def _read_request_line(line: str) -> tuple[str, str, str]:
    """Return method, Request-URI and the first fault."""
    parts = line.split(" ")
    if len(parts) != 3:
        words = line.split()
        if len(words) < 3 or not is_token(words[0]) or not words[-1].upper().startswith("SIP/"):
            raise SipSyntaxError(f"not a SIP start line: {line[:60]!r}")
        return words[0], " ".join(words[1:-1]), "white space in the request line"
    method, uri, version = parts
    if not is_token(method) or not version.upper().startswith("SIP/"):
        raise SipSyntaxError(f"not a SIP start line: {line[:60]!r}")
    if version.upper() != VERSION:
        return method, uri, "unknown SIP version"
    if not uri or ":" not in uri or "<" in uri:
        return method, uri, "Request-URI cannot be read"
    return method, uri, ""


def parse_message(data: bytes) -> Request | Response:
    r"""Read one message, such as a datagram or what the stream framer cut off.

    Leading empty lines are skipped, ``\n`` alone is taken for a line end, folded lines are joined by one space and
    bytes beyond Content-Length are dropped.

    Raises:
        SipSyntaxError: the only exception, whatever the bytes; ``salvaged`` holds the request where the headers could
            be read, for the 400.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise SipSyntaxError(f"message of {len(data)} bytes, limit {MAX_MESSAGE_BYTES}")
    data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    if end >= 0 and b"\n\n" not in data[:end]:
        head, rest = data[:end], data[end + 4 :]
    elif (match := _HEAD_END.search(data)) is not None:
        head, rest = data[: match.start()], data[match.end() :]
    else:
        head, rest = data, b""
    if len(head) > MAX_HEADER_BYTES:
        raise SipSyntaxError(f"headers of {len(head)} bytes, limit {MAX_HEADER_BYTES}")
    text = _decode(head)
    if _CONTROL.search(text):
        raise SipSyntaxError("control character in the headers")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        lines = _LINE_END.split(text)
        if any("\r" in line for line in lines):
            raise SipSyntaxError("carriage return inside a line")
    return _assemble(lines, rest)


def _assemble(lines: list[str], rest: bytes) -> Request | Response:
    status = _STATUS_LINE.fullmatch(lines[0])
    method, uri, line_fault = ("", "", "") if status else _read_request_line(lines[0])
    headers, header_fault = _read_headers(lines[1:])
    body, body_fault = _read_body(headers, rest)
    fault = line_fault or header_fault or body_fault
    if status:
        response = Response(int(status[1]), status[2] or "", headers, body)
        if fault:
            raise SipSyntaxError(fault)
        return response
    request = Request(method, uri, headers, body)
    if fault:
        raise SipSyntaxError(fault, salvaged=request)
    return request


def serialise(message: Request | Response) -> bytes:
    r"""Write a message; Content-Length is written last and right, whatever the headers say.

    A value that came in is written back as it came (UTF-8), so ``parse_message(serialise(m)) == m`` where ``m`` has
    that header last.
    """
    lines = [message.start_line]
    for name, value in message.headers:
        if name != "Content-Length":
            lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(message.body)}\r\n\r\n")
    return "\r\n".join(lines).encode("utf-8", "replace") + message.body


class StreamFramer:
    """Cuts messages out of one direction of a byte stream by Content-Length (RFC 3261 18.3).

    Keep-alives between messages are counted (RFC 5626 4.4.1). After an error the stream has lost its frame: close
    the connection.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._needed = 0
        self._fault: SipSyntaxError | None = None
        self.pings = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in, in pieces of any size; return the messages that are now whole.

        Messages before an error are returned first: then `broken` tells that the next call will raise.
        ``pings`` counts the double line ends that came between messages and want a `KEEP_ALIVE_PONG`.

        Raises:
            SipSyntaxError: a header section over ``MAX_HEADER_BYTES`` or without a usable Content-Length, or a message
                over ``MAX_MESSAGE_BYTES``.
        """
        if self._fault is not None:
            raise self._fault
        self._buffer += data
        messages: list[bytes] = []
        try:
            while (message := self._cut()) is not None:
                messages.append(message)
        except SipSyntaxError as fault:
            self._fault = fault
            self._buffer.clear()
            if not messages:
                raise
        return messages

    @property
    def broken(self) -> str:
        """Why the stream has lost its frame; empty while it has not."""
        return self._fault.reason if self._fault is not None else ""

    @property
    def waiting(self) -> bool:
        """Whether a message has begun that is not whole."""
        return bool(self._needed) or bool(self._buffer.strip(b"\r\n"))

    def _cut(self) -> bytes | None:
        if not self._needed and not self._find_end():
            return None
        if len(self._buffer) < self._needed:
            return None
        message = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._needed = self._searched = 0
        return message

    def _skip_line_ends(self) -> None:
        count = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        whole = count - count % 4 if count == len(self._buffer) else count
        self.pings += bytes(self._buffer[:whole]).count(KEEP_ALIVE_PING)
        del self._buffer[:whole]

    def _find_end(self) -> bool:
        if self._searched == 0:
            self._skip_line_ends()
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end <= 0:
            self._searched = len(self._buffer) if self._buffer.strip(b"\r\n") else 0
            if len(self._buffer) > MAX_HEADER_BYTES:
                raise SipSyntaxError(f"no end of headers within {MAX_HEADER_BYTES} bytes")
            return False
        lengths = set(_LENGTH.findall(self._buffer, 0, end + 2))
        if len(lengths) != 1:
            raise SipSyntaxError("no single Content-Length on a stream")
        self._needed = end + 4 + int(lengths.pop())
        if self._needed > MAX_MESSAGE_BYTES:
            raise SipSyntaxError(f"message of {self._needed} bytes, limit {MAX_MESSAGE_BYTES}")
        return True
