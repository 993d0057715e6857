"""music: let the caller wait with music."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le

from cti_server.flows.component import FAILED, NEXT, Hear, Here, Leave, Reaction, Result
from cti_server.flows.steps.pattern import WHILE_WAITING, Standard, failed
from cti_server.vocabulary.actions import PlayMusic
from cti_server.vocabulary.ids import PromptName, StepId
from cti_server.vocabulary.plan import Step

SHORTEST: Final = 0.25
"""Shorter music would only make a flow turn in circles."""
UNTIL: Final = "until"


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicStep(Step):
    """Play music for a while."""

    music: PromptName
    """The prompt that is played in a loop."""
    seconds: Annotated[float, Ge(1), Le(3600)]
    """How long."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    on_failure: StepId | None = None
    """As for play; without it and without a media port the time passes in silence."""


class MusicComponent(Standard):
    """Plays in a loop for the time that is given, to its end whatever becomes of the sound."""

    name = "music"
    settings: type[Step] = MusicStep
    kinds = WHILE_WAITING
    waits = True

    def exits(self, step: MusicStep) -> Mapping[str, StepId | None]:
        """``next``, and ``on_failure`` only where it is given: else silence takes the music's place."""
        return {NEXT: step.next} if step.on_failure is None else {NEXT: step.next, FAILED: step.on_failure}

    def enter(self, step: MusicStep, here: Here) -> Reaction:
        """Start the music."""
        return self._play(step, max(step.seconds, SHORTEST), here.now)

    def resume(self, step: MusicStep, here: Here, result: Result) -> Reaction:
        """Go on when the time is over; from another port, or without sound, before."""
        if not failed(result):
            return Leave()
        if step.on_failure is not None:
            return Leave(exit=FAILED)
        until = here.memory.get(UNTIL)
        left = until - here.now if isinstance(until, (int, float)) else step.seconds
        # The media service was lost with the caller's port: another one plays on, and silence is only the last resort.
        return self._play(step, max(left, SHORTEST), here.now)

    def _play(self, step: MusicStep, seconds: float, now: float) -> Reaction:
        return Hear(
            action=PlayMusic(music=step.music),
            seconds=seconds,
            silent=step.on_failure is None,
            memory={UNTIL: now + seconds},
        )


MUSIC = MusicComponent()
