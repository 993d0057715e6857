"""menu: let the caller choose by one digit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le, MinLen

from cti_server.flows.component import FAILED, Hear, Here, Leave, Reaction, Result
from cti_server.flows.steps.pattern import DatumName, Digit, Standard, failed, language, said
from cti_server.vocabulary.actions import AskDigit
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance, Value, VerbOutcome, VerbResult

OTHERWISE: Final = "otherwise"
ASKED: Final = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuStep(Step):
    """Play something and wait for one digit."""

    utterances: Annotated[tuple[Utterance, ...], MinLen(1)]
    """What is heard, each time."""
    choices: Annotated[Mapping[Digit, StepId], MinLen(1)]
    """For each digit (0 to 9, * and #) the step to go to."""
    otherwise: StepId
    """The step after the last attempt without a choice."""
    timeout: Annotated[float, Ge(0.5), Le(60)] = 5.0
    """Seconds to wait, counted from the end of what is played."""
    attempts: Annotated[int, Ge(1), Le(10)] = 3
    """How often it is played before `otherwise`."""
    interruptible: bool = True
    """Whether a digit stops what is played; else it counts from the end on."""
    invalid: tuple[Utterance, ...] = ()
    """Heard before the next attempt after a digit that is no choice."""
    silence: tuple[Utterance, ...] = ()
    """Heard before the next attempt where no digit came."""
    into: DatumName | None = None
    """The datum that takes the digit of the choice."""
    on_failure: StepId | None = None
    """As for play; without it: `otherwise`."""


class MenuComponent(Standard):
    """Asks until the caller chooses, or has had all attempts."""

    name = "menu"
    settings: type[Step] = MenuStep
    waits = True

    def exits(self, step: MenuStep) -> Mapping[str, StepId | None]:
        """One for each digit, and ``otherwise``."""
        choices: dict[str, StepId | None] = {str(digit): target for digit, target in step.choices.items()}
        return {**choices, OTHERWISE: step.otherwise, FAILED: step.on_failure or step.otherwise}

    def enter(self, step: MenuStep, here: Here) -> Reaction:
        """Ask for the first time."""
        return _ask(step, here, (), 1)

    def resume(self, step: MenuStep, here: Here, result: Result) -> Reaction:
        """Go to the choice, ask again, or give up."""
        if failed(result) or not isinstance(result, VerbOutcome):
            return Leave(exit=FAILED)
        pressed = Digit(result.digits[:1] if result.result is VerbResult.DIGITS else "")
        if pressed in step.choices:
            keep: dict[str, Value] = {} if step.into is None else {step.into: pressed}
            return Leave(exit=pressed, keep=keep)
        asked = here.memory.get(ASKED)
        times = int(asked) if isinstance(asked, (int, float)) else here.attempt
        if times >= step.attempts:
            return Leave(exit=OTHERWISE)
        return _ask(step, here, step.invalid if pressed else step.silence, times + 1)


def _ask(step: MenuStep, here: Here, first: tuple[Utterance, ...], times: int) -> Reaction:
    return Hear(
        action=AskDigit(
            utterances=(*said(first, here), *said(step.utterances, here)),
            timeout=step.timeout,
            barge_in=step.interruptible,
            language=language(here),
        ),
        memory={ASKED: times},
    )


MENU = MenuComponent()
