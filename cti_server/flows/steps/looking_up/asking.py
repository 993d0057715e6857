"""What the look-ups have in common: parameters out of the data, secrets by reference, answers into data."""

from collections.abc import Mapping

from cti_server.flows.component import FAILED, Here, Leave, Reaction, Result
from cti_server.flows.steps.pattern import DatumName, Expression, reckoned, secret_of
from cti_server.vocabulary.ids import SecretId
from cti_server.vocabulary.outside import RequestOutcome, RequestResult
from cti_server.vocabulary.values import Value

NOTHING_FOUND = "nothing_found"


def parameters_of(parameters: Mapping[str, Expression], here: Here) -> tuple[dict[str, Value], dict[str, SecretId]]:
    """The parameters' values, and those that are secrets."""
    values = {name: reckoned(expression, here) for name, expression in parameters.items()}
    secrets = {name: secret for name, value in values.items() if (secret := secret_of(value)) is not None}
    return {name: value for name, value in values.items() if name not in secrets}, secrets


def answered(into: Mapping[DatumName, str], result: Result) -> Reaction:
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
