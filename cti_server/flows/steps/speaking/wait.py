"""wait: let time pass; what plays goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from cti_server.flows.component import NEXT, Here, Pause, Reaction
from cti_server.flows.steps.pattern import Standard
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStep(Step):
    """Wait for a while."""

    seconds: Annotated[float, Ge(0.25), Le(86400)]
    """How long."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""


class WaitComponent(Standard):
    """Waits, then goes on."""

    name = "wait"
    settings: type[Step] = WaitStep
    waits = True

    def exits(self, step: WaitStep) -> Mapping[str, StepId | None]:
        """``next`` alone: nothing is to be heard, so nothing fails."""
        return {NEXT: step.next}

    def enter(self, step: WaitStep, here: Here) -> Reaction:  # noqa: ARG002 - it does not depend on the contact
        """Wait."""
        return Pause(seconds=step.seconds)


WAIT = WaitComponent()
