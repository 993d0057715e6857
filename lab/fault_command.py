"""The command ``callwright-lab fault``: asks a running lab PBX for faults."""

import sys
from pathlib import Path

import click

from lab.fault_door import Ask, FaultDoorError, ask, names
from lab.settings import load_lab

EXIT_REFUSED, EXIT_SETTINGS = 1, 2

EPILOG = """
\b
Faults of frames and answers, each with --rate from 0 to 1, and --for to end by itself:
  split merge delay duplicate reorder lose garble   frames on their way to applications
  wrong-answer no-answer                            answers to requests, which are carried out all the same
Mishaps, with --for where they last:
  flap            all links are cut, none taken for so long
  overload        status overloadReached, everything refused, then overloadRelieved
  drop-monitors   the switch ends monitors (--device: those on one device)
  drop-routes     the switch ends registrations for routing
  messages-lost   status messagesLost
  restart         calls and monitors are gone, status initializing, then enabled; links stay
  reboot          the same, and the links are cut too
And: none (no rates any more), list (the present rates).
\b
Examples:
  callwright-lab fault lose --rate 0.05 --for 30
  callwright-lab fault flap --for 3
  callwright-lab fault drop-monitors --device 7101

Exit status: 0 done, 1 refused or nobody there, 2 wrong settings (faults.door is needed) or options.
"""


@click.command(epilog=EPILOG)
@click.argument("name", type=click.Choice(names()), metavar="FAULT")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config/lab.yaml"),
    show_default=True,
    help="The settings file of the running lab PBX.",
)
@click.option("--rate", type=click.FloatRange(0, 1), help="Which part of all frames or answers.")
@click.option("--for", "seconds", type=click.FloatRange(0), help="For how many seconds.")
@click.option("--device", help="At which device.")
def fault(name: str, config: Path, rate: float | None, seconds: float | None, device: str | None) -> None:
    """Ask a running lab PBX for a fault."""
    lab, problems = load_lab(config)
    for problem in problems:
        click.echo(str(problem), err=True)
    if lab is None:
        sys.exit(EXIT_SETTINGS)
    if lab.door is None:
        click.echo(
            f"{config}: faults.door names no socket; name one there (door: ../run/lab-faults), and start the PBX anew",
            err=True,
        )
        sys.exit(EXIT_SETTINGS)
    try:
        click.echo(ask(lab.door, Ask(name, rate, seconds, device)))
    except FaultDoorError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_REFUSED)
