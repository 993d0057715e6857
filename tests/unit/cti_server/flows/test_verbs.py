"""What steps ask of the media service."""

from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.flows.verbs import media_verb, verb_id
from cti_server.vocabulary.effects import AskDigit, MediaEffect, Play, PlayMusic
from cti_server.vocabulary.ids import ContactId, PromptName, QueueName, StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance
from tests.scenarios.engine.story import say, session_ref

SESSION = session_ref("s1")


def verb(step: Step, position: int | None = None) -> MediaEffect | None:
    return media_verb(
        step, contact=ContactId(1), session=SESSION, verb=verb_id(ContactId(1), 4), position=position, cause=9
    )


def test_each_step_has_its_verb() -> None:
    known = {"contact": ContactId(1), "session": SESSION, "verb": "1-4", "cause": 9}
    one = StepId("s")
    assert verb(PlayStep(id=one, utterances=say("a"), barge_in=True)) == Play(
        utterances=say("a"),
        barge_in=True,
        **known,  # type: ignore[arg-type]  # known parts
    )
    assert verb(DisconnectStep(id=one, utterances=say("a"))) == Play(
        utterances=say("a"),
        barge_in=False,
        **known,  # type: ignore[arg-type]  # known parts
    )
    assert verb(MenuStep(id=one, utterances=say("a"), choices={}, otherwise=one, timeout=3.0)) == AskDigit(
        utterances=say("a"),
        timeout=3.0,
        **known,  # type: ignore[arg-type]  # known parts
    )
    assert verb(MusicStep(id=one, music=PromptName("m"), seconds=5.0)) == PlayMusic(
        music=PromptName("m"),
        **known,  # type: ignore[arg-type]  # known parts
    )


def test_a_position_is_spoken_between_its_prompts() -> None:
    told = verb(PositionStep(id=StepId("p"), before=say("a"), after=say("b")), position=12)
    assert isinstance(told, Play)
    assert told.utterances == (*say("a"), Utterance(number=12), *say("b"))


def test_steps_without_sound_have_none() -> None:
    assert verb(QueueStep(id=StepId("q"), queue=QueueName("sales"))) is None
    assert verb(DisconnectStep(id=StepId("d"))) is None
