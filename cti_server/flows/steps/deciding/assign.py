"""set: give the contact data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from cti_server.flows.component import NEXT, Here, Leave, Reaction
from cti_server.flows.steps.pattern import DatumName, Expression, Standard, reckoned
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStep(Step):
    """Set data of the contact; agents see them, later steps use them."""

    values: Annotated[Mapping[DatumName, Expression], MinLen(1)]
    """For each datum the expression that gives its value; text stands in quotes within the expression."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""


class SetComponent(Standard):
    """Sets all of them at once, each from what was known before."""

    name = "set"
    settings: type[Step] = SetStep

    def exits(self, step: SetStep) -> Mapping[str, StepId | None]:
        """``next``."""
        return {NEXT: step.next}

    def enter(self, step: SetStep, here: Here) -> Reaction:
        """Set them; what cannot be reckoned becomes empty."""
        return Leave(keep={name: reckoned(expression, here) for name, expression in step.values.items()})


SET = SetComponent()
