"""``callwright console-user``: who may come in at the console."""

import sys
from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, load, settings_of
from cti_server.console.rights import Role
from cti_server.console.users import Users, UsersError


@click.command("console-user")
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
