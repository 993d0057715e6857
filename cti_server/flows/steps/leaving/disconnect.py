"""disconnect: end the call."""

from collections.abc import Mapping
from dataclasses import dataclass

from cti_server.flows.component import Hear, Here, Reaction, Release, Result
from cti_server.flows.steps.pattern import Standard, language, said
from cti_server.vocabulary.actions import Play
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectStep(Step):
    """Release the call, after saying something where it is given."""

    utterances: tuple[Utterance, ...] = ()
    """Heard before the call is released."""
    served: bool = False
    """Whether nothing was left undone: a message was taken, or all that the caller wanted was said."""


class DisconnectComponent(Standard):
    """Says good-bye and releases the call, also where nothing can be heard."""

    name = "disconnect"
    settings: type[Step] = DisconnectStep
    ends = True

    def exits(self, step: DisconnectStep) -> Mapping[str, StepId | None]:  # noqa: ARG002 - it ends the call
        """None."""
        return {}

    def enter(self, step: DisconnectStep, here: Here) -> Reaction:
        """Say it, or release the call at once."""
        utterances = said(step.utterances, here)
        if not utterances:
            return Release(served=step.served)
        return Hear(action=Play(utterances=utterances, language=language(here)))

    def resume(self, step: DisconnectStep, here: Here, result: Result) -> Reaction:  # noqa: ARG002 - it ends the call
        """Release the call."""
        return Release(served=step.served)


DISCONNECT = DisconnectComponent()
