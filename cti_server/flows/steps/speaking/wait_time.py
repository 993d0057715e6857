"""wait_time: tell the caller how long they are likely to wait, as a range."""

from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge

from cti_server.flows.component import Hear, Here, Leave, Reaction
from cti_server.flows.steps.pattern import WHILE_WAITING, Standard, language, said
from cti_server.vocabulary.actions import Play
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTimeStep(Step):
    """Tell the caller their estimated wait: from so many minutes to so many."""

    before: tuple[Utterance, ...] = ()
    """Heard before the time."""
    between: tuple[Utterance, ...] = ()
    """Heard between the shorter and the longer time; without it, the longer one alone is told."""
    after: tuple[Utterance, ...] = ()
    """Heard after the time."""
    longest: Annotated[float, Ge(60)] | None = None
    """A wait of more seconds than this is not told."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    on_failure: StepId | None = None
    """As for play."""


class WaitTimeComponent(Standard):
    """Tells the estimate as of now; passed over where there is none."""

    name = "wait_time"
    settings: type[Step] = WaitTimeStep
    kinds = WHILE_WAITING
    speaks_numbers = True

    def enter(self, step: WaitTimeStep, here: Here) -> Reaction:
        """Tell it, in whole minutes rounded up, as one time where both are the same."""
        low, high = here.value("wait_low"), here.value("wait_high")
        if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
            return Leave()
        if step.longest is not None and high > step.longest:
            return Leave()
        shorter, longer = _whole_minutes(low), _whole_minutes(high)
        spoken: tuple[Utterance, ...] = (Utterance(wait=longer),)
        if step.between and shorter < longer:
            spoken = (Utterance(wait=shorter), *said(step.between, here), *spoken)
        utterances = (*said(step.before, here), *spoken, *said(step.after, here))
        return Hear(action=Play(utterances=utterances, language=language(here)))


def _whole_minutes(seconds: float) -> float:
    """Seconds as spoken: less than a minute as it is, else the next whole minute."""
    return max(seconds, 0.0) if seconds < MINUTE else -(-seconds // MINUTE) * MINUTE


WAIT_TIME = WaitTimeComponent()
