"""collect: let the caller key in digits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le, MinLen

from cti_server.flows.component import FAILED, NEXT, Hear, Here, Leave, Reaction, Result
from cti_server.flows.steps.asking.menu import ASKED, OTHERWISE
from cti_server.flows.steps.pattern import DatumName, Standard, failed, language, said, secret_value
from cti_server.vocabulary.actions import Collect
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectStep(Step):
    """Play something and take digits, up to a number of them or to a key that ends them."""

    utterances: Annotated[tuple[Utterance, ...], MinLen(1)]
    """What is heard, each time."""
    into: DatumName
    """The datum that takes the digits."""
    maximum: Annotated[int, Ge(1), Le(64)]
    """The most digits; with the last one the entry is complete."""
    minimum: Annotated[int, Ge(1), Le(64)] = 1
    """The fewest digits."""
    terminators: str = "#"
    """Keys that end the entry and are not part of it."""
    first: Annotated[float, Ge(0.5), Le(60)] = 5.0
    """Seconds to wait for the first digit, from the end of what is played."""
    between: Annotated[float, Ge(0.5), Le(60)] = 3.0
    """Seconds to wait for each further digit."""
    total: Annotated[float, Ge(1), Le(600)] = 60.0
    """Seconds for the whole entry."""
    interruptible: bool = True
    """Whether a digit stops what is played."""
    masked: bool = False
    """Whether the digits are a secret: no log and no journal has them, only look-ups and PIN checks can use them."""
    attempts: Annotated[int, Ge(1), Le(10)] = 3
    """How often it is asked before `otherwise`."""
    invalid: tuple[Utterance, ...] = ()
    """Heard before the next attempt where too few digits came."""
    silence: tuple[Utterance, ...] = ()
    """Heard before the next attempt where none came."""
    next: StepId | None = None
    """The step after this one once the digits are there; without it, the one below."""
    otherwise: StepId | None = None
    """The step after the last attempt without enough digits; without it, the usual next one."""
    on_failure: StepId | None = None
    """As for play; without it: `otherwise`."""


class CollectComponent(Standard):
    """Asks until enough digits are there, or all attempts are used up."""

    name = "collect"
    settings: type[Step] = CollectStep
    waits = True

    def exits(self, step: CollectStep) -> Mapping[str, StepId | None]:
        """``next``, ``otherwise`` and ``on_failure``."""
        otherwise = step.otherwise or step.next
        return {NEXT: step.next, OTHERWISE: otherwise, FAILED: step.on_failure or otherwise}

    def enter(self, step: CollectStep, here: Here) -> Reaction:
        """Ask for the first time."""
        return _ask(step, here, (), 1)

    def resume(self, step: CollectStep, here: Here, result: Result) -> Reaction:
        """Keep the digits, ask again, or give up."""
        if failed(result) or not isinstance(result, VerbOutcome):
            return Leave(exit=FAILED)
        keyed = max(len(result.digits), result.count)
        if result.result is VerbResult.DIGITS and keyed >= step.minimum:
            kept = secret_value(result.secret) if step.masked else result.digits
            return Leave(keep={step.into: kept})
        asked = here.memory.get(ASKED)
        times = int(asked) if isinstance(asked, (int, float)) else here.attempt
        if times >= step.attempts:
            return Leave(exit=OTHERWISE)
        return _ask(step, here, step.invalid if keyed else step.silence, times + 1)


def _ask(step: CollectStep, here: Here, first: tuple[Utterance, ...], times: int) -> Reaction:
    return Hear(
        action=Collect(
            utterances=(*said(first, here), *said(step.utterances, here)),
            maximum=step.maximum,
            minimum=step.minimum,
            terminators=step.terminators,
            first=step.first,
            between=step.between,
            total=step.total,
            barge_in=step.interruptible,
            masked=step.masked,
            language=language(here),
        ),
        memory={ASKED: times},
    )


COLLECT = CollectComponent()
