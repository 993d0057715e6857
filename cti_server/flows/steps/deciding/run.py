"""run: run another flow, and come back."""

from collections.abc import Mapping
from dataclasses import dataclass

from cti_server.flows.component import NEXT, Here, Reaction, RunFlow
from cti_server.flows.steps.pattern import Standard
from cti_server.vocabulary.ids import FlowName, StepId
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep(Step):
    """Run a flow of the kind part, then go on here."""

    flow: FlowName
    """The flow."""
    next: StepId | None = None
    """The step after this one when it is at its end; without it, the one below."""


class RunComponent(Standard):
    """Runs the newest version of the flow."""

    name = "run"
    settings: type[Step] = RunStep

    def exits(self, step: RunStep) -> Mapping[str, StepId | None]:
        """``next``."""
        return {NEXT: step.next}

    def enter(self, step: RunStep, here: Here) -> Reaction:  # noqa: ARG002 - it does not depend on the contact
        """Run it."""
        return RunFlow(flow=step.flow)


RUN = RunComponent()
