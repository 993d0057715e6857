"""Choosing: by which flow a contact goes where one is on trial; decided by its number, and so the same in a replay."""

from hashlib import blake2b
from typing import Final

from cti_server.engine.state import State
from cti_server.vocabulary.ids import ContactId, FlowName, TrialName
from cti_server.vocabulary.plan import FlowPlan, PilotPlan, QueuePlan
from cti_server.vocabulary.values import TrialEnd, TrialPart

_PARTS: Final = 10_000
"""Shares are told apart to a hundredth of a per cent."""


def pilot_trial(pilot: PilotPlan) -> TrialName:
    """The name of a trial at a pilot."""
    return TrialName(f"{pilot.link}/{pilot.number}")


def queue_trial(queue: QueuePlan) -> TrialName:
    """The name of a trial of a queue's waiting flow; no queue has a slash in its name, as pilots' trials do."""
    return TrialName(queue.name)


def flow_at_pilot(state: State, pilot: PilotPlan, contact: ContactId) -> tuple[FlowPlan | None, TrialPart | None]:
    """The flow by which a contact that arrives at the pilot goes, and its part in a trial; no flow: there is none."""
    return _choose(state, pilot_trial(pilot), pilot.flow, contact)


def flow_in_queue(state: State, queue: QueuePlan, contact: ContactId) -> tuple[FlowPlan | None, TrialPart | None]:
    """The flow that a contact of the queue hears, and its part in a trial; no flow: there is none."""
    return _choose(state, queue_trial(queue), queue.flow, contact)


def has_share(trial: TrialName, contact: ContactId, share: float) -> bool:
    """Whether the contact is among the ``share`` per cent that are tried; each trial has others."""
    drawn = int.from_bytes(blake2b(f"{trial} {contact}".encode(), digest_size=8).digest())
    return drawn % _PARTS < share * _PARTS / 100


def _choose(
    state: State, name: TrialName, base: FlowName, contact: ContactId
) -> tuple[FlowPlan | None, TrialPart | None]:
    trial = state.trials.get(name)
    if trial is None or trial.base_flow != base or trial.ended is TrialEnd.STOPPED:
        return state.newest_flow(base), None
    if trial.ended is TrialEnd.FINISHED:
        return state.newest_flow(trial.plan.flow) or state.newest_flow(base), None
    tried = has_share(name, contact, trial.plan.share)
    flow = state.newest_flow(trial.plan.flow) if tried else None
    part = TrialPart(name, tried=flow is not None, number=trial.number)
    return flow or state.newest_flow(base), part
