"""The command ``callwright-media``: runs a media service, or checks its settings."""

import secrets
import sys
import time
from pathlib import Path

import click

from media_service.engine_choice import describe
from media_service.settings import Loaded, load_settings

EXIT_FAULT = 1
EXIT_SETTINGS = 2

EPILOG = """
\b
Example:
  callwright-media --config config/media.yaml --check
  callwright-media --config config/media.yaml

Exit status: 0 after a stop by SIGTERM or Ctrl-C, 1 where the service cannot run (an address is taken, for instance),
2 for wrong settings.
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
    "--check", is_flag=True, help="Only check the settings file, the passwords and the prompts that it names."
)
@click.version_option(package_name="callwright", prog_name="callwright-media")
def main(config: Path, *, check: bool) -> None:
    """Answer callers over SIP, play prompts and music, and listen for digits, as a CTI server wants it.

    The service registers its media ports as extensions at the PBX. Ctrl-C or SIGTERM ends its calls, unregisters the
    ports and stops it.
    """
    loaded = load_settings(config)
    for problem in loaded.problems:
        click.echo(str(problem), err=True)
    if loaded.settings is None:
        sys.exit(EXIT_SETTINGS)
    if check:
        click.echo(f"{config}: all right, {len(loaded.accounts)} media ports")
        click.echo(f"packet engine: {describe(loaded.settings.engine)}")
        return
    sys.exit(run(loaded))


def run(loaded: Loaded) -> int:
    """Run the service until it is told to stop; gives the exit status."""
    from program.reactor import install  # noqa: PLC0415 - the reactor comes before everything that might import it

    reactor = install()
    from media_service.engine_choice import make_engine  # noqa: PLC0415 - after the reactor
    from media_service.prompts.speaker import Speaker  # noqa: PLC0415 - after the reactor
    from media_service.service import MediaService  # noqa: PLC0415 - after the reactor
    from media_service.settings import expand_udp_range  # noqa: PLC0415 - after the reactor
    from program.logs import set_up  # noqa: PLC0415 - after the reactor
    from program.run import Program  # noqa: PLC0415 - after the reactor

    settings, prompts = loaded.settings, loaded.prompts
    if settings is None or prompts is None:
        return EXIT_SETTINGS
    set_up(level=settings.log.level, form=settings.log.format)
    speaker = Speaker(prompts, country=settings.prompts.country)
    service = MediaService(
        reactor,
        settings,
        loaded.accounts,
        engine=make_engine(settings.engine, reactor, settings.rtp_host, expand_udp_range(settings.rtp.ports)),
        speak=speaker.speak,
        clock=time.time,
        tokens=lambda: secrets.token_hex(16),
    )
    return Program(reactor, service).run()


if __name__ == "__main__":
    main()
