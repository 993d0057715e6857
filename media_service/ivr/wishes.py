"""What a session wants done; the shell around it does it, in order."""

from dataclasses import dataclass

from media_service.control.messages import (
    Bridge,
    Conference,
    DigitHeard,
    LeaveConference,
    PauseRecording,
    Record,
    SessionChanged,
    SessionEnded,
    StopRecording,
    Unbridge,
    Utterance,
    VerbEnded,
)


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """Send 200 with SDP."""


@dataclass(frozen=True, slots=True)
class OpenEarly:
    """Send 183 with SDP, so that the caller hears us before the answer; once is enough."""


@dataclass(frozen=True, slots=True)
class StartPlay:
    """Play; its end is told with ``token``. What played before gives way.

    ``start`` is where in the whole to begin, seconds; ``beep`` adds the tone after which a message is recorded.
    """

    token: str
    utterances: tuple[Utterance, ...]
    loop: bool = False
    language: str = ""
    start: float = 0.0
    beep: bool = False


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Be silent at once."""


@dataclass(frozen=True, slots=True)
class SendOut:
    """Send digits; their end is told with ``token``."""

    token: str
    digits: str


@dataclass(frozen=True, slots=True)
class StartListening:
    """Tell when speech begins and ends, and write what is said: into ``name``, or to be understood where empty."""

    token: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class StopListening:
    """Listen no more; nothing of it is to be told. What was recorded into a name stays."""


@dataclass(frozen=True, slots=True)
class Understand:
    """Tell what was said since `StartListening`, of what ``grammar`` allows."""

    token: str
    grammar: str
    language: str


@dataclass(frozen=True, slots=True)
class FinishMessage:
    """Tell the file that was written since `StartListening`."""

    token: str


@dataclass(frozen=True, slots=True)
class Refer:
    """Ask the far end to call ``target``, or to take the place of session ``replaces``'s call."""

    target: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """Do ``action``, which is done at once; how it went is told with the ``verb``'s identity."""

    verb: str
    action: Record | PauseRecording | StopRecording | Bridge | Unbridge | Conference | LeaveConference


@dataclass(frozen=True, slots=True)
class Part:
    """Take the call out of its bridge or conference."""


@dataclass(frozen=True, slots=True)
class EndCall:
    """BYE, CANCEL, or ``status`` before the answer."""

    status: int = 480


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the clients."""

    message: VerbEnded | SessionEnded | SessionChanged | DigitHeard


Wish = (
    AnswerCall
    | OpenEarly
    | StartPlay
    | StopPlay
    | SendOut
    | StartListening
    | StopListening
    | Understand
    | FinishMessage
    | Refer
    | Order
    | Part
    | EndCall
    | Tell
)
