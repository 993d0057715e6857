"""Actions as verbs of the control door, and the ends of verbs as outcomes: the same things in two vocabularies."""

from collections.abc import Iterable

from cti_server.vocabulary import actions
from cti_server.vocabulary.ids import SecretId
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult
from media_service.control import messages

ANSWER_SUFFIX = "answer"
HANGUP_SUFFIX = "hangup"


def answer_verb(session: str) -> str:
    """Identity of the verb that answers a session: there is one for each."""
    return f"{session}-{ANSWER_SUFFIX}"


def hangup_verb(session: str) -> str:
    """Identity of the verb that ends a session."""
    return f"{session}-{HANGUP_SUFFIX}"


def masked(action: actions.Action) -> bool:
    """Whether the digits that the action brings are a secret."""
    return isinstance(action, actions.Collect) and action.masked


def outcome_of(result: messages.VerbResult, secret: SecretId | None = None) -> VerbOutcome:
    """The vocabulary's word for a verb's end; a word that we do not know is a failure.

    With a ``secret`` the digits themselves are left out, as is the key that ended them.
    """
    digits, detail, count = result.digits, result.detail, 0
    if secret is not None:
        digits, detail, count = "", "", len(digits)
    try:
        word = VerbResult(result.result)
    except ValueError:
        word, detail = VerbResult.FAILED, f"unknown result {result.result!r}"
    return VerbOutcome(
        word,
        digits,
        detail,
        secret=secret,
        count=count,
        file=result.file,
        seconds=result.seconds,
        speech=result.speech,
        confidence=result.confidence,
    )


def action_of(action: actions.Action) -> messages.Action:
    """What the media service is asked to do.

    Raises:
        TypeError: the action is of a kind that this channel does not know.
    """
    verb: messages.Action
    match action:
        case actions.Play():
            verb = messages.Play(_spoken(action.utterances), action.barge_in, action.language)
        case actions.AskDigit():
            verb = _ask(action)
        case actions.Collect():
            verb = _collect(action)
        case actions.RecordMessage():
            verb = messages.Message(
                _spoken(action.utterances),
                action.name,
                action.maximum,
                action.silence,
                action.terminators,
                action.language,
            )
        case actions.Recognise():
            verb = messages.Recognise(
                _spoken(action.utterances), action.grammar, action.timeout, action.digits, action.language
            )
        case actions.PlayMusic(music=music):
            verb = messages.HoldMusic(music)
        case actions.SendDigits(digits=digits):
            verb = messages.SendDigits(digits)
        case _:
            raise TypeError(f"no media verb for {type(action).__name__}")
    return verb


def _ask(action: actions.AskDigit) -> messages.Action:
    """One digit; a prompt that must be heard to its end needs the verb that knows of such prompts."""
    spoken = _spoken(action.utterances)
    if action.barge_in:
        return messages.AskDigit(spoken, action.timeout, action.language)
    return messages.Collect(
        spoken, maximum=1, terminators="", first=action.timeout, barge_in=False, language=action.language
    )


def _collect(action: actions.Collect) -> messages.Collect:
    return messages.Collect(
        _spoken(action.utterances),
        maximum=action.maximum,
        minimum=action.minimum,
        terminators=action.terminators,
        first=action.first,
        between=action.between,
        total=action.total,
        barge_in=action.barge_in,
        masked=action.masked,
        language=action.language,
    )


def _spoken(utterances: Iterable[Utterance]) -> messages.Utterances:
    return tuple(
        messages.Utterance(
            prompt=one.prompt,
            number=one.number,
            position=one.position,
            digits=one.digits,
            date=one.date,
            time=one.time,
            amount=one.amount,
            currency=one.currency,
            wait=one.wait,
            text=one.text,
            tone=one.tone,
            silence=one.silence,
        )
        for one in utterances
    )
