"""The control door's messages: what a CTI server asks of a media service and what it hears back.

One frame is a 4-byte big-endian length and that many bytes of UTF-8 JSON, an object whose ``type`` names the message.
The client speaks first (`Hello`); the service answers `Welcome`, which lists its ports and sessions, so that a
restarted client finds its calls. Each `Verb` has an identity and is carried out at most once, however often it is sent.
"""

from typing import Final

import msgspec

PROTOCOL_VERSION: Final = 1
MAX_FRAME_BYTES: Final = 1 << 20


class Utterance(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to be heard: a prompt by name, or a number spoken from clips; exactly one is set."""

    prompt: str | None = None
    number: int | None = None


class Play(msgspec.Struct, frozen=True, tag="play"):
    """Play to the end, or to the first digit where ``barge_in`` allows it. Ends finished, digits or stopped."""

    utterances: tuple[Utterance, ...]
    barge_in: bool = False


class AskDigit(msgspec.Struct, frozen=True, tag="ask_digit"):
    """Play and wait for one digit, ``timeout`` seconds after the prompt at most. Ends digits, timeout or stopped.

    A digit pressed since the session's last verb began counts: callers type ahead.
    """

    utterances: tuple[Utterance, ...]
    timeout: float


class HoldMusic(msgspec.Struct, frozen=True, tag="hold_music"):
    """Play a prompt in a loop until the next verb. Ends stopped."""

    prompt: str


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """Answer the call (SIP 200). Ends finished once the caller's ACK is in. Needed before any other verb."""


class Hangup(msgspec.Struct, frozen=True, tag="hangup"):
    """End the call (SIP BYE, or 480 before the answer). Ends finished."""


Action = Play | AskDigit | HoldMusic | Answer | Hangup


class VerbResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a verb ended: ``finished``, ``digits``, ``timeout``, ``stopped`` or ``failed`` (with the reason)."""

    result: str
    digits: str = ""
    detail: str = ""


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call at a media port; ``state`` is ``ringing`` or ``answered``, times are Unix seconds.

    ``caller`` and ``called`` are the SIP user parts; ``verb`` is the last verb, ``outcome`` its result once ended.
    """

    id: str
    port: str
    state: str
    caller: str
    called: str
    sip_call_id: str
    arrived_at: float
    verb: str | None = None
    outcome: VerbResult | None = None


class Port(msgspec.Struct, frozen=True, omit_defaults=True):
    """A media port: the extension that it is registered as, and the session that it serves, if any."""

    number: str
    registered: bool
    session: str | None = None


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """First frame of a client."""

    version: int
    client: str


class Verb(msgspec.Struct, frozen=True, tag="verb"):
    """Do ``action`` in ``session``; a verb that is under way there ends ``stopped``. A known ``id`` is not repeated."""

    id: str
    session: str
    action: Action


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """Answer to `Hello`."""

    version: int
    service: str
    ports: tuple[Port, ...]
    sessions: tuple[Session, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The service does not take the client's last frame; after a bad `Hello` or frame the connection is closed."""

    code: str
    text: str


class PortChanged(msgspec.Struct, frozen=True, tag="port_changed"):
    """A port was registered, lost its registration, was taken or became free."""

    port: Port


class SessionArrived(msgspec.Struct, frozen=True, tag="session_arrived"):
    """A call rings at a port."""

    session: Session


class SessionEnded(msgspec.Struct, frozen=True, tag="session_ended"):
    """The call at a port is over: ``reason`` is ``remote`` (BYE or CANCEL came), ``local`` (`Hangup`) or ``failed``."""

    session: str
    port: str
    reason: str
    detail: str = ""


class VerbEnded(msgspec.Struct, frozen=True, tag="verb_ended"):
    """A verb came to its end."""

    id: str
    session: str
    outcome: VerbResult


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Either side, every few seconds: is the other end alive?"""


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """Answer to `Ping`."""


FromClient = Hello | Verb | Ping | Pong
FromService = Welcome | Refused | PortChanged | SessionArrived | SessionEnded | VerbEnded | Ping | Pong
