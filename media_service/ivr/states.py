"""The law of a session: in which state a call at a media port may be, and what leads from one to the next."""

from enum import StrEnum, auto
from typing import Final

from media_service.control.messages import Action, Answer, AskDigit, Hangup, HoldMusic, Play


class State(StrEnum):
    """State of a session."""

    RINGING = auto()
    """The INVITE is in, nothing is answered."""
    ANSWERING = auto()
    """200 is out, the ACK is awaited."""
    SILENT = auto()
    """Answered, nothing plays."""
    PLAYING = auto()
    ASKING = auto()
    """The prompt of a question plays."""
    WAITING = auto()
    """The prompt is over, the digit is awaited."""
    MUSIC = auto()
    FALLBACK = auto()
    """No CTI server cares for the call: the music that the settings name for that plays."""
    APOLOGY = auto()
    """None came: the announcement before the release plays."""
    OVER = auto()


class Trigger(StrEnum):
    """What can happen to a session; the first five are verbs."""

    ANSWER = auto()
    PLAY = auto()
    ASK = auto()
    MUSIC = auto()
    HANGUP = auto()
    CONFIRMED = auto()
    """The ACK came (RFC 3261 13.3.1.4)."""
    PLAYED = auto()
    """What played came to its end."""
    PLAY_FAILED = auto()
    BARGED_IN = auto()
    """A digit came that what plays, or is awaited, gives way to."""
    TIME_UP = auto()
    NEGLECTED = auto()
    """Nobody has cared for the call for too long."""
    GONE = auto()
    """The call ended at the far end or failed."""


TRIGGER_OF: Final[dict[type[Action], Trigger]] = {
    Answer: Trigger.ANSWER,
    Play: Trigger.PLAY,
    AskDigit: Trigger.ASK,
    HoldMusic: Trigger.MUSIC,
    Hangup: Trigger.HANGUP,
}

ANSWERED: Final = frozenset(set(State) - {State.RINGING, State.ANSWERING, State.OVER})

# Absent = impossible: a verb is then refused, anything else is passed over.
TRANSITIONS: Final[dict[tuple[State, Trigger], State]] = {
    (State.RINGING, Trigger.ANSWER): State.ANSWERING,
    (State.RINGING, Trigger.NEGLECTED): State.ANSWERING,
    (State.RINGING, Trigger.HANGUP): State.OVER,
    (State.RINGING, Trigger.GONE): State.OVER,
    (State.ANSWERING, Trigger.ANSWER): State.ANSWERING,
    (State.ANSWERING, Trigger.CONFIRMED): State.SILENT,
    (State.ANSWERING, Trigger.HANGUP): State.OVER,
    (State.ANSWERING, Trigger.GONE): State.OVER,
    # Every verb may follow every other.
    **{(state, Trigger.ANSWER): State.SILENT for state in ANSWERED},
    **{(state, Trigger.PLAY): State.PLAYING for state in ANSWERED},
    **{(state, Trigger.ASK): State.ASKING for state in ANSWERED},
    **{(state, Trigger.MUSIC): State.MUSIC for state in ANSWERED},
    **{(state, Trigger.HANGUP): State.OVER for state in ANSWERED},
    **{(state, Trigger.GONE): State.OVER for state in ANSWERED},
    # A CTI server that takes over a call from the fallback leaves the music on until its first real verb.
    (State.FALLBACK, Trigger.ANSWER): State.FALLBACK,
    (State.SILENT, Trigger.NEGLECTED): State.FALLBACK,
    (State.PLAYING, Trigger.PLAYED): State.SILENT,
    (State.PLAYING, Trigger.PLAY_FAILED): State.SILENT,
    (State.PLAYING, Trigger.BARGED_IN): State.SILENT,
    (State.ASKING, Trigger.PLAYED): State.WAITING,
    (State.ASKING, Trigger.PLAY_FAILED): State.SILENT,
    (State.ASKING, Trigger.BARGED_IN): State.SILENT,
    (State.WAITING, Trigger.BARGED_IN): State.SILENT,
    (State.WAITING, Trigger.TIME_UP): State.SILENT,
    (State.MUSIC, Trigger.PLAYED): State.SILENT,
    (State.MUSIC, Trigger.PLAY_FAILED): State.SILENT,
    (State.FALLBACK, Trigger.PLAYED): State.APOLOGY,
    (State.FALLBACK, Trigger.PLAY_FAILED): State.APOLOGY,
    (State.FALLBACK, Trigger.TIME_UP): State.APOLOGY,
    (State.APOLOGY, Trigger.PLAYED): State.OVER,
    (State.APOLOGY, Trigger.PLAY_FAILED): State.OVER,
}
