"""The group ``callwright csta``: for integrators who look at CSTA links, play them back, try a PBX, share a link."""

from pathlib import Path

import click

from csta.captures import CaptureHeader
from csta.errors import LocalError
from csta.session_settings import Credentials
from csta.trace import Wanted
from csta.trace.replay import PATIENCE, Replay
from csta.transport import TlsSettings
from cti_server.cli.asking import Way
from cti_server.cli.configuration import CONFIG, load, settings_of
from cti_server.cli.csta.live import trace_proxy
from cti_server.cli.csta.options import host_and_port, password, place, selection
from cti_server.cli.csta.probe import probe
from cti_server.cli.csta.replay import replay, script
from cti_server.cli.csta.share import share_
from cti_server.cli.csta.trace import Look, chosen_dialect, trace_files, trace_live
from cti_server.cli.running import run
from cti_server.telemetry.blackbox import BLACK_BOX


@click.group()
def csta() -> None:
    """Look at CSTA links, play captures back, try a PBX, share a link.

    Example: callwright csta trace --live pbx
    """


@csta.command(short_help="Show CSTA messages decoded, one a line.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[FILE]...")
@click.option("--live", metavar="LINK", help="Follow this link of the running server, by its black box.")
@click.option("--proxy", callback=host_and_port, metavar="HOST:PORT", help="Listen here, pass everything on to --to.")
@click.option("--to", "target", callback=host_and_port, metavar="HOST:PORT", help="The switch, for --proxy.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Keep what passes --proxy in this file.")
@selection
@click.option("--dialect", default="", help="The PBX's dialect, where the capture does not say it.")
@click.option("--profile", default="", help="The dialect's profile.")
@click.option("--port", "ports", multiple=True, type=click.IntRange(1, 65535), help="The switch's, in a pcap.")
@CONFIG
def trace(  # noqa: PLR0917 - one for each option
    wanted: Wanted,
    look: Look,
    files: tuple[Path, ...],
    live: str | None,
    proxy: tuple[str, int] | None,
    target: tuple[str, int] | None,
    save: Path | None,
    dialect: str,
    profile: str,
    ports: tuple[int, ...],
    config: Path,
) -> None:
    """Show CSTA messages decoded, one a line: of capture files, of the running server, or passing a proxy.

    FILE is a capture of the server or of --save, a directory of them, pcap or pcapng. Of a number only the first three
    digits are shown, unless its device was monitored; passwords are never shown. Exit status: 0, 1 where the input
    cannot be read, 2 for wrong options.

    Example: callwright csta trace run/black-box --device 7101 --errors

    Example: callwright csta trace --proxy :11041 --to 192.0.2.7:1040 --save today.capture
    """
    if sum((bool(files), live is not None, proxy is not None)) != 1:
        raise click.UsageError("exactly one of FILE, --live and --proxy says what to look at")
    if (proxy is None) != (target is None) or (save is not None and proxy is None):
        raise click.UsageError("--proxy and --to belong together, and --save to them")
    if proxy is not None and target is not None:
        chosen_dialect(dialect, profile)
        header = CaptureHeader(dialect, profile, f"{target[0]}:{target[1]}")
        raise click.exceptions.Exit(run(trace_proxy(proxy, target, wanted, look, header, save), interrupted=0))
    if live is not None:
        settings = settings_of(load(config, strict=False), ())
        trace_live(settings.data / BLACK_BOX, live, wanted, look)
        return
    trace_files(files, wanted, look, dialect=dialect, profile=profile, ports=frozenset(ports) or None)


@csta.command("replay", short_help="Be the switch of a capture for a server under test.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="FILE...")
@click.option(
    "--listen",
    default="127.0.0.1:11040",
    show_default=True,
    callback=host_and_port,
    metavar="HOST:PORT",
    help="The server under test connects here.",
)
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=1.0, show_default=True, help="2: twice as fast.")
@click.option("--wait", type=click.FloatRange(1, 86400), default=60.0, show_default=True, help="Seconds to be called.")
@click.option(
    "--patience",
    type=click.FloatRange(0.1, 600),
    default=PATIENCE,
    show_default=True,
    help="Seconds to wait for each step of the application.",
)
@click.option("--peer", default="", help="Which connection of the capture; without it the first that begins in it.")
@click.option("--dialect", default="", help="The PBX's dialect, where the capture does not say it.")
@click.option("--profile", default="", help="The dialect's profile.")
@click.option("--port", "ports", multiple=True, type=click.IntRange(1, 65535), help="The switch's, in a pcap.")
def replay_(  # noqa: PLR0917 - one for each option
    files: tuple[Path, ...],
    listen: tuple[str, int],
    speed: float,
    wait: float,
    patience: float,
    peer: str,
    dialect: str,
    profile: str,
    ports: tuple[int, ...],
) -> None:
    """Be the switch of a capture: play its frames to a server under test, and say what that does otherwise.

    Requests that the capture shows (by service and device) get the captured answers; what the server does not do
    within --patience seconds, does besides or does otherwise is a difference. Exit status: 0 as in the capture, 1
    differences, 2 nobody connected.

    Example: callwright csta replay bug.capture --listen 127.0.0.1:11040 --speed 10
    """
    rows, framing, normalise = script(files, dialect, profile, peer, frozenset(ports) or None)

    def make() -> Replay:
        return Replay(rows, framing, speed=speed, normalise=normalise, patience=patience)

    raise click.exceptions.Exit(run(replay(files, listen, wait, make)))


@csta.command("probe", short_help="Compare what a PBX can do with its dialect.")
@click.argument("host", metavar="HOST[:PORT]")
@click.option("--dialect", required=True, help="How the PBX speaks, for example openscape_voice.")
@click.option("--profile", default="", help="Which of the dialect's profiles; without it the default one.")
@click.option("--user", default="", help="Who logs in; the password is asked for.")
@click.option("--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its first line.")
@click.option("--device", default="", help="A device to ask about; it gets a monitor for a moment.")
@click.option("--tls", is_flag=True, help="TLS, with the system's authorities unless --tls-ca names others.")
@click.option("--tls-ca", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Authorities, as PEM.")
@click.option("--tls-certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Ours, as PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its key, as PEM.")
@click.option("--tls-name", default=None, help="The name in the PBX's certificate, where it is not HOST.")
@click.option("--colour/--no-colour", "colour", default=None, help="As the terminal has it, unless given.")
def probe_(  # noqa: PLR0917 - one for each option
    host: str,
    dialect: str,
    profile: str,
    user: str,
    password_file: Path | None,
    device: str,
    tls: bool,
    tls_ca: Path | None,
    tls_certificate: Path | None,
    tls_key: Path | None,
    tls_name: str | None,
    colour: bool | None,
) -> None:
    """Log in to a PBX, ask what it can do, and compare that with what its dialect says.

    Nothing is changed: only questions are asked, and with --device a monitor is started and stopped. Exit status: 0 as
    the dialect says, 1 differences, 2 not reached.

    Example: callwright csta probe 192.0.2.7 --dialect openscape_voice --device 7101
    """
    spoken, found = chosen_dialect(dialect, profile)
    if spoken is None or found is None:
        raise click.UsageError("--dialect is empty")
    secured = tls or tls_ca is not None or tls_certificate is not None
    way = Way(
        host=place(host, found.port)[0],
        port=place(host, found.port)[1],
        dialect=spoken,
        profile=profile or None,
        credentials=Credentials(user, password(user, password_file)) if user else None,
        tls=TlsSettings(ca=tls_ca, certificate=tls_certificate, key=tls_key, server_name=tls_name) if secured else None,
    )
    try:
        status = run(probe(way, spoken.normalise_device(device), colour))
    except LocalError as wrong:
        raise click.UsageError(str(wrong)) from wrong
    raise click.exceptions.Exit(status)


csta.add_command(share_)
