"""The command ``callwright simulate``: a day of contacts under one configuration, or under two beside each other."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from time import perf_counter
from typing import Final

import click
from rich.console import Console as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cti_server.routing.strategies import BUILT_IN, Strategy
from cti_server.settings import Loaded, load_settings
from cti_server.settings.flows.components import library
from cti_server.settings.plugins import STRATEGIES
from cti_server.simulation.day import Day
from cti_server.simulation.difference import difference
from cti_server.simulation.figures import figures_of
from cti_server.simulation.generate import ProfileError, make_day, roster_of
from cti_server.simulation.ledger import Ledger
from cti_server.simulation.past import EmptyDayError, read_day
from cti_server.simulation.profile import Profile, read_profile
from cti_server.simulation.showing import Result, as_tables, as_values, shown
from cti_server.simulation.staffing import shortages
from cti_server.simulation.world import World
from cti_server.storage import StorageError, Store
from cti_server.vocabulary.plan import SitePlan

BAD_CONFIG: Final = 2
MISSED: Final = 3
"""Exit status where the service level that was asked for is not reached."""
USUAL_CONTACTS: Final = 1000
PAPER_WIDTH: Final = 140


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("config"),
    show_default=True,
    help="Directory with server.yaml, site/ and flows/.",
)
@click.option(
    "--against", type=click.Path(path_type=Path, file_okay=False), help="Another such directory, to compare with."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day out of the journal, instead of one made up.")
@click.option("--contacts", type=click.IntRange(1, 1_000_000), help="About so many callers; without a profile 1000.")
@click.option(
    "--profile", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="YAML: arrivals, patience, shifts."
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Where chance begins; the same gives the same day."
)
@click.option(
    "--service-level", type=click.FloatRange(1, 99), default=80.0, show_default=True, help="Per cent the roster is for."
)
@click.option("--require", type=click.FloatRange(0, 100), help="Exit with 3 below this service level, in per cent.")
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
def simulate(  # noqa: PLR0917 - click hands options over by name
    config: Path,
    against: Path | None,
    day: datetime | None,
    contacts: int | None,
    profile: Path | None,
    seed: int,
    service_level: float,
    require: float | None,
    as_json: bool,
) -> None:
    """Live through a day of contacts in virtual time, and show what the configuration makes of it.

    The day comes out of the journal, or is made up from a profile; the engine is the one that routes calls. With
    --against the very same callers go through a second configuration, and the difference is shown. Exit status: 0 done,
    1 failed, 2 a configuration or the profile is wrong, 3 the service level of --require is not reached (abandons
    negative; that of --against where it is given).

    Example: callwright simulate --contacts 10000 --against config.new --seed 7
    """
    if day is not None and (contacts is not None or profile is not None):
        raise click.UsageError("--day reads the callers out of the journal: --contacts and --profile make them up")
    loaded = _loaded(config)
    plans = [(config.name or str(config), _plan(loaded))]
    if against is not None:
        name = against.name if against.name != config.name else str(against)
        plans.append((name, _plan(_loaded(against))))
    if day is not None:
        days = [_past(loaded, day.date(), seed)] * len(plans)
    else:
        days = _made_up([plan for _, plan in plans], profile, contacts, seed)
    lived = [_live(name, plan, each, service_level / 100.0) for (name, plan), each in zip(plans, days, strict=True)]
    results = [result for result, _ in lived]
    changed = difference(lived[0][1], lived[1][1]) if len(lived) == 2 else None
    if as_json:
        click.echo(json.dumps(as_values(days[0].name, results, changed), indent=2))
    else:
        screen = Screen(width=None if sys.stdout.isatty() else PAPER_WIDTH)
        screen.print(as_tables(days[0].name, results, changed, None))
    _require(results[-1], require)


def _require(result: Result, require: float | None) -> None:
    reached = result.figures.total.level.negative
    if require is not None and (reached is None or reached < require / 100.0):
        click.echo(f"{result.name}: service level {shown(reached, '%')}, below {require:g} %", err=True)
        raise click.exceptions.Exit(MISSED)


def _loaded(config: Path) -> Loaded:
    loaded = load_settings(config)
    if loaded.plan is None:
        for problem in loaded.problems:
            click.echo(str(problem), err=True)
        click.echo(f"{len(loaded.problems)} problem(s)", err=True)
        raise click.exceptions.Exit(BAD_CONFIG)
    return loaded


def _plan(loaded: Loaded) -> SitePlan:
    if loaded.plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    return loaded.plan


def _past(loaded: Loaded, day: date, seed: int) -> Day:
    if loaded.settings is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    try:
        with Store.open(loaded.settings.database) as store:
            return read_day(store.journal, day, None, seed)
    except (StorageError, EmptyDayError) as fault:
        raise click.ClickException(f"{day.isoformat()}: {fault}") from fault


def _made_up(plans: Sequence[SitePlan], file: Path | None, contacts: int | None, seed: int) -> list[Day]:
    """The same callers for each plan, with the agents that it has."""
    profile, problems = (Profile(), []) if file is None else read_profile(file)
    if profile is None:
        for problem in problems:
            click.echo(str(problem), err=True)
        raise click.exceptions.Exit(BAD_CONFIG)
    wanted = contacts or profile.contacts
    if wanted is None:
        wanted = USUAL_CONTACTS if file is None else max(round(sum(profile.half_hours)), 1)
    try:
        day = make_day(profile, plans[0], day=profile.day or _coming_monday(), zone=None, contacts=wanted, seed=seed)
        return [replace(day, roster=roster_of(profile, plan, day.start)) for plan in plans]
    except ProfileError as wrong:
        click.echo(f"{file or 'profile'}: {wrong}", err=True)
        raise click.exceptions.Exit(BAD_CONFIG) from wrong


def _coming_monday() -> date:
    today = datetime.now().astimezone().date()
    return today + timedelta(days=-today.weekday() % 7)


def _live(name: str, plan: SitePlan, day: Day, service_level: float) -> tuple[Result, Ledger]:
    """Live through the day under one plan, with a bar on standard error where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Screen(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(name, total=len(day.arrivals))
        world = World(
            plan,
            day,
            strategies=_strategies(),
            components=library().components,
            progress=lambda came: bar.update(task, completed=came),
        )
        began = perf_counter()
        ledger = world.run()
        seconds = perf_counter() - began
    result = Result(
        name=name,
        figures=figures_of(ledger, plan),
        shortages=shortages(ledger, day, plan, service_level=service_level),
        told=world.told(),
        refused=dict(world.refused),
        invented=dict(world.invented),
        events=ledger.events,
        seconds=round(seconds, 2),
    )
    return result, ledger


def _strategies() -> Mapping[str, Strategy]:
    """The installed strategies, as the server has them."""
    return {**BUILT_IN, **{entry.name: entry.load() for entry in entry_points(group=STRATEGIES)}}
