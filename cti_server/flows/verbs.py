"""What a step asks of the media service."""

from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep
from cti_server.vocabulary.actions import Action, AskDigit, Play, PlayMusic
from cti_server.vocabulary.ids import ContactId, VerbId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance


def verb_id(contact: ContactId, number: int) -> VerbId:
    """Identity of a contact's verb, counted from 1: ``<contact>-<n>``."""
    return VerbId(f"{contact}-{number}")


def media_action(step: Step, position: int | None) -> Action | None:
    """What lets ``step`` be heard, None for a step without sound; the same arguments give the same action."""
    match step:
        case PlayStep():
            return Play(utterances=step.utterances, barge_in=step.barge_in)
        case DisconnectStep() if step.utterances:
            return Play(utterances=step.utterances)
        case PositionStep():
            number = (Utterance(number=position),) if position is not None else ()
            return Play(utterances=(*step.before, *number, *step.after))
        case MenuStep():
            return AskDigit(utterances=step.utterances, timeout=step.timeout)
        case MusicStep():
            return PlayMusic(music=step.music)
        case _:
            return None
