"""position: tell the caller their place in the queue."""

from dataclasses import dataclass

from cti_server.flows.component import Hear, Here, Leave, Reaction
from cti_server.flows.steps.pattern import WHILE_WAITING, Standard, language, said
from cti_server.vocabulary.actions import Play
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionStep(Step):
    """Tell the caller their position in the queue."""

    before: tuple[Utterance, ...] = ()
    """Heard before the number."""
    after: tuple[Utterance, ...] = ()
    """Heard after the number."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    on_failure: StepId | None = None
    """As for play."""


class PositionComponent(Standard):
    """Says the position, which is 1 for the caller who is next; passed over by a contact that waits in no queue."""

    name = "position"
    settings: type[Step] = PositionStep
    kinds = WHILE_WAITING
    speaks_numbers = True

    def enter(self, step: PositionStep, here: Here) -> Reaction:
        """Say it as of now."""
        position = here.value("position")
        if not isinstance(position, (int, float)):
            return Leave()
        number = Utterance(number=int(position))
        utterances = (*said(step.before, here), number, *said(step.after, here))
        return Hear(action=Play(utterances=utterances, language=language(here)))


POSITION = PositionComponent()
