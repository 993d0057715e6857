"""Console commands for trials of flows: what each has shown, and its end by hand."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Moment, Table
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import submit
from cti_server.engine.state import TrialState
from cti_server.engine.trials.guarding import figures_of
from cti_server.vocabulary.commands import FinishTrial, StopTrial
from cti_server.vocabulary.ids import TrialName


def show_trials(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show trials``."""
    rows = [_row(name, trial) for name, trial in sorted(operations.state.trials.items())]
    headings = (
        "trial",
        "flow",
        "share",
        "state",
        "since",
        "came",
        "ended",
        "failed",
        "gave up",
        "others ended",
        "others failed",
        "others gave up",
        "reason",
    )
    return Table(headings=headings, rows=rows, empty="no flow is on trial")


def _row(name: TrialName, trial: TrialState) -> tuple[str | int | float | None, ...]:
    seen = figures_of(trial)
    return (
        name,
        trial.plan.flow,
        f"{trial.plan.share:g} %",
        "runs" if trial.ended is None else str(trial.ended),
        Moment(trial.since),
        trial.tried.came,
        seen.seen,
        seen.failed,
        seen.abandoned,
        seen.base_seen,
        seen.base_failed,
        seen.base_abandoned,
        trial.reason or None,
    )


def stop(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``trial stop TRIAL [WHY]``."""
    name, why = TrialName(words[0]), words[1] if len(words) > 1 else ""
    done = f"trial {name} is stopped: nobody begins with its flow any more; take it out of the files, or change them"
    return submit(operations, StopTrial(trial=name, by=operations.actor.user, why=why), done)


def finish(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``trial finish TRIAL [WHY]``."""
    name, why = TrialName(words[0]), words[1] if len(words) > 1 else ""
    done = f"trial {name} is finished: everybody begins with its flow; let the files name it instead of the other"
    return submit(operations, FinishTrial(trial=name, by=operations.actor.user, why=why), done)


def _trials(operations: Operations) -> list[str]:
    return sorted(operations.state.trials)


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "trials"),
        help="flows on trial: their shares, and what became of the newest contacts",
        run=show_trials,
        filters=("trial", "flow", "state"),
        detail="failed and gave up are of the newest contacts that ended and went by the flow on trial; beside them\n"
        "stand the others'.\nExample: show trials state=stopped",
        right=Right.WATCH,
    ),
    ConsoleCommand(
        words=("trial", "stop"),
        help="let nobody begin with the flow on trial any more",
        run=stop,
        arguments=(Argument(name="trial", choices=_trials), Argument(name="why", optional=True)),
        detail="Contacts in it finish on it. It stays stopped until the files say something else of it.\n"
        'Example: trial stop sales "callers ask for the old menu"',
        right=Right.ROUTE,
    ),
    ConsoleCommand(
        words=("trial", "finish"),
        help="let everybody begin with the flow on trial",
        run=finish,
        arguments=(Argument(name="trial", choices=_trials), Argument(name="why", optional=True)),
        detail="Until the files say something else of it. A trial is a queue's name, or LINK/NUMBER of a pilot.\n"
        "Example: trial finish pbx/7000",
        right=Right.ROUTE,
    ),
)
