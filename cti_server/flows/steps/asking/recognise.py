"""recognise: let the caller choose by speech, or by a digit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le, MinLen

from cti_server.flows.component import FAILED, Hear, Here, Leave, Reaction, Result
from cti_server.flows.steps.asking.menu import ASKED, OTHERWISE
from cti_server.flows.steps.pattern import DatumName, Standard, failed, language, said
from cti_server.vocabulary.actions import Recognise
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance, Value, VerbOutcome, VerbResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniseStep(Step):
    """Play something and understand one of some words."""

    utterances: Annotated[tuple[Utterance, ...], MinLen(1)]
    """What is heard, each time."""
    choices: Annotated[Mapping[str, StepId], MinLen(1)]
    """For each word (or words), and each digit, the step to go to."""
    otherwise: StepId
    """The step after the last attempt without a choice."""
    timeout: Annotated[float, Ge(1), Le(60)] = 6.0
    """Seconds to wait for speech, counted from the end of what is played."""
    confidence: Annotated[float, Ge(0), Le(1)] = 0.4
    """What was understood less surely than this counts as not understood."""
    attempts: Annotated[int, Ge(1), Le(10)] = 3
    """How often it is asked before `otherwise`."""
    invalid: tuple[Utterance, ...] = ()
    """Heard before the next attempt where nothing was understood."""
    silence: tuple[Utterance, ...] = ()
    """Heard before the next attempt where nothing came."""
    into: DatumName | None = None
    """The datum that takes what was understood."""
    on_failure: StepId | None = None
    """As for play; without it: `otherwise`."""


class RecogniseComponent(Standard):
    """Asks until the caller says one of the words, or has had all attempts."""

    name = "recognise"
    settings: type[Step] = RecogniseStep
    waits = True

    def exits(self, step: RecogniseStep) -> Mapping[str, StepId | None]:
        """One for each choice, and ``otherwise``."""
        return {**step.choices, OTHERWISE: step.otherwise, FAILED: step.on_failure or step.otherwise}

    def enter(self, step: RecogniseStep, here: Here) -> Reaction:
        """Ask for the first time."""
        return _ask(step, here, (), 1)

    def resume(self, step: RecogniseStep, here: Here, result: Result) -> Reaction:
        """Go to the choice, ask again, or give up."""
        if failed(result) or not isinstance(result, VerbOutcome):
            return Leave(exit=FAILED)
        chosen = _chosen(step, result)
        if chosen is not None:
            keep: dict[str, Value] = {} if step.into is None else {step.into: chosen}
            return Leave(exit=chosen, keep=keep)
        asked = here.memory.get(ASKED)
        times = int(asked) if isinstance(asked, (int, float)) else here.attempt
        if times >= step.attempts:
            return Leave(exit=OTHERWISE)
        silent = result.result is VerbResult.TIMEOUT
        return _ask(step, here, step.silence if silent else step.invalid, times + 1)


def _chosen(step: RecogniseStep, outcome: VerbOutcome) -> str | None:
    if outcome.result is VerbResult.DIGITS:
        return outcome.digits[:1] if outcome.digits[:1] in step.choices else None
    if outcome.result is not VerbResult.SPEECH or outcome.confidence < step.confidence:
        return None
    heard = outcome.speech.casefold().split()
    return next((each for each in step.choices if each.casefold().split() == heard), None)


def grammar_of(words: tuple[str, ...]) -> str:
    """A JSGF grammar (JSpeech Grammar Format, W3C note of 2000) that allows each of the words."""
    return f"#JSGF V1.0;\ngrammar choices;\npublic <choice> = {' | '.join(words)};\n"


def _ask(step: RecogniseStep, here: Here, first: tuple[Utterance, ...], times: int) -> Reaction:
    digits = "".join(each for each in step.choices if len(each) == 1 and each in "0123456789*#")
    words = tuple(each.casefold() for each in step.choices if each not in digits)
    return Hear(
        action=Recognise(
            utterances=(*said(first, here), *said(step.utterances, here)),
            grammar=grammar_of(words),
            timeout=step.timeout,
            digits=digits,
            language=language(here),
        ),
        memory={ASKED: times},
    )


RECOGNISE = RecogniseComponent()
