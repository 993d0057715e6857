"""The command ``callwright-media``: runs a media service, or checks its settings."""

import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from media_service.engine.errors import EngineError
from media_service.engine_choice import EngineKind
from media_service.machine import look
from media_service.prompts.catalogue import Catalogue
from media_service.settings import Loaded, MediaSettings, PortAccount, expand_udp_range, load_settings
from media_service.speech.errors import SpeechError
from program.findings import Finding

if TYPE_CHECKING:
    from twisted.internet.posixbase import PosixReactorBase

    from media_service.service import MediaService

EXIT_FAULT = 1
EXIT_SETTINGS = 2

EPILOG = """
\b
Example:
  callwright-media --config config/media.yaml --check
  callwright-media --config config/media.yaml
  callwright-media --doctor

Exit status: 0 after a stop by SIGTERM or Ctrl-C, 1 where the service cannot run (an address is taken, for instance)
or --check or --doctor find something bad on this machine, 2 for wrong settings.
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    default=Path("config/media.yaml"),
    show_default=True,
    help="The settings file.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Only check the settings file, the passwords and the prompts that it names, and look at the machine.",
)
@click.option("--doctor", is_flag=True, help="Only look at the machine: packet engine, sockets. Needs no settings.")
@click.option("--calls", type=click.IntRange(1), help="With --doctor: how many calls at once there are to be.")
@click.version_option(package_name="callwright", prog_name="callwright-media")
def main(config: Path, *, check: bool, doctor: bool, calls: int | None) -> None:
    """Answer callers over SIP, play prompts and music, and listen for digits, as a CTI server wants it.

    The service registers its media ports as extensions at the PBX. Ctrl-C or SIGTERM ends its calls, unregisters the
    ports and stops it.
    """
    if doctor:
        sys.exit(EXIT_FAULT if _show(look(EngineKind.AUTO, calls)) else 0)
    loaded = load_settings(config)
    for problem in loaded.problems:
        click.echo(str(problem), err=True)
    if loaded.settings is None:
        sys.exit(EXIT_SETTINGS)
    if check:
        check_only(config, loaded.settings, len(loaded.accounts))
        return
    sys.exit(run(loaded))


def check_only(config: Path, settings: MediaSettings, ports: int) -> None:
    """Say what would run and on what; ends with `EXIT_SETTINGS` where a speech engine is missing."""
    from media_service.speech_choice import describe_speech  # noqa: PLC0415 - loads the engines

    try:
        speech = describe_speech(settings.speech)
    except SpeechError as error:
        click.echo(f"{config}: speech: {error}", err=True)
        sys.exit(EXIT_SETTINGS)
    trunk = settings.trunk
    lines = f" and {trunk.lines} lines of the trunk" if trunk is not None else ""
    click.echo(f"{config}: all right, {ports} media ports{lines}")
    click.echo(f"codecs wished for: {', '.join(settings.media.codecs)}; SRTP {settings.media.srtp}")
    click.echo(f"speech: {speech}")
    calls = ports + (trunk.lines if trunk is not None else 0)
    if _show(look(settings.engine, calls, expand_udp_range(settings.rtp.ports))):
        sys.exit(EXIT_FAULT)


def _show(findings: list[Finding]) -> bool:
    """Print each; tell whether something is bad."""
    for finding in findings:
        click.echo(str(finding))
    return not all(finding.good for finding in findings)


def run(loaded: Loaded) -> int:
    """Run the service until it is told to stop; gives the exit status."""
    from program.reactor import install  # noqa: PLC0415 - the reactor comes before everything that might import it

    reactor = install()
    from program.logs import set_up  # noqa: PLC0415 - after the reactor
    from program.run import Program  # noqa: PLC0415 - after the reactor

    if loaded.settings is None or loaded.prompts is None:
        return EXIT_SETTINGS
    set_up(level=loaded.settings.log.level, form=loaded.settings.log.format)
    try:
        service = make_service(reactor, loaded.settings, loaded.accounts, loaded.prompts)
    except (EngineError, SpeechError) as error:
        click.echo(f"cannot start: {error}", err=True)
        return EXIT_FAULT
    return Program(reactor, service).run()


def make_service(
    reactor: "PosixReactorBase", settings: MediaSettings, accounts: tuple[PortAccount, ...], prompts: Catalogue
) -> "MediaService":
    """Put a service together.

    Raises:
        EngineError: the packet engine is not there, or cannot do what the settings require.
        SpeechError: a speech engine is not there.
    """
    from media_service.engine_choice import make_engine  # noqa: PLC0415 - after the reactor
    from media_service.prompts.speaker import Speaker  # noqa: PLC0415 - after the reactor
    from media_service.service import MediaService  # noqa: PLC0415 - after the reactor
    from media_service.speech.pool import SpeechPool  # noqa: PLC0415 - after the reactor
    from media_service.speech_choice import make_speech  # noqa: PLC0415 - after the reactor

    speech = make_speech(reactor, settings.speech)
    udp = expand_udp_range(settings.rtp.ports)
    if prompts.own is not None:
        prompts.own.tidy()
    aside = SpeechPool(reactor, threads=1)
    speaker = Speaker(prompts, speech.synthesiser, settings.prompts.country, in_thread=aside.do)
    return MediaService(
        reactor,
        settings,
        accounts,
        engine=make_engine(settings.engine, reactor, settings.rtp_host, udp, threads=settings.threads),
        speak=speaker.speak,
        clock=time.time,
        tokens=lambda: secrets.token_hex(16),
        speech=speech,
    )


if __name__ == "__main__":
    main()
