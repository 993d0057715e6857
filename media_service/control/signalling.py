"""What is kept of the SIP messages of each call, for whoever asks at the door: few, short, and without secrets."""

import re
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from media_service.control.messages import Signal

MOST_CALLS: Final = 1000
"""Calls of which messages are kept, those that are over among them."""
MOST_SIGNALS: Final = 60
"""Messages of one call, the newest."""
LONGEST_SIGNAL: Final = 3000
"""Characters of one message."""
HIDDEN: Final = "****"
_LINES: Final = re.IGNORECASE | re.MULTILINE
_CALL_ID: Final = re.compile(rb"^(?:call-id|i)[ \t]*:[ \t]*([^\r\n]{1,256})", _LINES)
_METHOD: Final = re.compile(rb"^cseq[ \t]*:[ \t]*\d+[ \t]+([A-Z]+)", _LINES)
_NOT_OF_CALLS: Final = frozenset({b"REGISTER", b"OPTIONS", b"SUBSCRIBE", b"PUBLISH"})
_SECRETS: Final = (
    # Digest log-ins (RFC 8760), keys of media (RFC 4568 9.1, RFC 4566 5.12, RFC 8839 5.4), digits (RFC 6086 INFO).
    # A header goes on in the lines after it that begin with a blank (RFC 3261 7.3.1).
    re.compile(
        r"^((?:proxy-)?authorization|(?:www|proxy)-authenticate|authentication-info)([ \t]*:).*(?:\n[ \t].*)*$", _LINES
    ),
    re.compile(r"^(a=(?:crypto|ice-pwd|key-mgmt)|k=)(:?).*$", _LINES),
    re.compile(r"^(signal|digit|d)([ \t]*=).*$", _LINES),
)
_PASSWORD: Final = re.compile(r"\b(sips?:[^\s@:;<>]+):[^\s@<>]+@", re.IGNORECASE)
"""A password in an address, which nobody should send (RFC 3261 19.1.1)."""
_DIGITS_TYPE: Final = re.compile(r"^(?:content-type|c)[ \t]*:\s*application/(?:dtmf|vnd\.\S*dtmf)", _LINES)


class Signalling:
    """Keeps messages by their Call-ID and finds them by session.

    Args:
        clock: Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: OrderedDict[str, deque[Signal]] = OrderedDict()
        self._sessions: OrderedDict[str, str] = OrderedDict()

    def take(self, data: bytes, peer: str, *, sent: bool) -> None:
        """Keep a message that came or goes; what belongs to no call is passed over."""
        call = _CALL_ID.search(data)
        method = _METHOD.search(data)
        if call is None or (method is not None and method[1].upper() in _NOT_OF_CALLS):
            return
        name = call[1].decode("utf-8", "replace").strip()
        kept = self._calls.get(name)
        if kept is None:
            kept = self._calls[name] = deque(maxlen=MOST_SIGNALS)
            if len(self._calls) > MOST_CALLS:
                self._calls.popitem(last=False)
        kept.append(Signal(at=self._clock(), sent=sent, peer=peer, text=masked(data)))

    def name(self, session: str, call: str | None) -> None:
        """Know under which session a call is asked for."""
        if call:
            self._sessions[session] = call
            if len(self._sessions) > MOST_CALLS:
                self._sessions.popitem(last=False)

    def of(self, session: str) -> tuple[Signal, ...]:
        """The messages of a session, the oldest first; none where nothing is kept of it."""
        return tuple(self._calls.get(self._sessions.get(session, ""), ()))


def masked(data: bytes) -> str:
    """A message as it may be kept: log-ins, keys and digits hidden, what steers a terminal made visible."""
    text = data[:LONGEST_SIGNAL].decode("utf-8", "replace").replace("\r\n", "\n")
    head, empty, body = text.partition("\n\n")
    if body and _DIGITS_TYPE.search(head):
        body = HIDDEN
    text = head + empty + body
    text = _PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    for secret in _SECRETS:
        text = secret.sub(rf"\1\2 {HIDDEN}", text)
    return "".join(mark if mark.isprintable() or mark == "\n" else "?" for mark in text)
