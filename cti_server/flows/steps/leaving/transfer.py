"""transfer: send the call to a number: outside, to voicemail, or to an agent or supervisor."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Le

from cti_server.flows.component import FAILED, Forward, Here, Leave, Reaction, Result
from cti_server.flows.steps.pattern import Standard, Template, filled
from cti_server.vocabulary.ids import AgentId, DeviceNumber, StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import AgentStatus, TransferKind

_DIALLED = re.compile(r"\+?[0-9*#]{1,32}")


class Destination(StrEnum):
    """What kind of destination a number is, for the reports."""

    OUTSIDE = "outside"
    VOICEMAIL = "voicemail"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStep(Step):
    """Send the call to a number, or to an agent's phone, past the queues."""

    number: Template | None = None
    """The number, as the PBX dials it; {name} stands for a datum. For a voice mailbox: the PBX's number of it."""
    agent: Template | None = None
    """Instead of a number: the agent or supervisor (log-on name) at whose phone it shall ring."""
    to: Destination = Destination.OUTSIDE
    """What it is, for the reports: outside, voicemail or agent."""
    ring_time: Annotated[float, Ge(1), Le(600)] = 30.0
    """Seconds for it to be answered."""
    on_failure: StepId | None = None
    """The step where nobody is reached there; without it, the one below."""


class TransferComponent(Standard):
    """Sends the call on; where it is not reached in time, the flow goes on by ``on_failure``.

    A caller who is at a media port stays there until somebody answers, and meanwhile hears what the PBX plays to calls
    on hold: busy and no answer cost them nothing. They are sent blind, and only the PBX can have them back, where the
    flow has not spoken to them yet, or the PBX's dialect knows no consultation. A trunk that tells neither ringing nor
    answer is taken for reached after five seconds.
    """

    name = "transfer"
    settings: type[Step] = TransferStep
    waits = True

    def exits(self, step: TransferStep) -> Mapping[str, StepId | None]:
        """``on_failure`` alone: who is reached is gone."""
        return {FAILED: step.on_failure}

    def enter(self, step: TransferStep, here: Here) -> Reaction:
        """Send it on; to an agent only where they are logged on."""
        kind = TransferKind(step.to.value)
        if step.agent is not None:
            glance = here.agent(AgentId(filled(step.agent, here).strip()))
            if glance is None or glance.device is None or glance.status is AgentStatus.LOGGED_OFF:
                return Leave(exit=FAILED)
            return Forward(number=glance.device, kind=TransferKind.AGENT, ring_time=step.ring_time)
        number = filled(step.number or "", here).strip()
        if not _DIALLED.fullmatch(number):
            return Leave(exit=FAILED)
        return Forward(number=DeviceNumber(number), kind=kind, ring_time=step.ring_time)

    def resume(self, step: TransferStep, here: Here, result: Result) -> Reaction:  # noqa: ARG002 - one way is left
        """Nobody was reached."""
        return Leave(exit=FAILED)


TRANSFER = TransferComponent()
