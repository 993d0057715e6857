"""What a step asks of the media service."""

from cti_server.vocabulary.effects import AskDigit, MediaEffect, Play, PlayMusic
from cti_server.vocabulary.ids import ContactId, VerbId
from cti_server.vocabulary.plan import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep, Step
from cti_server.vocabulary.values import SessionRef, Utterance


def verb_id(contact: ContactId, number: int) -> VerbId:
    """Identity of a contact's verb, counted from 1: ``<contact>-<n>``."""
    return VerbId(f"{contact}-{number}")


def media_verb(
    step: Step, *, contact: ContactId, session: SessionRef, verb: VerbId, position: int | None, cause: int
) -> MediaEffect | None:
    """The verb that lets ``step`` be heard, None for a step without sound; the same arguments give the same verb."""

    def play(utterances: tuple[Utterance, ...], *, barge_in: bool = False) -> Play:
        return Play(cause=cause, contact=contact, session=session, verb=verb, utterances=utterances, barge_in=barge_in)

    match step:
        case PlayStep():
            return play(step.utterances, barge_in=step.barge_in)
        case DisconnectStep() if step.utterances:
            return play(step.utterances)
        case PositionStep():
            number = (Utterance(number=position),) if position is not None else ()
            return play((*step.before, *number, *step.after))
        case MenuStep():
            return AskDigit(
                cause=cause,
                contact=contact,
                session=session,
                verb=verb,
                utterances=step.utterances,
                timeout=step.timeout,
            )
        case MusicStep():
            return PlayMusic(cause=cause, contact=contact, session=session, verb=verb, music=step.music)
        case QueueStep() | DisconnectStep():
            return None
