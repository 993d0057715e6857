"""The fold of plans that come into force, and of trials of flows: who takes part, and what becomes of them."""

from typing import Final

from cti_server.contacts.contact import Contact
from cti_server.engine.retention import load_plan
from cti_server.engine.state import PlanChange, State, TrialState
from cti_server.engine.trials.choosing import pilot_trial, queue_trial
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import FlowName, TrialName
from cti_server.vocabulary.plan import SitePlan, TrialPlan
from cti_server.vocabulary.values import Disposition, TrialEnd, TrialOutcome, TrialPart

MOST_CHANGES: Final = 500
"""So many plans can be looked up; older ones are in the journal all the same."""
WINDOW: Final = 100
"""Contacts whose outcomes are kept where no guard says how many."""

_GIVEN_UP: Final = frozenset({Disposition.ABANDONED, Disposition.ABANDONED_IN_FLOW})


def plan_loaded(state: State, recorded: events.Recorded, event: events.PlanLoaded) -> None:
    """The plan is in force; trials that it has as the plan before had them go on."""
    load_plan(state, event.plan)
    before = state.changes[-1].number if state.changes else 0
    change = PlanChange(
        number=event.number or before + 1,
        seq=recorded.seq,
        at=recorded.at,
        version=event.plan.version,
        kind=event.kind,
        by=event.by,
        why=event.why,
        back_to=event.back_to,
    )
    state.changes.append(change)
    del state.changes[:-MOST_CHANGES]
    _begin_trials(state, change)


def trial_stopped(state: State, recorded: events.Recorded, event: events.TrialStopped) -> None:
    """Nobody goes by the flow on trial any more."""
    _end(state, recorded, event.trial, TrialEnd.STOPPED, event.reason)


def trial_finished(state: State, recorded: events.Recorded, event: events.TrialFinished) -> None:
    """Everybody goes by the flow that was on trial."""
    _end(state, recorded, event.trial, TrialEnd.FINISHED, event.why)


def take_part(state: State, part: TrialPart | None) -> None:
    """A contact more on one side of a trial."""
    trial = None if part is None else _running(state, part)
    if trial is not None and part is not None:
        (trial.tried if part.tried else trial.base).came += 1


def failed(state: State, contact: Contact) -> None:
    """Something of what the contact was to hear, or asked for, failed: on account of the flow in which it is."""
    if contact.queue is not None:
        _conclude_queue(state, contact, TrialOutcome.FAILED)
    else:
        _conclude_pilot(state, contact, TrialOutcome.FAILED)


def left_queue(state: State, contact: Contact) -> None:
    """The contact goes on elsewhere."""
    _conclude_queue(state, contact, TrialOutcome.WELL)


def went_well(state: State, contact: Contact) -> None:
    """The contact has come to an agent."""
    _conclude_queue(state, contact, TrialOutcome.WELL)
    _conclude_pilot(state, contact, TrialOutcome.WELL)


def released(state: State, contact: Contact, disposition: Disposition) -> None:
    """The contact is over."""
    outcome = TrialOutcome.ABANDONED if disposition in _GIVEN_UP else TrialOutcome.WELL
    _conclude_queue(state, contact, outcome)
    _conclude_pilot(state, contact, outcome)


def _begin_trials(state: State, change: PlanChange) -> None:
    before, state.trials = state.trials, {}
    for name, base, plan in _wanted(state.plan):
        trial = TrialState(
            plan=plan,
            base_flow=base,
            base_version=_version(state.plan, base),
            tried_version=_version(state.plan, plan.flow),
            number=change.number,
            since=change.at,
        )
        known = before.get(name)
        state.trials[name] = known if known is not None and _same(known, trial) else trial


def _wanted(plan: SitePlan) -> list[tuple[TrialName, FlowName, TrialPlan]]:
    return [
        *((pilot_trial(each), each.flow, each.trial) for each in plan.pilots if each.trial is not None),
        *((queue_trial(each), each.flow, each.trial) for each in plan.queues.values() if each.trial is not None),
    ]


def _version(plan: SitePlan, name: FlowName) -> str:
    flow = plan.flows.get(name)
    return "" if flow is None else flow.version


def _same(one: TrialState, other: TrialState) -> bool:
    """Whether the plan wants the same of both: an ended one stays ended then, and figures go on."""
    return (one.plan, one.base_flow, one.base_version, one.tried_version) == (
        other.plan,
        other.base_flow,
        other.base_version,
        other.tried_version,
    )


def _end(state: State, recorded: events.Recorded, name: TrialName, end: TrialEnd, reason: str) -> None:
    trial = state.trials[name]
    trial.ended, trial.reason, trial.since = end, reason, recorded.at


def _running(state: State, part: TrialPart) -> TrialState | None:
    """The trial that the part is of, unless it has ended or is another one by now."""
    trial = state.trials.get(part.trial)
    return trial if trial is not None and trial.ended is None and trial.number == part.number else None


def _conclude_queue(state: State, contact: Contact, outcome: TrialOutcome) -> None:
    part, contact.queue_trial = contact.queue_trial, None
    _conclude(state, part, outcome)


def _conclude_pilot(state: State, contact: Contact, outcome: TrialOutcome) -> None:
    part, contact.trial = contact.trial, None
    _conclude(state, part, outcome)


def _conclude(state: State, part: TrialPart | None, outcome: TrialOutcome) -> None:
    trial = None if part is None else _running(state, part)
    if trial is None or part is None:
        return
    arm = trial.tried if part.tried else trial.base
    arm.recent.append(outcome)
    del arm.recent[: -(trial.plan.guard.window if trial.plan.guard is not None else WINDOW)]
