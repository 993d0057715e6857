"""play: let the caller hear something."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from cti_server.flows.component import Hear, Here, Leave, Reaction
from cti_server.flows.steps.pattern import Standard, language, said
from cti_server.vocabulary.actions import Play
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayStep(Step):
    """Play something to its end."""

    utterances: Annotated[tuple[Utterance, ...], MinLen(1)]
    """What is heard."""
    barge_in: bool = False
    """Whether a digit stops it."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    on_failure: StepId | None = None
    """The step after this one where it cannot be heard: its media service is lost or does not succeed, or no media port
    is to be had. Without it: the step that follows anyhow."""


class PlayComponent(Standard):
    """Plays, then goes on."""

    name = "play"
    settings: type[Step] = PlayStep

    def enter(self, step: PlayStep, here: Here) -> Reaction:
        """Play it."""
        utterances = said(step.utterances, here)
        if not utterances:
            return Leave()
        return Hear(action=Play(utterances=utterances, barge_in=step.barge_in, language=language(here)))


PLAY = PlayComponent()
