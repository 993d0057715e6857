"""``callwright csta share``: one link to a switch that allows few, for many applications."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from typing import Any

import click
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError

from csta import messages as m
from csta.dialects.dialect import Dialect, Login, Profile
from csta.errors import LocalError
from csta.session_settings import Credentials, Verifier
from csta.sharing import SharingSettings
from csta.transport import LinkClient, TlsSettings, listen
from csta.transport.sharing import LinkSharing
from cti_server.cli.csta.options import host_and_port, password, place
from cti_server.cli.csta.screen import clean
from cti_server.cli.csta.trace import chosen_dialect
from cti_server.cli.running import Work, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a shared link: where it is, and how it is spoken with."""

    host: str
    port: int
    profile: Profile
    credentials: Credentials | None = None
    tls: TlsSettings | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("share", short_help="Share one link to a switch among many applications.")
@click.option("--listen", required=True, callback=host_and_port, metavar="HOST:PORT", help="Applications connect here.")
@click.option("--to", "target", required=True, metavar="HOST[:PORT]", help="The switch.")
@click.option("--dialect", required=True, help="How the switch speaks, for example openscape_business.")
@click.option("--profile", default="", help="Which of the dialect's profiles; without it the default one.")
@click.option("--listen-profile", default="", help="The same for applications; without it the switch's.")
@click.option("--user", default="", help="Who logs in at the switch; the password is asked for.")
@click.option("--password-file", type=_FILE, help="Its first line.")
@click.option("--listen-user", default="", help="As whom applications log in; without it anybody is let in.")
@click.option("--listen-password-file", type=_FILE, help="Its first line.")
@click.option("--applications", type=click.IntRange(1, 1000), default=16, show_default=True, help="At a time.")
@click.option("--monitors", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="Of each.")
@click.option(
    "--tls", is_flag=True, help="TLS to the switch, with the system's authorities unless --tls-ca names others."
)
@click.option("--tls-ca", type=_FILE, help="The switch's authorities, as PEM.")
@click.option("--tls-certificate", type=_FILE, help="Ours towards the switch, as PEM.")
@click.option("--tls-key", type=_FILE, help="Its key, as PEM.")
@click.option("--tls-name", default=None, help="The name in the switch's certificate, where it is not HOST.")
@click.option("--listen-tls-certificate", type=_FILE, help="TLS for applications, with this certificate, as PEM.")
@click.option("--listen-tls-key", type=_FILE, help="Its key, as PEM.")
@click.option("--listen-tls-ca", type=_FILE, help="Only applications with a certificate of these authorities.")
def share_(**given: Any) -> None:  # noqa: ANN401 - what click hands over
    """Share one link to a switch among many applications; each believes the switch to be its own.

    For a PBX that allows few links. A device that several applications monitor has one monitor at the switch, and each
    application gets the events that it asked for. Requests, answers and routing dialogues go to and fro; no application
    keeps the others waiting. Applications may speak another profile than the switch, XML on a BER link for example. As
    long as the switch is not there, none is let in. Ctrl-C ends. Exit status: 0, 1 where it cannot listen, 2 for wrong
    options.

    Example: callwright csta share --listen 127.0.0.1:8801 --to 192.0.2.7 --dialect openscape_business --user AMHOST

    Example: callwright csta share --listen :8801 --to 192.0.2.7:8800 --dialect openscape_business --listen-profile xml
    """
    dialect, profile = chosen_dialect(given["dialect"], given["profile"])
    if dialect is None or profile is None:
        raise click.UsageError("--dialect is empty")
    _, spoken = chosen_dialect(given["dialect"], given["listen_profile"] or given["profile"])
    settings = SharingSettings(applications=given["applications"], monitors=given["monitors"])
    try:
        work = share(dialect, _switch_side(given, profile), _application_side(given, spoken or profile), settings)
        status = run(work, interrupted=0)
    except LocalError as wrong:
        raise click.UsageError(str(wrong)) from wrong
    raise click.exceptions.Exit(status)


def _switch_side(given: dict[str, Any], profile: Profile) -> Side:
    host, port = place(given["target"], profile.port)
    user = given["user"]
    tls = None
    if given["tls"] or given["tls_ca"] or given["tls_certificate"]:
        certificate, key = given["tls_certificate"], given["tls_key"]
        tls = TlsSettings(ca=given["tls_ca"], certificate=certificate, key=key, server_name=given["tls_name"])
    credentials = Credentials(user, password(user, given["password_file"])) if user else None
    return Side(host=host, port=port, profile=profile, credentials=credentials, tls=tls)


def _application_side(given: dict[str, Any], profile: Profile) -> Side:
    host, port = given["listen"]
    user, certificate = given["listen_user"], given["listen_tls_certificate"]
    if certificate is None and (given["listen_tls_key"] or given["listen_tls_ca"]):
        raise click.UsageError("--listen-tls-key and --listen-tls-ca belong to --listen-tls-certificate")
    if given["listen_password_file"] and not user:
        raise click.UsageError("--listen-password-file belongs to --listen-user")
    if user and profile.login is Login.SWITCH_SPEAKS_FIRST:
        raise click.UsageError("--listen-user: applications of this profile name no user; see --listen-tls-ca")
    tls = None
    if certificate is not None:
        tls = TlsSettings(ca=given["listen_tls_ca"], certificate=certificate, key=given["listen_tls_key"])
    credentials = Credentials(user, password(user, given["listen_password_file"])) if user else None
    return Side(host=host, port=port, profile=profile, credentials=credentials, tls=tls)


def share(dialect: Dialect, switch: Side, applications: Side, settings: SharingSettings) -> Work:
    """The work of a shared link that lasts until Ctrl-C.

    It raises `LocalError` where the settings cannot be used, and `click.ClickException` where it cannot listen.
    """

    async def work(reactor: ReactorBase) -> int:
        able = m.ChangeMonitorFilter in dialect.capabilities.services
        sharing = LinkSharing(reactor, settings, filters=able, tell=say)
        client = LinkClient(
            reactor,
            switch.host,
            switch.port,
            dialect,
            sharing.session,
            sharing.switch_side,
            tls=switch.tls,
            profile=switch.profile,
            credentials=switch.credentials,
        )
        port = await _listening(reactor, dialect, applications, sharing)
        say(f"applications connect to {applications.host}:{port.getHost().port}; the switch is {switch}; Ctrl-C ends")
        if applications.credentials is None:
            say("whoever reaches this port is let in: --listen-user and --listen-tls-ca say otherwise")
        client.start()
        try:
            await _for_ever()
        finally:
            await maybeDeferred(port.stopListening)
            await sharing.close_applications()
            await client.stop()
            say("ended")
        return 0

    return work


async def _listening(reactor: ReactorBase, dialect: Dialect, side: Side, sharing: LinkSharing) -> Any:  # noqa: ANN401 - an interface that zope declares
    try:
        return await listen(
            reactor,
            side.host,
            side.port,
            dialect,
            sharing.session,
            sharing.application_side,
            tls=side.tls,
            profile=side.profile,
            verify=verifier(side.credentials),
            admits=sharing.admits,
        )
    except CannotListenError as fault:
        raise click.ClickException(f"cannot listen on {side}: {fault.socketError}") from fault


def verifier(right: Credentials | None) -> Verifier | None:
    """Give the question whether an application may come in: with these credentials, or anyhow."""
    if right is None:
        return None

    def verify(given: Credentials | None) -> bool:
        # In the same time whatever is wrong; neither of the two has a line's end in it.
        shown, expected = (("" if one is None else f"{one.user}\n{one.password}") for one in (given, right))
        return compare_digest(shown.encode(), expected.encode())

    return verify


def _for_ever() -> Deferred[Any]:
    return Deferred()


def say(text: str, echo: Callable[[str], None] = click.echo) -> None:
    """Print a line of the log, with the local time."""
    echo(f"{datetime.now().astimezone():%H:%M:%S.%f}"[:12] + f" {clean(text)}")
