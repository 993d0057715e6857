"""What a session wants done; the shell around it does it, in order."""

from dataclasses import dataclass

from media_service.control.messages import SessionEnded, Utterance, VerbEnded


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """Send 200 with SDP."""


@dataclass(frozen=True, slots=True)
class StartPlay:
    """Play; its end is told with ``token``. What played before gives way."""

    token: str
    utterances: tuple[Utterance, ...]
    loop: bool = False


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Be silent at once."""


@dataclass(frozen=True, slots=True)
class EndCall:
    """BYE, or 480 before the answer."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the clients."""

    message: VerbEnded | SessionEnded


Wish = AnswerCall | StartPlay | StopPlay | EndCall | Tell
