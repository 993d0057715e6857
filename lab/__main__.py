"""The command ``callwright-lab``: runs the lab PBX, checks its settings, or plays a scripted phone."""

import secrets
import sys
from pathlib import Path

import click

from csta.uacsta import CONTENT_TYPE
from lab.fault_command import fault
from lab.phone import Account, Habits, Phone
from lab.script import Press, Script, ScriptedPhone
from lab.settings import Lab, load_lab
from lab.uacsta.command import uacsta
from program.logs import logger, set_up
from sip.events import Endpoint
from sip.headers import Headers

EXIT_SETTINGS = 2
Fields = tuple[tuple[str, str], ...]
DEMO_PATIENCE = 60.0
"""Seconds in which the demo stops its programs: one after the other, and each has its time."""

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config/lab.yaml"),
    show_default=True,
    help="The settings file.",
)

EPILOG = """
\b
Examples:
  callwright-lab check --config config/lab.yaml
  callwright-lab pbx --config config/lab.yaml
  callwright-lab phone --extension 7201 --dial 7000 --press 1@3.5 --record heard.wav
"""

CHECK_EPILOG = """
\b
Example:
  callwright-lab check --config config/lab.yaml

Exit status: 0 where all is right, 2 where it is not: every problem at file:line.
"""

PBX_EPILOG = """
\b
Example:
  callwright-lab pbx --config config/lab.yaml

Exit status: 0 after Ctrl-C or SIGTERM, 1 where it cannot run (a port is taken, for instance), 2 for wrong settings.
"""

PHONE_EPILOG = """
\b
Examples:
  Call the pilot, press 1 after 3.5 seconds, talk for 20 seconds, keep what is heard:
    callwright-lab phone --extension 7201 --dial 7000 --press 1@3.5 \\
        --speak prompts/en/caller_speech.wav --record heard.wav --hang-up-after 20
  Log an agent on, and be that agent's phone that answers after two seconds:
    callwright-lab phone --extension 7101 --dial '*61'
    callwright-lab phone --extension 7101 --answer-after 2 --speak prompts/en/agent_greeting.wav
  Call as somebody from outside, without registering (from an address that the PBX trusts):
    callwright-lab phone --extension 030123456 --dial 7000
  Call with a trace of one's own (docs/tracing.md):
    callwright-lab phone --extension 7201 --dial 7000 \\
        --header 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

Exit status: 0 after an answered call or Ctrl-C, 1 where the call was not answered or the PBX refused, 2 for wrong
settings or options.
"""


def _presses(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> tuple[Press, ...]:
    """Read each ``DIGITS@SECONDS``."""
    try:
        return tuple(Press.parse(text) for text in texts)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _headers(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> Fields:
    """Read each ``NAME: VALUE``."""
    fields = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon:
            raise click.BadParameter(f"{text!r} is not NAME: VALUE")
        fields.append((name.strip(), value.strip()))
    try:
        Headers(fields)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return tuple(fields)


DEMO_EPILOG = """
\b
Examples:
  callwright-lab demo
  callwright-lab demo --once

Exit status: 0 after the story (--once) or Ctrl-C, 1 where the story failed, with the reason, 2 where it cannot begin.
"""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="callwright", prog_name="callwright-lab")
def main() -> None:
    """Run a PBX in a box with phones and callers to try Callwright with. Never for production."""


def _load(config: Path) -> Lab:
    lab, problems = load_lab(config)
    for problem in problems:
        click.echo(str(problem), err=True)
    if lab is None:
        sys.exit(EXIT_SETTINGS)
    return lab


@main.command(epilog=CHECK_EPILOG, short_help="Check the settings file.")
@CONFIG
def check(config: Path) -> None:
    """Check the settings file and the passwords that it names."""
    lab = _load(config)
    click.echo(f"{config}: all right, {len(lab.plan.extensions)} extensions, {len(lab.plan.pilots)} pilots")


@main.command(epilog=PBX_EPILOG, short_help="Run the PBX until Ctrl-C.")
@CONFIG
def pbx(config: Path) -> None:
    """Run the PBX until Ctrl-C: SIP registrar, calls, pilots, and the CSTA link."""
    sys.exit(_run_pbx(_load(config)))


def _run_pbx(lab: Lab) -> int:
    from program.reactor import install  # noqa: PLC0415 - the reactor comes before everything that might import it

    reactor = install()
    from csta.transport.readiness import write_methods  # noqa: PLC0415 - after the reactor
    from lab.pbx import Pbx  # noqa: PLC0415 - after the reactor
    from media_service.engine.pure.engine import PureEngine  # noqa: PLC0415 - after the reactor
    from program.run import Program  # noqa: PLC0415 - after the reactor

    settings = lab.settings
    set_up(level=settings.log.level, form=settings.log.format)
    log = logger(program=settings.name)
    engine = PureEngine(reactor, settings.rtp.host, settings.rtp.range)
    write_methods(reactor)
    return Program(reactor, Pbx(reactor, lab, engine, log, _token), log).run()


@main.command(epilog=PHONE_EPILOG)
@CONFIG
@click.option("--extension", required=True, help="The phone's own number; one that the PBX does not know is outside.")
@click.option("--dial", help="Call this number; without it the phone waits for calls.")
@click.option("--speak", type=EXISTING, help="Say this WAV file (8 kHz mono 16-bit) once the call is answered.")
@click.option("--repeat", is_flag=True, help="Say it again and again.")
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path), help="Write what is heard to this WAV file.")
@click.option(
    "--press",
    metavar="DIGITS@SECONDS",
    callback=_presses,
    multiple=True,
    help="Press digits so long after the answer; may be repeated.",
)
@click.option("--answer-after", type=click.FloatRange(0), help="Answer calls after so many seconds of ringing.")
@click.option("--reject", is_flag=True, help="Refuse calls (603).")
@click.option("--hang-up-after", type=click.FloatRange(0), help="Hang up so many seconds after the answer.")
@click.option("--patience", type=click.FloatRange(0), help="Give up a dialled call that is not answered by then.")
@click.option(
    "--header",
    "headers",
    metavar="'NAME: VALUE'",
    callback=_headers,
    multiple=True,
    help="Bring this header in the INVITE, such as a traceparent; may be repeated.",
)
@click.option("--sip-port", type=click.IntRange(0, 65535), default=0, help="The phone's SIP port; any where 0.")
@click.option("--uacsta", "controlled", is_flag=True, help="Let applications of this machine control it (uaCSTA).")
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="text",
    show_default=True,
    help="How the log is written.",
)
def phone(  # noqa: PLR0917 - click hands over each option
    config: Path,
    extension: str,
    dial: str | None,
    speak: Path | None,
    repeat: bool,
    record: Path | None,
    press: tuple[Press, ...],
    answer_after: float | None,
    reject: bool,
    hang_up_after: float | None,
    patience: float | None,
    headers: Fields,
    sip_port: int,
    controlled: bool,
    log_format: str,
) -> None:
    """Be a phone of the lab PBX that follows a script."""
    lab = _load(config)
    habits = Habits(answer_after, 603 if reject else None, speak, repeat, record, headers=headers)
    script = Script(dial, press, hang_up_after, patience, register=extension in lab.passwords, controlled=controlled)
    set_up(form=log_format)
    sys.exit(_run_phone(lab, extension, habits, script, sip_port))


def _run_phone(lab: Lab, extension: str, habits: Habits, script: Script, sip_port: int) -> int:
    from program.reactor import install  # noqa: PLC0415 - the reactor comes before everything that might import it

    reactor = install()
    from media_service.engine.pure.engine import PureEngine  # noqa: PLC0415 - after the reactor
    from program.run import Program  # noqa: PLC0415 - after the reactor

    sip, log = lab.settings.sip, logger(program="phone")
    account = Account(extension, lab.passwords.get(extension, ""), Endpoint(sip.host, sip.port), sip.domain)
    first = 30_000 + secrets.randbelow(10_000)
    engine = PureEngine(reactor, sip.host, range(first, first + 20))
    device = Phone(
        reactor,
        engine,
        account,
        tokens=_token,
        log=log,
        habits=habits,
        host=sip.host,
        port=sip_port,
        accepts=(CONTENT_TYPE,) if script.controlled else (),
    )

    def finish(status: int) -> None:
        program.finish(status)

    scripted = ScriptedPhone(reactor, engine, device, script=script, finish=finish, log=log)
    program = Program(reactor, scripted, log)
    return program.run()


@main.command(epilog=DEMO_EPILOG, short_help="Start everything, and tell the story.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("config"),
    show_default=True,
    help="The folder of config files.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("run"),
    show_default=True,
    help="Where the journal, the logs and the recordings go; the last demo's journal is removed.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine for phones elsewhere.")
@click.option("--once", is_flag=True, help="End after the story.")
def demo(config: Path, data: Path, host: str, once: bool) -> None:
    """Start lab PBX, media service and CTI server, tell the story of three callers, and stay up to be called."""
    sys.exit(_run_demo(config, data.resolve(), host, once=once))


def _run_demo(config: Path, data: Path, host: str, *, once: bool) -> int:
    from program.reactor import install  # noqa: PLC0415 - the reactor comes before everything that might import it

    reactor = install()
    from lab.demo.command import Demo, prepare  # noqa: PLC0415 - after the reactor
    from lab.demo.ground import GroundError  # noqa: PLC0415 - as above
    from program.run import Program  # noqa: PLC0415 - after the reactor

    set_up(level="warning")
    try:
        ground = prepare(config, data, host)
    except GroundError as refused:
        click.echo(str(refused), err=True)
        return EXIT_SETTINGS

    def finish(status: int) -> None:
        program.finish(status)

    story = Demo(reactor, ground, once=once, finish=finish)
    program = Program(reactor, story, logger(program="demo"), patience=DEMO_PATIENCE)
    return program.run()


main.add_command(fault)
main.add_command(uacsta)


def _token() -> str:
    return secrets.token_hex(16)


if __name__ == "__main__":
    main()
