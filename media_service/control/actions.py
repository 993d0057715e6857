"""The verbs of the control door: everything that a CTI server can have done on a call."""

from typing import Final

import msgspec

MAX_DIGITS: Final = 64


class Utterance(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to be heard; exactly one of these is set (``currency`` goes with ``amount``).

    ``prompt`` a clip by name; ``number`` a cardinal, ``position`` an ordinal as in "you are third"; ``digits`` spoken
    one by one; ``date`` YYYY-MM-DD; ``time`` HH:MM; ``amount`` a decimal such as 12.50; ``wait`` seconds of waiting
    time, spoken in minutes; ``text`` for speech synthesis; ``tone`` one of the country's tones (busy, ringback, …);
    ``silence`` seconds.
    """

    prompt: str | None = None
    number: int | None = None
    position: int | None = None
    digits: str | None = None
    date: str | None = None
    time: str | None = None
    amount: str | None = None
    currency: str | None = None
    wait: float | None = None
    text: str | None = None
    tone: str | None = None
    silence: float | None = None


Utterances = tuple[Utterance, ...]


class Play(msgspec.Struct, frozen=True, omit_defaults=True, tag="play"):
    """Play to the end, or to the first digit where ``barge_in`` allows it. Ends finished, digits or stopped.

    ``language`` is that of the clips; empty: the service's own.
    """

    utterances: Utterances
    barge_in: bool = False
    language: str = ""


class AskDigit(msgspec.Struct, frozen=True, omit_defaults=True, tag="ask_digit"):
    """Play and wait for one digit, ``timeout`` seconds after the prompt at most. Ends digits, timeout or stopped.

    A digit pressed since the session's last verb began counts: callers type ahead.
    """

    utterances: Utterances
    timeout: float
    language: str = ""


class Menu(msgspec.Struct, frozen=True, omit_defaults=True, tag="menu"):
    """Play, wait for one of ``options``; another digit or none plays ``invalid`` or ``silent`` and asks again.

    Ends digits; ``timeout`` after ``tries`` rounds of which the last brought no digit, ``invalid`` where it brought a
    wrong one; or stopped.
    """

    utterances: Utterances
    options: str
    timeout: float
    tries: int = 3
    invalid: Utterances = ()
    silent: Utterances = ()
    language: str = ""


class Collect(msgspec.Struct, frozen=True, omit_defaults=True, tag="collect"):
    """Play and collect digits. Times in seconds, counted from the prompt's end or the last digit.

    Ends digits once ``maximum`` are in, a terminator came (it is not among the digits; it is the ``detail``) or the
    inter-digit time is over with ``minimum`` at least; ``timeout`` (with what was collected) where ``first`` passed
    without a digit, where too few came, or ``total`` is over; or stopped. ``masked``: no log or journal keeps them.
    """

    utterances: Utterances
    maximum: int
    minimum: int = 1
    terminators: str = "#"
    first: float = 5.0
    between: float = 3.0
    total: float = 60.0
    barge_in: bool = True
    masked: bool = False
    language: str = ""


class Recognise(msgspec.Struct, frozen=True, omit_defaults=True, tag="recognise"):
    """Play and listen for speech that ``grammar`` (JSGF text) allows; a digit among ``digits`` counts as well.

    Ends ``speech`` (``speech`` what was understood, ``confidence`` 0 to 1), digits, timeout (``timeout`` seconds after
    the prompt without speech), ``invalid`` (speech that the grammar does not know) or stopped.
    """

    utterances: Utterances
    grammar: str
    timeout: float = 6.0
    digits: str = ""
    language: str = ""


class Message(msgspec.Struct, frozen=True, omit_defaults=True, tag="message"):
    """Play, beep, and record what the caller says into ``name`` (voicemail).

    Ends ``recorded`` after ``maximum`` seconds, ``silence`` seconds without speech or a terminator; or stopped (the
    recording stays). The outcome has ``file`` and ``seconds``.
    """

    utterances: Utterances
    name: str
    maximum: float = 120.0
    silence: float = 4.0
    terminators: str = "#"
    language: str = ""


class HoldMusic(msgspec.Struct, frozen=True, tag="hold_music"):
    """Play a prompt in a loop until the next verb; goes on where it was left. Ends stopped."""

    prompt: str


class SendDigits(msgspec.Struct, frozen=True, tag="send_digits"):
    """Send DTMF to the far end. Ends finished or stopped."""

    digits: str


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Be silent. Ends finished after ``seconds``, or stopped: what plays, asks or waits is given up by it."""

    seconds: float = 0.0


class Record(msgspec.Struct, frozen=True, omit_defaults=True, tag="record"):
    """Record the whole call in the background into ``name`` from now on; other verbs go on. Ends finished at once.

    ``format`` is pcm, alaw or flac; ``stereo``: the far end left, ourselves right; else both mixed.
    """

    name: str
    format: str = "alaw"
    stereo: bool = True
    trim: bool = False


class PauseRecording(msgspec.Struct, frozen=True, tag="pause_recording"):
    """Leave out what is said from now on, or go on recording. Ends finished at once, in the background."""

    paused: bool


class StopRecording(msgspec.Struct, frozen=True, tag="stop_recording"):
    """Finish the recording. Ends ``recorded`` with ``file`` and ``seconds``, in the background."""


class Bridge(msgspec.Struct, frozen=True, tag="bridge"):
    """Connect the call with ``other``, a session of this service. Ends finished at once; it stays until unbridge."""

    other: str


class Unbridge(msgspec.Struct, frozen=True, tag="unbridge"):
    """Part the two calls; each is silent then. Ends finished."""


class Conference(msgspec.Struct, frozen=True, omit_defaults=True, tag="conference"):
    """Take part in ``room`` as ``role``: speaker, listener or whisperer (to the session ``whisper_to``). Ends finished.

    The same room again changes the role. Rooms are of one service, and there while someone is in them.
    """

    room: str
    role: str = "speaker"
    whisper_to: str | None = None


class LeaveConference(msgspec.Struct, frozen=True, tag="leave_conference"):
    """Leave the room; the call is silent then. Ends finished."""


class Transfer(msgspec.Struct, frozen=True, omit_defaults=True, tag="transfer"):
    """Send the far end to ``target``, a number or SIP URI (REFER, RFC 3515), or to the party of session ``replaces``.

    ``replaces`` makes it an attended transfer (RFC 3891): ``target`` is then ignored. Ends finished once the far end
    reports success (this call is then hung up), or failed with the status; the call goes on where it was.
    """

    target: str = ""
    replaces: str | None = None
    timeout: float = 30.0


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """Answer the call (SIP 200). Ends finished once the caller's ACK is in. Needed before any other verb."""


class Progress(msgspec.Struct, frozen=True, omit_defaults=True, tag="progress"):
    """Let a ringing caller hear ``utterances`` without an answer (SIP 183, early media). Ends finished or stopped."""

    utterances: Utterances
    language: str = ""


class Hangup(msgspec.Struct, frozen=True, omit_defaults=True, tag="hangup"):
    """End the call (SIP BYE, or ``status`` before the answer). Ends finished."""

    status: int = 480


Action = (
    Play
    | AskDigit
    | Menu
    | Collect
    | Recognise
    | Message
    | HoldMusic
    | SendDigits
    | Pause
    | Record
    | PauseRecording
    | StopRecording
    | Bridge
    | Unbridge
    | Conference
    | LeaveConference
    | Transfer
    | Answer
    | Progress
    | Hangup
)
