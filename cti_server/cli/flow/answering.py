"""What a caller of a test makes of what they hear: how a verb ends, and the words for what was heard."""

import dataclasses

from cti_server.settings.flows.cases import SILENCE, SpokenSettings
from cti_server.vocabulary import actions
from cti_server.vocabulary.actions import Action
from cti_server.vocabulary.ids import SecretId
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult


def answer_to(action: Action, given: str | SpokenSettings | None, verb: str) -> tuple[float, VerbOutcome]:
    """After how many seconds a verb ends, and how, where the caller does what is ``given``."""
    keys = given if isinstance(given, str) and given != SILENCE else ""
    spoken = given if isinstance(given, SpokenSettings) else SpokenSettings()
    match action:
        case actions.AskDigit():
            answer = _pressed(keys), action.timeout
        case actions.Collect():
            answer = _collected(action, keys, verb) if keys else None, action.first
        case actions.Recognise():
            answer = _recognised(action, keys, spoken.say), action.timeout
        case actions.RecordMessage():
            seconds = min(spoken.message or 0.0, action.maximum)
            return seconds, VerbOutcome(VerbResult.RECORDED, file=f"{action.name}.wav", seconds=seconds)
        case _:
            return 0.0, VerbOutcome(VerbResult.FINISHED)
    outcome, silence = answer
    return (silence, VerbOutcome(VerbResult.TIMEOUT)) if outcome is None else (0.0, outcome)


def _pressed(keys: str) -> VerbOutcome | None:
    return VerbOutcome(VerbResult.DIGITS, keys[:1], count=1) if keys else None


def _recognised(action: actions.Recognise, keys: str, words: str | None) -> VerbOutcome | None:
    if words is not None:
        return VerbOutcome(VerbResult.SPEECH, speech=words, confidence=1.0)
    if keys and keys[0] not in action.digits:
        return VerbOutcome(VerbResult.INVALID)
    return _pressed(keys)


def _collected(action: actions.Collect, keys: str, verb: str) -> VerbOutcome:
    end = next((at for at, key in enumerate(keys) if key in action.terminators), len(keys))
    digits = keys[:end][: action.maximum]
    result = VerbResult.DIGITS if len(digits) >= action.minimum else VerbResult.TIMEOUT
    if action.masked:
        return VerbOutcome(result, secret=SecretId(f"secret-{verb}"), count=len(digits))
    return VerbOutcome(result, digits, count=len(digits))


def heard(action: Action) -> list[str]:
    """What a caller hears of an action, in words: prompts by their names, other things as in ``number 3``."""
    match action:
        case actions.PlayMusic(music=music):
            return [str(music)]
        case actions.SendDigits():
            return []
        case _:
            return [_heard(each) for each in action.utterances]


def _heard(utterance: Utterance) -> str:
    if utterance.prompt is not None:
        return str(utterance.prompt)
    for each in dataclasses.fields(utterance):
        value = getattr(utterance, each.name)
        if value is not None:
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            return f"{each.name} {shown}"
    return "nothing"
