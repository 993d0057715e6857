"""What the look-ups have in common: parameters out of the data, secrets by reference, answers into data, exits."""

from collections.abc import Mapping
from typing import Protocol

from cti_server.flows.component import FAILED, NEXT, Here, Leave, Reaction, Result
from cti_server.flows.steps.pattern import DatumName, Expression, Standard, reckoned, secret_of
from cti_server.vocabulary.ids import SecretId, StepId
from cti_server.vocabulary.outside import RequestOutcome, RequestResult
from cti_server.vocabulary.values import Value

NOTHING_FOUND = "nothing_found"


class LookUpStep(Protocol):
    """What the settings of every look-up have."""

    @property
    def into(self) -> Mapping[DatumName, str]:
        """For each datum what of the answer it takes."""

    @property
    def next(self) -> StepId | None:
        """The step after an answer."""

    @property
    def nothing_found(self) -> StepId | None:
        """The step where there is nothing to be found."""

    @property
    def on_failure(self) -> StepId | None:
        """The step where no answer comes in time."""


class LookUpComponent(Standard):
    """Asks, and keeps what comes back; what is asked is each look-up's own."""

    def exits(self, step: LookUpStep) -> Mapping[str, StepId | None]:
        """``next``, ``nothing_found`` and ``on_failure``."""
        nothing = step.nothing_found or step.next
        return {NEXT: step.next, NOTHING_FOUND: nothing, FAILED: step.on_failure or nothing}

    def resume(self, step: LookUpStep, here: Here, result: Result) -> Reaction:  # noqa: ARG002 - the result says it
        """Keep the answer and go on."""
        return _answered(step.into, result)


def parameters_of(parameters: Mapping[str, Expression], here: Here) -> tuple[dict[str, Value], dict[str, SecretId]]:
    """The parameters' values, and those that are secrets."""
    values = {name: reckoned(expression, here) for name, expression in parameters.items()}
    secrets = {name: secret for name, value in values.items() if (secret := secret_of(value)) is not None}
    return {name: value for name, value in values.items() if name not in secrets}, secrets


def _answered(into: Mapping[DatumName, str], result: Result) -> Reaction:
    """Keep what was asked for; leave by how the request ended."""
    if not isinstance(result, RequestOutcome):
        return Leave(exit=FAILED)
    match result.result:
        case RequestResult.DONE:
            return Leave(keep={datum: result.values.get(column) for datum, column in into.items()})
        case RequestResult.NOTHING_FOUND:
            return Leave(exit=NOTHING_FOUND)
        case _:
            return Leave(exit=FAILED)
