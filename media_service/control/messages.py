"""The control door's messages: what a CTI server asks of a media service and what it hears back.

One frame is a 4-byte big-endian length and that many bytes of UTF-8 JSON, an object whose ``type`` names the message.
The client speaks first (`Hello`); the service answers `Welcome`, which lists its ports and sessions, so that a
restarted client finds its calls. Each `Verb` and `Place` has an identity and is carried out at most once, however often
it is sent. Several clients may be connected; each hears everything.
"""

from typing import Final

import msgspec

from media_service.control.actions import (
    Action,
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Conference,
    Hangup,
    HoldMusic,
    LeaveConference,
    Menu,
    Message,
    Pause,
    PauseRecording,
    Play,
    Progress,
    Recognise,
    Record,
    SendDigits,
    StopRecording,
    Transfer,
    Unbridge,
    Utterance,
    Utterances,
)

__all__ = [
    "MAX_FRAME_BYTES",
    "PROTOCOL_VERSION",
    "Action",
    "Answer",
    "AskDigit",
    "Bridge",
    "Collect",
    "Conference",
    "DigitHeard",
    "Drain",
    "FromClient",
    "FromService",
    "Hangup",
    "Hello",
    "HoldMusic",
    "LeaveConference",
    "Menu",
    "Message",
    "Pause",
    "PauseRecording",
    "Ping",
    "Place",
    "Play",
    "Pong",
    "Port",
    "PortChanged",
    "Progress",
    "Quality",
    "Recognise",
    "Record",
    "Refused",
    "SendDigits",
    "ServiceChanged",
    "Session",
    "SessionArrived",
    "SessionChanged",
    "SessionEnded",
    "SessionSignals",
    "Signal",
    "StopRecording",
    "TellSignals",
    "Transfer",
    "Unbridge",
    "Utterance",
    "Utterances",
    "Verb",
    "VerbEnded",
    "VerbResult",
    "Welcome",
]

PROTOCOL_VERSION: Final = 2
MAX_FRAME_BYTES: Final = 1 << 20


class VerbResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a verb ended.

    ``result`` is finished, digits, timeout, invalid, speech, recorded, stopped, or failed (``detail`` is the reason).
    ``speech`` is what was understood and ``confidence`` how surely (0 to 1); ``file`` and ``seconds`` are those of a
    recording; ``status`` is the SIP status where one decided.
    """

    result: str
    digits: str = ""
    detail: str = ""
    speech: str = ""
    confidence: float = 0.0
    file: str = ""
    seconds: float = 0.0
    status: int = 0


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call at a media port; ``state`` is ``ringing``, ``calling`` (we placed it) or ``answered``; times Unix seconds.

    ``caller`` and ``called`` are the SIP user parts; ``verb`` is the last verb, ``outcome`` its result once ended.
    ``partner`` is the session that it is bridged with, ``room`` the conference that it takes part in, ``recording``
    the file that is being written. What the INVITE said besides: ``dialled`` the number of its request URI, ``display``
    the caller's name, ``asserted`` whom the network says that the caller is (RFC 3325), ``diverted_by`` who diverted
    the call, the last one first (RFC 5806), ``history`` the targets that it had (RFC 7044), ``user_to_user`` the user
    data in hexadecimal (RFC 7433), ``traceparent`` the span of the caller's own trace (W3C Trace Context, version 00);
    empty where the INVITE has none that is well formed, and of calls that we placed.
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
    partner: str | None = None
    room: str | None = None
    recording: str | None = None
    dialled: str = ""
    display: str = ""
    asserted: tuple[str, ...] = ()
    diverted_by: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    user_to_user: tuple[str, ...] = ()
    traceparent: str = ""


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
    """Do ``action`` in ``session``; a verb that is under way there ends ``stopped``. A known ``id`` is not repeated.

    The verbs of the background (record, pause_recording, stop_recording) leave what is under way alone.
    """

    id: str
    session: str
    action: Action


class Place(msgspec.Struct, frozen=True, omit_defaults=True, tag="place"):
    """Call ``target`` (a number at the PBX, or a SIP URI) from a media port; the call gets the name ``session``.

    ``traceparent`` goes into the INVITE (W3C Trace Context), so that who is called can find what the call belongs to.
    ``port`` empty: any free one. ``caller`` and ``display`` are what the far end is shown; the port's number where
    empty. ``beside`` is a session that this one is to be bridged or to confer with. The call is told by
    `SessionArrived` (``calling``), then `SessionChanged` (``answered``) or `SessionEnded` with the SIP status; and by
    `VerbEnded` for ``id``: finished once answered, failed with the status, timeout after ``timeout`` seconds, stopped.
    """

    id: str
    session: str
    target: str
    port: str = ""
    caller: str = ""
    display: str = ""
    beside: str | None = None
    timeout: float = 120.0
    traceparent: str = ""


class TellSignals(msgspec.Struct, frozen=True, tag="tell_signals"):
    """Tell the SIP messages that are kept of ``session``; only to a service whose `Welcome` says ``signals``."""

    session: str


class Drain(msgspec.Struct, frozen=True, tag="drain"):
    """Take no new calls (they are refused with 503), or take them again; calls that are there go on."""

    on: bool


class Welcome(msgspec.Struct, frozen=True, omit_defaults=True, tag="welcome"):
    """Answer to `Hello`; ``free`` and ``draining`` as in `ServiceChanged`.

    ``engine`` says in a line for people what moves the packets; ``encodings`` and ``srtp`` are the codecs and the
    profiles of SRTP (RFC 4568) that it can do on that machine. ``signals``: it answers `TellSignals`.
    """

    version: int
    service: str
    ports: tuple[Port, ...]
    sessions: tuple[Session, ...]
    free: int = 0
    draining: bool = False
    engine: str = ""
    encodings: tuple[str, ...] = ()
    srtp: tuple[str, ...] = ()
    signals: bool = False


class Signal(msgspec.Struct, frozen=True):
    """A SIP message that was ``sent`` or came at ``at`` (Unix seconds); log-ins, keys and digits in it are hidden."""

    at: float
    sent: bool
    peer: str
    text: str


class SessionSignals(msgspec.Struct, frozen=True, tag="session_signals"):
    """Answer to `TellSignals`, to its sender alone: the newest messages of the session's call, the oldest first.

    None where nothing is kept of it: it is long over, or was another service's.
    """

    session: str
    signals: tuple[Signal, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The service does not take the client's last frame; after a bad `Hello` or frame the connection is closed."""

    code: str
    text: str


class PortChanged(msgspec.Struct, frozen=True, tag="port_changed"):
    """A port was registered, lost its registration, was taken or became free."""

    port: Port


class ServiceChanged(msgspec.Struct, frozen=True, tag="service_changed"):
    """How many ports are registered and ``free``, and whether the service is ``draining``: for weighing services."""

    free: int
    draining: bool


class SessionArrived(msgspec.Struct, frozen=True, tag="session_arrived"):
    """A call rings at a port, or is being placed from it."""

    session: Session


class SessionChanged(msgspec.Struct, frozen=True, tag="session_changed"):
    """A call that was placed is answered; or a bridge, conference or recording began or ended."""

    session: Session


class SessionEnded(msgspec.Struct, frozen=True, omit_defaults=True, tag="session_ended"):
    """The call at a port is over.

    ``reason`` is ``remote`` (BYE or CANCEL came), ``local`` (`Hangup`), ``refused`` (a call that we placed; ``status``
    says how) or ``failed``.
    """

    session: str
    port: str
    reason: str
    detail: str = ""
    status: int = 0


class VerbEnded(msgspec.Struct, frozen=True, tag="verb_ended"):
    """A verb came to its end."""

    id: str
    session: str
    outcome: VerbResult


class DigitHeard(msgspec.Struct, frozen=True, tag="digit_heard"):
    """The far end pressed a key, whatever runs; ``at`` is Unix seconds. Not told while a masked verb collects."""

    session: str
    digit: str
    at: float


class Quality(msgspec.Struct, frozen=True, omit_defaults=True, tag="quality"):
    """Figures of a call that is over: packets, and times in seconds.

    ``jitter``, ``lost``, ``late`` and ``mos`` (1 to 4.5) are of what came; ``remote_loss`` (0 to 1), ``remote_jitter``
    and ``round_trip`` are what the far end reported, ``None`` where it did not.
    """

    session: str
    port: str
    seconds: float
    sent: int
    received: int
    lost: int
    late: int
    jitter: float
    mos: float | None = None
    round_trip: float | None = None
    remote_loss: float | None = None
    remote_jitter: float | None = None


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Either side, every few seconds: is the other end alive?"""


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """Answer to `Ping`."""


FromClient = Hello | Verb | Place | Drain | TellSignals | Ping | Pong
FromService = (
    Welcome
    | Refused
    | PortChanged
    | ServiceChanged
    | SessionArrived
    | SessionChanged
    | SessionEnded
    | SessionSignals
    | VerbEnded
    | DigitHeard
    | Quality
    | Ping
    | Pong
)
