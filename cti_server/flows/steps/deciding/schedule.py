"""schedule: go one way while a calendar is open, and another while it is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cti_server.flows.component import Here, Leave, Reaction
from cti_server.flows.steps.pattern import Standard
from cti_server.vocabulary.ids import CalendarName, StepId
from cti_server.vocabulary.plan import Step

OPEN: Final = "open"
CLOSED: Final = "closed"
CLOSED_BECAUSE: Final = "closed_because"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStep(Step):
    """Ask a calendar whether it is open now."""

    calendar: CalendarName
    """The calendar (site/calendars.yaml); it may have been opened or closed by hand."""
    open: StepId | None = None
    """The step while it is open; without it, the one below."""
    closed: StepId
    """The step while it is closed. The datum `closed_because` says why: the hours, a holiday's name, or by hand."""


class ScheduleComponent(Standard):
    """Looks at the calendar as of now."""

    name = "schedule"
    settings: type[Step] = ScheduleStep

    def exits(self, step: ScheduleStep) -> Mapping[str, StepId | None]:
        """``open`` and ``closed``."""
        return {OPEN: step.open, CLOSED: step.closed}

    def enter(self, step: ScheduleStep, here: Here) -> Reaction:
        """Leave by the door's state."""
        is_open, why = here.is_open(step.calendar)
        return Leave(exit=OPEN) if is_open else Leave(exit=CLOSED, keep={CLOSED_BECAUSE: why})


SCHEDULE = ScheduleComponent()
