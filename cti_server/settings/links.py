"""How a CSTA link is secured and logged in: TLS, further addresses, user and password."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from csta.dialects import Dialect
from csta.errors import SessionError
from csta.session_settings import Credentials
from csta.transport import TlsError, TlsSettings
from csta.transport.tls import client_options
from cti_server.settings.names import Host, Port
from settings_file import Lines, Problem, SettingsModel


class AddressSettings(SettingsModel):
    """A further address of the same PBX."""

    host: Host
    """Where the PBX's CSTA interface listens as well."""
    port: Port


class LinkTlsSettings(SettingsModel):
    """TLS on a link. Files are in PEM form; relative paths start at the folder of server.yaml."""

    ca: Path | None = None
    """Certificates of the authorities that are trusted, and no others; without it those of the system."""
    certificate: Path | None = None
    """Our own certificate, where the PBX asks for one; the chain above it may follow in the same file."""
    key: Path | None = None
    """The key of our certificate; without it the key is in the certificate's file."""
    server_name: Host | None = None
    """The name that must stand in the PBX's certificate; without it the link's host."""
    check_name: bool = True
    """Off for a PBX whose certificate has no usable name; that it is signed by ``ca`` is checked all the same."""

    def settings(self, base: Path) -> TlsSettings:
        """Give what the link needs, relative paths against ``base``."""
        return TlsSettings(
            ca=_at(base, self.ca),
            certificate=_at(base, self.certificate),
            key=_at(base, self.key),
            server_name=self.server_name,
            check_name=self.check_name,
        )

    def resolved(self, base: Path) -> "LinkTlsSettings":
        """Give the same settings with absolute paths."""
        paths = {"ca": _at(base, self.ca), "certificate": _at(base, self.certificate), "key": _at(base, self.key)}
        return self.model_copy(update=paths)


class SecuredLink(Protocol):
    """What is looked at here of a link's settings."""

    @property
    def host(self) -> str:
        """The first address."""

    @property
    def profile(self) -> str | None:
        """The way of speaking."""

    @property
    def tls(self) -> LinkTlsSettings | None:
        """TLS, or none."""

    @property
    def user(self) -> str | None:
        """Who logs in."""

    @property
    def password_file(self) -> Path | None:
        """Where the password stands."""

    @property
    def password_env(self) -> str | None:
        """The environment variable with the password."""


class SecretError(Exception):
    """A password cannot be had; the text says what to do."""


def credentials(link: SecuredLink, base: Path, environment: Mapping[str, str] = os.environ) -> Credentials | None:
    """Give user and password of a link, None where nobody logs in; relative paths against ``base``.

    Raises:
        SecretError: The password cannot be had.
    """
    if link.user is None:
        if link.password_file is not None or link.password_env is not None:
            raise SecretError("has a password but no user")
        return None
    if (link.password_file is None) == (link.password_env is None):
        raise SecretError("a user needs either password_file or password_env")
    if link.password_env is not None:
        password = environment.get(link.password_env, "")
        if not password:
            raise SecretError(f"environment variable {link.password_env} is not set")
        return Credentials(link.user, password)
    file = base / (link.password_file or "")
    try:
        password = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"password file {file} cannot be read: {error}") from error
    if not password or "\n" in password:
        raise SecretError(f"{file}: give the password in one line")
    return Credentials(link.user, password)


def check_link(link: SecuredLink, dialect: object, lines: Lines, index: int) -> Iterator[Problem]:
    """Say what is wrong with a link's profile, log-in and TLS files."""
    base = lines.file.parent
    if isinstance(dialect, Dialect) and link.profile is not None:
        try:
            dialect.profile(link.profile)
        except SessionError as error:
            yield lines.problem(str(error), "links", index, "profile")
    try:
        credentials(link, base)
    except SecretError as error:
        key = "password_file" if link.password_file else "password_env" if link.password_env else "user"
        yield lines.problem(str(error), "links", index, key)
    if link.tls is not None:
        try:
            client_options(link.tls.settings(base), link.host)
        except TlsError as error:
            yield lines.problem(str(error), "links", index, "tls")


def _at(base: Path, path: Path | None) -> Path | None:
    """The absolute path; links stay links, as the renewal of a certificate lets them lead to other files."""
    return None if path is None else (base / path).absolute()
