"""Actions: what a step asks a media service to do on a contact's session, one verb at a time (see docs/verbs.md)."""

from dataclasses import dataclass

from cti_server.vocabulary.ids import PromptName
from cti_server.vocabulary.values import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play to the end, or to the first digit where ``barge_in`` allows it."""

    utterances: tuple[Utterance, ...]
    barge_in: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigit:
    """Play and wait for one digit, ``timeout`` seconds after the prompt at most; ``barge_in``: it stops the prompt."""

    utterances: tuple[Utterance, ...]
    timeout: float
    barge_in: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Play and collect digits; times in seconds. ``masked``: the digits come as a secret."""

    utterances: tuple[Utterance, ...]
    maximum: int
    minimum: int = 1
    terminators: str = "#"
    first: float = 5.0
    between: float = 3.0
    total: float = 60.0
    barge_in: bool = True
    masked: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMessage:
    """Play, beep, and record what the caller says into ``name``, for ``maximum`` seconds at most."""

    utterances: tuple[Utterance, ...]
    name: str
    maximum: float = 120.0
    silence: float = 4.0
    terminators: str = "#"
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognise:
    """Play and listen for speech that ``grammar`` (JSGF) allows; a digit among ``digits`` counts as well."""

    utterances: tuple[Utterance, ...]
    grammar: str
    timeout: float = 6.0
    digits: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMusic:
    """Play hold music in a loop until the next verb."""

    music: PromptName


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigits:
    """Send DTMF to the far end."""

    digits: str


Action = Play | AskDigit | Collect | RecordMessage | Recognise | PlayMusic | SendDigits
