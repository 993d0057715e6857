"""What makes a verb impossible whatever the call's state: times, counts and names that cannot be meant."""

import math
import re
from collections.abc import Iterator
from typing import Final

from media_service.control.actions import MAX_DIGITS
from media_service.control.messages import (
    Action,
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Conference,
    Hangup,
    HoldMusic,
    Menu,
    Message,
    Pause,
    Play,
    Progress,
    Recognise,
    Record,
    SendDigits,
    Transfer,
    Utterance,
    Utterances,
)

MAX_TIMEOUT: Final = 3600.0
MAX_UTTERANCES: Final = 200
MAX_TRIES: Final = 20
MAX_GRAMMAR: Final = 20_000
MAX_TEXT: Final = 4000
DIGITS: Final = frozenset("0123456789*#ABCD")
FORMATS: Final = ("pcm", "alaw", "flac")
ROLES: Final = ("speaker", "listener", "whisperer")
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.@-]{0,63}(/[A-Za-z0-9_-][A-Za-z0-9_.@-]{0,63}){0,7}", re.ASCII)
_KINDS: Final = (
    "prompt",
    "number",
    "position",
    "digits",
    "date",
    "time",
    "amount",
    "wait",
    "text",
    "tone",
    "silence",
)


def objection(action: Action) -> str:
    """Say why a verb cannot be carried out; empty where it can."""
    return next(_objections(action), "")


def _objections(action: Action) -> Iterator[str]:
    match action:
        case Play(utterances=said) | Progress(utterances=said):
            yield from _utterances(said)
        case Answer():
            pass
        case AskDigit() | Menu() | Collect() | Recognise() | Message():
            yield from _question(action)
        case HoldMusic(prompt=prompt):
            yield from _utterances((Utterance(prompt=prompt),))
        case SendDigits(digits=digits):
            yield from _digits("digits", digits, least=1)
        case Pause(seconds=seconds):
            yield from _time("seconds", seconds)
        case Record():
            yield from _record(action)
        case _:
            yield from _connection(action)


def _record(action: Record) -> Iterator[str]:
    yield from _file(action.name)
    if action.format not in FORMATS:
        yield f"a format is one of {', '.join(FORMATS)}, not {action.format[:20]!r}"


def _connection(action: Action) -> Iterator[str]:
    match action:
        case Bridge(other="") | Transfer(target="", replaces=None):
            yield "nobody is named to be connected with"
        case Conference():
            yield from _conference(action)
        case Transfer(timeout=timeout):
            yield from _time("timeout", timeout)
        case Hangup(status=status) if not 400 <= status <= 699:
            yield f"status {status} is no refusal (400 to 699)"
        case _:
            pass  # nothing can be wrong with the others


def _question(action: AskDigit | Menu | Collect | Recognise | Message) -> Iterator[str]:
    yield from _utterances(action.utterances)
    match action:
        case AskDigit(timeout=timeout):
            yield from _time("timeout", timeout)
        case Menu():
            yield from _time("timeout", action.timeout)
            yield from _utterances(action.invalid + action.silent)
            yield from _digits("options", action.options, least=1)
            if not 1 <= action.tries <= MAX_TRIES:
                yield f"{action.tries} tries are not between 1 and {MAX_TRIES}"
        case Collect():
            yield from _collect(action)
        case Recognise():
            yield from _time("timeout", action.timeout)
            yield from _digits("digits", action.digits)
            if not action.grammar.strip() or len(action.grammar) > MAX_GRAMMAR:
                yield f"a grammar has 1 to {MAX_GRAMMAR} characters"
        case Message():
            yield from _file(action.name)
            yield from _time("maximum", action.maximum, least=0.1)
            yield from _time("silence", action.silence, least=0.1)
            yield from _digits("terminators", action.terminators)


def _collect(action: Collect) -> Iterator[str]:
    for name in ("first", "between", "total"):
        yield from _time(name, getattr(action, name))
    yield from _digits("terminators", action.terminators)
    if not 1 <= action.maximum <= MAX_DIGITS:
        yield f"a maximum of {action.maximum} digits is not between 1 and {MAX_DIGITS}"
    if not 0 <= action.minimum <= action.maximum:
        yield f"a minimum of {action.minimum} digits is not between 0 and the maximum"


def _conference(action: Conference) -> Iterator[str]:
    if not action.room or len(action.room) > 64:
        yield "a room's name has 1 to 64 characters"
    if action.role not in ROLES:
        yield f"a role is one of {', '.join(ROLES)}, not {action.role[:20]!r}"
    if (action.role == "whisperer") != (action.whisper_to is not None):
        yield "a whisperer, and nobody else, needs whisper_to"


def _utterances(utterances: Utterances) -> Iterator[str]:
    if len(utterances) > MAX_UTTERANCES:
        yield f"{len(utterances)} utterances are more than {MAX_UTTERANCES}"
    for utterance in utterances:
        if utterance.prompt is not None and utterance == Utterance(prompt=utterance.prompt):
            continue  # nearly always
        kinds = [kind for kind in _KINDS if getattr(utterance, kind) is not None]
        if len(kinds) != 1:
            yield f"an utterance is exactly one thing, not {' and '.join(kinds) or 'nothing'}"
        if utterance.text is not None and len(utterance.text) > MAX_TEXT:
            yield f"a text of {len(utterance.text)} characters is longer than {MAX_TEXT}"
        for seconds in (utterance.silence, utterance.wait):
            if seconds is not None:
                yield from _time("utterance", seconds)


def _time(name: str, seconds: float, least: float = 0.0) -> Iterator[str]:
    if not (math.isfinite(seconds) and least <= seconds <= MAX_TIMEOUT):
        yield f"a {name} of {seconds} s is not between {least:g} and {MAX_TIMEOUT:g}"


def _digits(name: str, digits: str, least: int = 0) -> Iterator[str]:
    if not least <= len(digits) <= MAX_DIGITS or not set(digits) <= DIGITS:
        yield f"{name} are {least} to {MAX_DIGITS} of 0-9, *, #, A-D"


def _file(name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{name[:80]!r} is no name of a recording (letters, digits, _ . @ -, folders divided by /)"
