"""``callwright flow draw`` and ``callwright flow test``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from cti_server.cli.configuration import BAD_CONFIG, CONFIG, load, warn
from cti_server.cli.flow.drawing import DrawingError, dot_of, draw
from cti_server.cli.flow.judging import Judged, judge, junit, listed
from cti_server.cli.flow.playing import Call, Played, PlayingError
from cti_server.settings.flow_checks import drawn
from cti_server.settings.flows.cases import CaseSettings, CasesFile
from cti_server.settings.flows.flow_file import flow_file
from cti_server.settings.flows.ports import needs_of
from cti_server.vocabulary.plan import SitePlan
from settings_file import did_you_mean
from settings_file import load as load_file

FAILED: Final = 1


@click.group()
def flow() -> None:
    """Draw flows, and test them without a telephone.

    Example: callwright flow test --config config
    """


@flow.command("draw", short_help="Draw a flow: a box for each step.")
@click.argument("name")
@CONFIG
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Picture to write: .svg, .png, .pdf or .dot; without it, the graph in the DOT language is shown.",
)
def draw_command(name: str, config: Path, output: Path | None) -> None:
    """Draw the flow NAME: a box for each step, an arrow for each way out of it.

    Example: callwright flow draw welcome -o welcome.svg
    """
    found = {}
    for file in sorted((config / "flows").glob("*.yaml")):
        content, problems, _ = load_file(flow_file(), file)
        if content is not None:
            found[content.name] = content
        for problem in problems:
            click.echo(str(problem), err=True)
    if name not in found:
        raise click.ClickException(f"no flow is called {name!r}{did_you_mean(name, found) or _choices(found)}")
    dot = dot_of(name, drawn(found[name]))
    if output is None:
        click.echo(dot, nl=False)
        return
    try:
        draw(dot, output)
    except (DrawingError, OSError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"{output}: {len(found[name].steps)} step(s)")


def _choices(known: Iterable[str]) -> str:
    names = ", ".join(sorted(known))
    return f"; there are {names}" if names else ""


@flow.command("ports", short_help="How many media ports each flow can need.")
@CONFIG
def ports_command(config: Path) -> None:
    """Tell how many media ports each flow can need at once, in the worst case.

    A caller who hears something holds a port, from the first step with sound on until an agent has the call. A queue's
    callers are bounded by its limits.waiting; nothing bounds those who are before it but the PBX's lines.

    Example: callwright flow ports
    """
    plan = load(config).plan
    if plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    for line in needs_of(plan):
        click.echo(str(line))
    warn(config, plan)


@flow.command("test", short_help="Play calls through the flows, and compare.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@CONFIG
@click.option("--only", metavar="TEXT", help="Only cases in whose names this occurs.")
@click.option("--junit", "report", type=click.Path(path_type=Path, dir_okay=False), help="Results as JUnit XML.")
@click.option("-v", "--verbose", is_flag=True, help="Show also what came of the cases that are as expected.")
def test_command(
    files: tuple[Path, ...], config: Path, only: str | None, report: Path | None, *, verbose: bool
) -> None:
    """Play the calls of FILES (all of flows/tests/ without them) through the flows, and compare.

    The exit status is 1 where something came otherwise than expected, and 2 where a file or the configuration is wrong.

    Example: callwright flow test config/flows/tests/welcome.yaml --only "office hours"
    """
    plan = load(config).plan
    if plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    chosen = files or tuple(sorted((config / "flows" / "tests").glob("*.yaml")))
    tables = [(file, _cases(file)) for file in chosen]
    judged = [
        _played(plan, file, case, verbose=verbose)
        for file, table in tables
        for case in table.cases
        if only is None or only in case.name
    ]
    if not judged:
        raise click.ClickException(f"no cases: write some into {config / 'flows' / 'tests'}")
    if report is not None:
        report.write_text(junit(judged), encoding="utf-8")
    failures = sum(bool(each.faults) for each in judged)
    click.echo(f"{len(judged)} case(s), {failures} not as expected")
    if failures:
        raise click.exceptions.Exit(FAILED)


def _cases(file: Path) -> CasesFile:
    content, problems, _ = load_file(CasesFile, file)
    for problem in problems:
        click.echo(str(problem), err=True)
    if content is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    return content


def _played(plan: SitePlan, file: Path, case: CaseSettings, *, verbose: bool) -> Judged:
    played: Played | None = None
    try:
        played = Call(plan, case).play()
        faults = judge(case.expect, played)
    except PlayingError as fault:
        faults = (str(fault),)
    judged = Judged(str(file), case.name, faults)
    click.echo(f"{'FAILED' if judged.faults else 'ok    '} {file.name}: {case.name}")
    for line in judged.faults:
        click.echo(f"         {line}")
    if verbose and played is not None:
        click.echo(f"         path: {listed(played.path)}\n         heard: {listed(played.heard)}")
        click.echo(f"         end: {played.end}, queue: {played.queue}, data: {played.data}")
    return judged
