"""The command line: arguments in, exit status out; 0 is done, 1 failed, 2 means that the configuration is wrong.

A command is imported when it is called, so that none of them waits for what another one needs; what the list of
commands says of each stands in `cti_server.cli.plugged`.
"""

from typing import Final

import click

from cti_server.cli.plugged import PluggedGroup

PLACES: Final = {
    "apply": "cti_server.cli.changing:apply",
    "backup": "cti_server.cli.keeping:backup",
    "check": "cti_server.cli.configuration:check",
    "check-journal": "cti_server.cli.keeping:check_journal",
    "console": "cti_server.cli.oneshot:console",
    "console-user": "cti_server.cli.people:console_user",
    "contact": "cti_server.cli.reading:contact",
    "contacts": "cti_server.cli.reading:contacts",
    "csta": "cti_server.cli.csta.commands:csta",
    "doctor": "cti_server.cli.doctor.command:doctor",
    "drift": "cti_server.cli.drift_command:drift",
    "feed": "cti_server.cli.tracing:feed",
    "plan": "cti_server.cli.changing:plan",
    "rebuild": "cti_server.cli.keeping:rebuild",
    "reload": "cti_server.cli.changing:reload",
    "replay": "cti_server.cli.tracing:replay",
    "restore": "cti_server.cli.keeping:restore",
    "run": "cti_server.cli.serving:run",
    "show": "cti_server.cli.oneshot:show",
    "switchover": "cti_server.cli.oneshot:switchover",
    "trace": "cti_server.cli.tracing:trace",
    "undo": "cti_server.cli.changing:undo",
}
"""Where each command is."""


@click.group(cls=PluggedGroup, places=PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="callwright")
def main() -> None:
    """Callwright's CTI server: tells the PBX where the calls go.

    Example: callwright check --config config && callwright run --config config
    """
