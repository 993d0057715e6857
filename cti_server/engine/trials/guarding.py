"""Guarding: what a trial has shown so far, whether that is too bad, and its end by hand."""

from typing import Final

from cti_server.engine.state import TrialArm, TrialState
from cti_server.engine.turn import Turn
from cti_server.vocabulary import events
from cti_server.vocabulary.commands import FinishTrial, StopTrial
from cti_server.vocabulary.events import Event, TrialFinished, TrialStopped
from cti_server.vocabulary.ids import TrialName
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import TrialEnd, TrialFigures, TrialOutcome

TELLING: Final[frozenset[type[Event]]] = frozenset(
    {events.TreatmentFailed, events.ContactAnswered, events.ContactReleased, events.QueueLeft}
)
"""After these a trial may have shown more."""


def figures_of(trial: TrialState) -> TrialFigures:
    """What became of the newest contacts of both sides."""
    return TrialFigures(
        seen=len(trial.tried.recent),
        failed=_count(trial.tried, TrialOutcome.FAILED),
        abandoned=_count(trial.tried, TrialOutcome.ABANDONED),
        base_seen=len(trial.base.recent),
        base_failed=_count(trial.base, TrialOutcome.FAILED),
        base_abandoned=_count(trial.base, TrialOutcome.ABANDONED),
    )


def judge(turn: Turn) -> None:
    """Stop the trials whose guards say so after what this turn has brought."""
    if not turn.state.trials or not any(type(recorded.event) in TELLING for recorded in turn.events):
        return
    for name, trial in turn.state.trials.items():
        reason = verdict(trial)
        if reason is not None:
            turn.emit(TrialStopped(trial=name, flow=trial.plan.flow, reason=reason, figures=figures_of(trial)))


def verdict(trial: TrialState) -> str | None:
    """Why the guard stops the trial now, in words; None where it goes on."""
    guard = trial.plan.guard
    if guard is None or trial.ended is not None:
        return None
    seen = figures_of(trial)
    if seen.seen < guard.least:
        return None
    judged = (
        ("met an error", guard.errors, seen.failed, seen.base_failed),
        ("gave up", guard.abandoned, seen.abandoned, seen.base_abandoned),
    )
    for what, most, count, others in judged:
        if most is None or _rate(count, seen.seen) <= most:
            continue
        told = f"{_rate(count, seen.seen):.3g} % of {seen.seen} contacts {what}, {most:g} % are allowed"
        if seen.base_seen < guard.least:
            return told
        if _rate(count, seen.seen) > _rate(others, seen.base_seen):
            return f"{told}; of {seen.base_seen} others {_rate(others, seen.base_seen):.3g} %"
    return None


def stop_trial(turn: Turn, command: StopTrial) -> Refusal | None:
    """Somebody wants no contact to go by the flow on trial any more; also one that was finished."""
    trial = turn.state.trials.get(command.trial)
    if trial is None:
        return _unknown(command.trial)
    stopped = TrialStopped(
        trial=command.trial,
        flow=trial.plan.flow,
        reason=command.why or f"by {command.by}",
        by=command.by,
        figures=figures_of(trial),
    )
    return _end(turn, trial, stopped)


def finish_trial(turn: Turn, command: FinishTrial) -> Refusal | None:
    """Somebody wants all contacts to go by the flow on trial; also one that was stopped."""
    trial = turn.state.trials.get(command.trial)
    if trial is None:
        return _unknown(command.trial)
    finished = TrialFinished(
        trial=command.trial, flow=trial.plan.flow, by=command.by, why=command.why, figures=figures_of(trial)
    )
    return _end(turn, trial, finished)


def _end(turn: Turn, trial: TrialState, event: TrialStopped | TrialFinished) -> Refusal | None:
    ended = TrialEnd.STOPPED if isinstance(event, TrialStopped) else TrialEnd.FINISHED
    if trial.ended is ended:
        text = f"trial {event.trial} is {ended} already"
        return Refusal(RefusalCode.NO_CHANGE, text, {"trial": event.trial})
    turn.emit(event)
    return None


def _unknown(trial: TrialName) -> Refusal:
    return Refusal(RefusalCode.UNKNOWN_TRIAL, f"the plan has no trial {trial}", {"trial": trial})


def _count(arm: TrialArm, outcome: TrialOutcome) -> int:
    return sum(one is outcome for one in arm.recent)


def _rate(count: int, of: int) -> float:
    return 100.0 * count / of
