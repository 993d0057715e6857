"""The bodies of a uaCSTA dialog: what carries them, what they are labelled, and the settings of an association."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from csta.codec import xml
from csta.codec.xml import Decoded
from csta.dialects.numbers import plain_number
from csta.errors import FrameTooLargeError, SessionError
from csta.messages import Message

CONTENT_TYPE: Final = "application/csta+xml"
CONTENT_DISPOSITION: Final = "signal;handling=required"
"""A phone that cannot read the body must refuse the request (RFC 3261 20.11) instead of doing half of it."""

ED3: Final = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
"""The edition of ECMA-323 that TR/87 was written with."""

_EDITION: Final = re.compile(rb"""=\s*["'](http://www\.ecma-international\.org/standards/ecma-323/csta/ed[1-9])["']""")
_HEAD: Final = 1024


class Carrier(Enum):
    """What carries a body through SIP."""

    INVITE = auto()
    """The INVITE that opens the association."""
    INVITE_ANSWER = auto()
    """The final response to the far end's INVITE or re-INVITE."""
    INFO = auto()
    """An INFO within the dialog; its final response is told to `UaSession.receive_answer`."""
    INFO_ANSWER = auto()
    """The final response to an INFO of the far end."""


@dataclass(frozen=True, slots=True)
class Body:
    """One SIP message to be sent.

    ``key`` names the INFO: one of ours by a number, one of the far end's by the key that it came with. ``status`` is
    that of a final response; ``content`` may be empty, and then there is no Content-Type either.
    """

    carrier: Carrier
    key: int | str = 0
    content: bytes = b""
    status: int = 200


class Responding(Enum):
    """Where our responses to the far end's requests travel; received ones are taken from either place."""

    IN_ANSWER = auto()
    """In the 200 to the INFO that asked, as TR/87 and its users have it."""
    IN_INFO = auto()
    """In an INFO of our own, after an empty 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UaSettings:
    """Timers in seconds and limits; all positive, else `SessionError`."""

    namespace: str = ED3
    """The edition that we speak until the far end has spoken; from then on its own."""
    responding: Responding = Responding.IN_ANSWER
    answer_within: float = 2.0
    """An INFO whose request is not answered by then gets an empty 200, and the response an INFO of its own."""
    open_timeout: float = 10.0
    request_timeout: float = 10.0
    heartbeat: float = 60.0
    """So long after anything was heard the application asks for the phone's status."""
    heartbeat_misses: int = 3
    max_body_bytes: int = 60_000
    """A SIP message over UDP has 65535 bytes with all its headers."""
    max_depth: int = 32
    max_waiting: int = 200
    """Messages of one kind (requests, responses, others) that wait for the INFO before them."""
    max_unanswered: int = 16
    """Requests of the far end that we have not answered yet; further ones are refused."""
    max_faults: int = 200

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, int | float) and not value > 0:
                raise SessionError(f"{name} must be positive")


class BodyCodec:
    """Messages to bodies and back, in the edition that the far end speaks."""

    def __init__(self, settings: UaSettings) -> None:
        self._settings = settings
        self._namespace = settings.namespace

    def encode(self, message: Message) -> bytes:
        """Return a message as a body.

        Raises:
            EncodeError: It must not be sent as it is.
            FrameTooLargeError: It is longer than the settings allow.
        """
        content = xml.encode(message, self._namespace)
        if len(content) > self._settings.max_body_bytes:
            raise FrameTooLargeError(f"{type(message).__name__} has {len(content)} bytes, too many for a SIP message")
        return content

    def decode(self, content: bytes) -> Decoded:
        """Return the message of a body, and speak its edition from now on; raises `MessageError`."""
        decoded = xml.decode(content, plain_number, self._settings.max_depth)
        edition = _EDITION.search(content, 0, _HEAD)
        if edition is not None:
            self._namespace = edition[1].decode("ascii")
        return decoded
