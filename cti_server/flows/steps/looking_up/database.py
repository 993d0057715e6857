"""database: look something up by a configured query of a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le

from cti_server.flows.component import Ask, Here, Reaction
from cti_server.flows.steps.looking_up.asking import LookUpComponent, parameters_of
from cti_server.flows.steps.pattern import DatumName, Expression
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.outside import DatabaseLookUp
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStep(Step):
    """Ask a database by a query that server.yaml names."""

    query: str
    """The query (connectors in server.yaml)."""
    parameters: Mapping[str, Expression] = field(default_factory=dict)
    """For each of its parameters the expression that gives the value; a masked entry is handed on unseen."""
    into: Mapping[DatumName, str] = field(default_factory=dict)
    """For each datum the column of the first row that it takes."""
    timeout: Annotated[float, Ge(0.1), Le(60)] = 3.0
    """Seconds to wait for the answer."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    nothing_found: StepId | None = None
    """The step where it finds no row; without it, the usual next one."""
    on_failure: StepId | None = None
    """The step where no answer comes in time; without it, as for nothing_found."""


class DatabaseComponent(LookUpComponent):
    """Asks, and keeps what comes back."""

    name = "database"
    settings: type[Step] = DatabaseStep

    def enter(self, step: DatabaseStep, here: Here) -> Reaction:
        """Ask."""
        values, secrets = parameters_of(step.parameters, here)
        return Ask(request=DatabaseLookUp(query=step.query, parameters=values, secrets=secrets), timeout=step.timeout)


DATABASE = DatabaseComponent()
