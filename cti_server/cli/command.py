"""The command line: arguments in, exit status out; 0 is done, 1 failed, 2 means that the configuration is wrong."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console as Screen
from twisted.internet.base import ReactorBase

from cti_server.cli.changing import COMMANDS as CHANGING
from cti_server.cli.configuration import BAD_CONFIG, CONFIG, SET, load, settings_of
from cti_server.cli.csta.commands import csta
from cti_server.cli.doctor import examine
from cti_server.cli.drift_command import drift
from cti_server.cli.keeping import backup, check_journal, rebuild, restore
from cti_server.cli.oneshot import console, show
from cti_server.cli.plugged import PluggedGroup
from cti_server.cli.reading import contact_story, contacts_as_json, contacts_as_table
from cti_server.cli.switchover import switchover
from cti_server.cli.tracing import feed, replay, trace
from cti_server.console.rights import Role
from cti_server.console.users import Users, UsersError
from cti_server.runtime.lifecycle import run as run_server
from program.reactor import install


@click.group(cls=PluggedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="callwright")
def main() -> None:
    """Callwright's CTI server: tells the PBX where the calls go.

    Example: callwright check --config config && callwright run --config config
    """


@main.command()
@CONFIG
@SET
def run(config: Path, wishes: tuple[str, ...]) -> None:
    """Run the server until Ctrl-C or SIGTERM; no call is dropped when it stops.

    Example: callwright run --config config --set log.format=json
    """
    loaded = load(config)
    settings = settings_of(loaded, wishes)
    if loaded.plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    reactor = _install()
    try:
        status = run_server(reactor, settings, loaded.plan, config)
    except OSError as fault:
        raise click.ClickException(str(fault)) from fault
    raise click.exceptions.Exit(status)


@main.command()
@CONFIG
@SET
def check(config: Path, wishes: tuple[str, ...]) -> None:
    """Check the configuration: every problem at once as file:line: path: message; the exit status is 2 then.

    Example: callwright check --config config
    """
    loaded = load(config)
    settings = settings_of(loaded, wishes)
    plan = loaded.plan
    if plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    click.echo(
        f"{config}: no problems. {len(settings.links)} link(s), {len(plan.pilots)} pilot(s), "
        f"{len(plan.queues)} queue(s), {len(plan.agents)} agent(s), {len(plan.flows)} flow(s)"
    )


@main.command("console-user")
@click.argument("name")
@CONFIG
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-password", is_flag=True, help="Leave the password as it is; a new user comes in by a key alone.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="A role of theirs; may be given again.",
)
def console_user(name: str, config: Path, password_stdin: bool, no_password: bool, roles: tuple[str, ...]) -> None:
    """Add a user of the console, or give one a new password or other roles.

    Without a role a new user may do everything, and one who is there keeps theirs.

    Example: callwright console-user anna --role supervisor --config config
    """
    settings = settings_of(load(config, strict=False), ())
    if no_password:
        password = None
    elif password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        is_new = Users(settings.console.users).add(name, password, [Role(one) for one in roles] or None)
    except UsersError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    changed = "added" if is_new else "has other roles" if password is None else "has a new password"
    click.echo(f"{name}: {changed} ({settings.console.users})")


@main.command()
@CONFIG
@SET
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many, the newest.")
def contacts(config: Path, wishes: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Show the contacts and their segments from the reports; also while the server runs.

    Example: callwright contacts --config config --limit 10
    """
    settings = settings_of(load(config, strict=False), wishes)
    if as_json:
        click.echo(contacts_as_json(settings.database, limit))
    else:
        Screen(width=None if sys.stdout.isatty() else 160).print(contacts_as_table(settings.database, limit))


@main.command()
@click.argument("number", type=click.IntRange(1))
@CONFIG
@SET
def contact(number: int, config: Path, wishes: tuple[str, ...]) -> None:
    """Tell the whole life of a contact: events, causes, decisions, segments.

    Example: callwright contact 17 --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    story = contact_story(settings.database, number)
    if story is None:
        raise click.ClickException(f"no contact {number}")
    click.echo(story)


@main.command()
@CONFIG
@SET
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
def doctor(config: Path, wishes: tuple[str, ...], as_json: bool) -> None:
    """Look at what the server needs, and say what to do where something is missing.

    The machine (limits, clock, libraries, time zones, disk), configuration, database, prompts, ports, secrets,
    certificates, links, connectors; each media service is asked for its version, packet engine, ports and calls.

    Example: callwright doctor --config config
    """
    reactor = _install()
    findings = examine(config, wishes, type(reactor).__name__)
    if as_json:
        facts = [{"what": one.what, "ok": one.good, "detail": one.text} for one in findings]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    for finding in () if as_json else findings:
        click.echo(str(finding))
    if not all(finding.good for finding in findings):
        raise click.exceptions.Exit(1)


def _install() -> ReactorBase:
    return install()


main.add_command(csta)
main.add_command(drift)
for each in CHANGING:
    main.add_command(each)
main.add_command(show)
main.add_command(console)
main.add_command(switchover)
main.add_command(trace)
main.add_command(replay)
main.add_command(feed)
for each in (rebuild, backup, restore, check_journal):
    main.add_command(each)
