"""decide: go the way of the first expression that is true."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import MaxLen, MinLen

from cti_server.flows.component import Here, Leave, Reaction
from cti_server.flows.steps.asking.menu import OTHERWISE
from cti_server.flows.steps.pattern import Expression, Standard, reckoned
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A way and when it is taken."""

    when: Expression
    """The expression that must be true; one that cannot be reckoned (a datum is missing) is not."""
    next: StepId
    """The step then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideStep(Step):
    """Look at data, digits, times and performance figures, and choose the way."""

    cases: Annotated[tuple[Case, ...], MinLen(1), MaxLen(50)]
    """The ways, the first that is true being taken."""
    otherwise: StepId | None = None
    """The step where none is true; without it, the one below."""


class DecideComponent(Standard):
    """Tries the cases in their order."""

    name = "decide"
    settings: type[Step] = DecideStep

    def exits(self, step: DecideStep) -> Mapping[str, StepId | None]:
        """``case_1`` and so on, and ``otherwise``."""
        ways: dict[str, StepId | None] = {f"case_{n}": each.next for n, each in enumerate(step.cases, 1)}
        return {**ways, OTHERWISE: step.otherwise}

    def enter(self, step: DecideStep, here: Here) -> Reaction:
        """Take the first way whose expression is true."""
        for number, case in enumerate(step.cases, 1):
            if reckoned(case.when, here):
                return Leave(exit=f"case_{number}")
        return Leave(exit=OTHERWISE)


DECIDE = DecideComponent()
