"""The law of a session: in which state a call at a media port may be, and what leads from one to the next."""

from enum import StrEnum, auto
from typing import Final

from media_service.control.messages import (
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
)


class State(StrEnum):
    """State of a session."""

    RINGING = auto()
    """The INVITE is in, nothing is answered."""
    EARLY = auto()
    """Nothing is answered, but the caller hears something (183)."""
    CALLING = auto()
    """Our own INVITE is out, its answer is awaited."""
    ANSWERING = auto()
    """200 is out, the ACK is awaited."""
    SILENT = auto()
    """Answered, nothing plays of itself; the call may be bridged or in a conference."""
    PLAYING = auto()
    ASKING = auto()
    """The prompt of a question plays."""
    WAITING = auto()
    """The prompt is over or was stopped; digits or speech are awaited."""
    RECORDING = auto()
    """The caller leaves a message."""
    SETTLING = auto()
    """What the caller said is being understood, or its file finished."""
    MUSIC = auto()
    SENDING = auto()
    """Digits go out."""
    PAUSING = auto()
    TRANSFERRING = auto()
    """The far end has been asked to call somebody else."""
    FALLBACK = auto()
    """No CTI server cares for the call: the music that the settings name for that plays."""
    APOLOGY = auto()
    """None came: the announcement before the release plays."""
    OVER = auto()


class Trigger(StrEnum):
    """What can happen to a session; the first ten are verbs."""

    ANSWER = auto()
    PROGRESS = auto()
    PLAY = auto()
    ASK = auto()
    MUSIC = auto()
    SEND = auto()
    PAUSE = auto()
    JOIN = auto()
    """The call is to be connected with others, or parted from them."""
    TRANSFER = auto()
    HANGUP = auto()
    BACKGROUND = auto()
    """A verb that leaves what is under way alone."""
    CONFIRMED = auto()
    """The ACK came (RFC 3261 13.3.1.4), or our own INVITE was answered."""
    PLAYED = auto()
    """What played came to its end."""
    PLAY_FAILED = auto()
    HUSHED = auto()
    """The prompt gives way to a digit or to speech, and more is awaited."""
    ASKED_AGAIN = auto()
    BEEPED = auto()
    """The caller may leave a message now."""
    HEARD = auto()
    """The caller has spoken."""
    SETTLED = auto()
    """The verb under way has its result."""
    JOINED = auto()
    """Another session's verb connected this call with its own."""
    TIME_UP = auto()
    NEGLECTED = auto()
    """Nobody has cared for the call for too long."""
    GONE = auto()
    """The call ended at the far end or failed."""


TRIGGER_OF: Final[dict[type[Action], Trigger]] = {
    Answer: Trigger.ANSWER,
    Progress: Trigger.PROGRESS,
    Play: Trigger.PLAY,
    AskDigit: Trigger.ASK,
    Menu: Trigger.ASK,
    Collect: Trigger.ASK,
    Recognise: Trigger.ASK,
    Message: Trigger.ASK,
    HoldMusic: Trigger.MUSIC,
    SendDigits: Trigger.SEND,
    Pause: Trigger.PAUSE,
    Bridge: Trigger.JOIN,
    Unbridge: Trigger.JOIN,
    Conference: Trigger.JOIN,
    LeaveConference: Trigger.JOIN,
    Transfer: Trigger.TRANSFER,
    Hangup: Trigger.HANGUP,
    Record: Trigger.BACKGROUND,
    PauseRecording: Trigger.BACKGROUND,
    StopRecording: Trigger.BACKGROUND,
}

UNANSWERED: Final = frozenset({State.RINGING, State.EARLY, State.CALLING, State.ANSWERING})
ANSWERED: Final = frozenset(set(State) - UNANSWERED - {State.OVER})
BUSY: Final = frozenset(ANSWERED - {State.SILENT, State.FALLBACK, State.APOLOGY})
"""States in which a verb is under way."""

# Absent = impossible: a verb is then refused, anything else is passed over.
TRANSITIONS: Final[dict[tuple[State, Trigger], State]] = {
    (State.RINGING, Trigger.ANSWER): State.ANSWERING,
    (State.RINGING, Trigger.PROGRESS): State.EARLY,
    (State.RINGING, Trigger.NEGLECTED): State.ANSWERING,
    (State.EARLY, Trigger.ANSWER): State.ANSWERING,
    (State.EARLY, Trigger.PROGRESS): State.EARLY,
    (State.EARLY, Trigger.PLAYED): State.RINGING,
    (State.EARLY, Trigger.PLAY_FAILED): State.RINGING,
    (State.CALLING, Trigger.CONFIRMED): State.SILENT,
    (State.CALLING, Trigger.TIME_UP): State.OVER,
    (State.ANSWERING, Trigger.ANSWER): State.ANSWERING,
    (State.ANSWERING, Trigger.CONFIRMED): State.SILENT,
    **{(state, Trigger.HANGUP): State.OVER for state in UNANSWERED},
    **{(state, Trigger.GONE): State.OVER for state in UNANSWERED},
    # Every verb may follow every other.
    **{(state, Trigger.ANSWER): State.SILENT for state in ANSWERED},
    **{(state, Trigger.PLAY): State.PLAYING for state in ANSWERED},
    **{(state, Trigger.ASK): State.ASKING for state in ANSWERED},
    **{(state, Trigger.MUSIC): State.MUSIC for state in ANSWERED},
    **{(state, Trigger.SEND): State.SENDING for state in ANSWERED},
    **{(state, Trigger.PAUSE): State.PAUSING for state in ANSWERED},
    **{(state, Trigger.JOIN): State.SILENT for state in ANSWERED},
    **{(state, Trigger.TRANSFER): State.TRANSFERRING for state in ANSWERED},
    **{(state, Trigger.BACKGROUND): state for state in ANSWERED},
    **{(state, Trigger.JOINED): State.SILENT for state in ANSWERED},
    **{(state, Trigger.HANGUP): State.OVER for state in ANSWERED},
    **{(state, Trigger.GONE): State.OVER for state in ANSWERED},
    **{(state, Trigger.SETTLED): State.SILENT for state in BUSY},
    # A CTI server that takes over a call from the fallback leaves the music on until its first real verb.
    (State.FALLBACK, Trigger.ANSWER): State.FALLBACK,
    (State.SILENT, Trigger.NEGLECTED): State.FALLBACK,
    (State.PLAYING, Trigger.PLAYED): State.SILENT,
    (State.PLAYING, Trigger.PLAY_FAILED): State.SILENT,
    (State.ASKING, Trigger.PLAYED): State.WAITING,
    (State.ASKING, Trigger.PLAY_FAILED): State.SILENT,
    (State.ASKING, Trigger.HUSHED): State.WAITING,
    (State.ASKING, Trigger.ASKED_AGAIN): State.ASKING,
    (State.WAITING, Trigger.ASKED_AGAIN): State.ASKING,
    (State.WAITING, Trigger.BEEPED): State.RECORDING,
    (State.WAITING, Trigger.HEARD): State.SETTLING,
    (State.RECORDING, Trigger.HEARD): State.SETTLING,
    (State.MUSIC, Trigger.PLAYED): State.SILENT,
    (State.MUSIC, Trigger.PLAY_FAILED): State.SILENT,
    (State.FALLBACK, Trigger.PLAYED): State.APOLOGY,
    (State.FALLBACK, Trigger.PLAY_FAILED): State.APOLOGY,
    (State.FALLBACK, Trigger.TIME_UP): State.APOLOGY,
    (State.APOLOGY, Trigger.PLAYED): State.OVER,
    (State.APOLOGY, Trigger.PLAY_FAILED): State.OVER,
}
