"""``connectors:`` in ``config/server.yaml``: databases, web services, mail and PINs that flows may ask.

A connector is active where its part is there. Secrets are files or environment variables, never values.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cti_server.settings.names import Host, Name, Port, Text
from settings_file import Lines, Problem, SettingsModel

Seconds = Annotated[float, Field(gt=0, le=300)]
Attempts = Annotated[int, Field(ge=1, le=100)]
Picked = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", max_length=200)]
"""Where a value is in a JSON answer: keys and places in lists, joined by dots, for example ``customer.names.0``."""
Mailbox = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;\"]{1,64}@[A-Za-z0-9.-]{1,253}$")]
_LONGEST_SECRET = 65_536
_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class SecretFault(Exception):  # noqa: N818 - what it says is read as "secret ... cannot be had"
    """A secret cannot be had; the text says what to do."""


class SecretSettings(SettingsModel):
    """Where a secret is: in a file of its own, or in an environment variable."""

    file: Path | None = None
    """File with the secret in its one line, readable by the server's user alone."""
    env: Text | None = None
    """Environment variable with the secret."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("give either file or env")
        return self

    def resolved(self, base: Path) -> Self:
        """The same, its path absolute."""
        return self if self.file is None else self.model_copy(update={"file": (base / self.file).resolve()})

    def read(self, environment: Mapping[str, str] = os.environ) -> str:
        """The secret; blocks.

        Raises:
            SecretFault: it is not there, or is not one line of text.
        """
        if self.env is not None:
            found = environment.get(self.env, "")
            if not found:
                raise SecretFault(f"environment variable {self.env} is not set")
            return found
        file = self.file or Path()
        try:
            with file.open(encoding="utf-8") as stream:
                found = stream.read(_LONGEST_SECRET).removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as fault:
            raise SecretFault(f"secret file {file} cannot be read: {fault}") from fault
        if not found or "\n" in found:
            raise SecretFault(f"{file}: give the secret in one line")
        return found


class BreakerSettings(SettingsModel):
    """When a service that fails is left alone for a while, so that callers do not wait for it."""

    failures: Annotated[int, Field(ge=1, le=1000)] = 5
    """Failures one after the other that open the circuit: requests are refused at once from then on."""
    pause: Annotated[float, Field(ge=0.1, le=3600)] = 30.0
    """Seconds until one request is let through again; if that succeeds, all are."""


def _select_only(sql: str) -> str:
    """A first look; what counts is that the transaction is read-only."""
    first = re.match(r"\s*([A-Za-z]+)", sql)
    if first is None or first[1].lower() not in {"select", "with", "values"}:
        raise ValueError("must begin with select (or with ... select): a look-up changes nothing")
    return sql


class QuerySettings(SettingsModel):
    """A query that flows may run by its name."""

    name: Name
    sql: Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_select_only)]
    """The statement, with parameters as :name. Values are always bound, never pasted into the text."""
    timeout: Seconds = 3.0
    """Seconds after which the database is told to stop; the flow's own time-out may be shorter."""


class DatabaseSettings(SettingsModel):
    """A database of the site."""

    name: Name
    url: SecretSettings
    """SQLAlchemy URL: postgresql://user:password@host/name, or sqlite:///file (opened for reading alone)."""
    queries: tuple[QuerySettings, ...] = ()
    threads: Annotated[int, Field(ge=1, le=32)] = 2
    """How many queries run at the same time."""
    waiting: Annotated[int, Field(ge=0, le=1000)] = 50
    """How many more may wait for a thread; those beyond are refused at once."""
    breaker: BreakerSettings = Field(default_factory=BreakerSettings)


class WebServiceSettings(SettingsModel):
    """A web service of the site that answers with JSON."""

    name: Name
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2000)]
    """Address, with parameters in braces: https://crm.example.net/customers/{number}. Values are encoded."""
    method: Literal["GET", "POST"] = "GET"
    """With POST the parameters that the address does not name go as a JSON object."""
    headers: dict[Name, Text] = Field(default_factory=dict)
    """Header fields that are no secrets."""
    secret_headers: dict[Name, SecretSettings] = Field(default_factory=dict)
    """Header fields whose values are secrets, for example Authorization."""
    values: dict[Name, Picked] = Field(default_factory=dict)
    """What is taken from the answer: a name for the contact's data, and where it is: customer.names.0."""
    found: tuple[Annotated[int, Field(ge=200, le=499)], ...] = (200,)
    """Statuses of an answer with values."""
    nothing_found: tuple[Annotated[int, Field(ge=200, le=499)], ...] = (204, 404)
    """Statuses that say that there is nothing, which is no failure."""
    timeout: Seconds = 3.0
    """Seconds for the whole answer; the flow's own time-out may be shorter."""
    kilobytes: Annotated[int, Field(ge=1, le=4096)] = 64
    """Largest answer that is read."""
    at_once: Annotated[int, Field(ge=1, le=1000)] = 20
    """Requests at the same time; those beyond are refused at once."""
    ca: Path | None = None
    """Certificates of the authorities that are trusted (PEM), and no others; without it those of the system."""
    breaker: BreakerSettings = Field(default_factory=BreakerSettings)

    @property
    def braced(self) -> frozenset[str]:
        """Parameters that the address names."""
        return frozenset(_BRACED.findall(self.url))

    @model_validator(mode="after")
    def _host_is_fixed(self) -> Self:
        authority = self.url.partition("://")[2].partition("/")[0].partition("?")[0]
        if "{" in authority or "@" in authority:
            raise ValueError("the host may hold neither parameters nor a password")
        if "{" in _BRACED.sub("", self.url) or "}" in _BRACED.sub("", self.url):
            raise ValueError("a parameter is written {name}: letters, digits and _")
        return self

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        secrets = {name: one.resolved(base) for name, one in self.secret_headers.items()}
        ca = None if self.ca is None else (base / self.ca).resolve()
        return self.model_copy(update={"secret_headers": secrets, "ca": ca})


class MailSettings(SettingsModel):
    """The mail server (ESMTP) that takes voicemails and messages."""

    host: Host
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """starttls (port 587), tls from the first byte (port 465), or none (a relay on this machine)."""
    ca: Path | None = None
    """Certificates of the authorities that are trusted (PEM); without it those of the system."""
    user: Text | None = None
    """Who logs in; the password is a secret."""
    password: SecretSettings | None = None
    sender: Mailbox
    """Address that mails come from."""
    sender_name: Text | None = None
    """Name beside it."""
    recordings: dict[Name, Path] = Field(default_factory=dict)
    """The folder of each media service's recordings, as this machine sees it."""
    megabytes: Annotated[int, Field(ge=1, le=100)] = 20
    """Largest recording that is attached; of a larger one the mail tells where it is."""
    timeout: Seconds = 30.0
    """Seconds for each step of the dialogue with the server."""
    first_retry: Annotated[float, Field(ge=0.01, le=86_400)] = 30.0
    """Seconds until a mail that could not be handed over is tried again; twice as long each time, an hour at most."""
    give_up: Annotated[float, Field(ge=1, le=30 * 86_400)] = 4 * 86_400.0
    """Seconds after which a mail is put aside (into failed/ of the spool) and reported."""

    @model_validator(mode="after")
    def _logs_in_as_somebody(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.user is not None and self.security == "none":
            raise ValueError("a password is not sent over a connection that is not encrypted")
        return self

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        return self.model_copy(
            update={
                "ca": None if self.ca is None else (base / self.ca).resolve(),
                "password": None if self.password is None else self.password.resolved(base),
                "recordings": {name: (base / folder).resolve() for name, folder in self.recordings.items()},
            }
        )


class PinSettings(SettingsModel):
    """The agents' PINs for the agent line."""

    file: Path = Path("secrets/agent-pins")
    """File with one agent:hash a line; `callwright agent-pin AGENT` adds one."""
    attempts: Attempts = 5
    """Wrong PINs of an agent, one after the other, that lock them out."""
    lock_out: Annotated[float, Field(ge=1, le=86_400)] = 900.0
    """Seconds for which no PIN of that agent is taken then."""


class ConnectorsSettings(SettingsModel):
    """What flows may ask of the outside."""

    databases: tuple[DatabaseSettings, ...] = ()
    web: tuple[WebServiceSettings, ...] = ()
    mail: MailSettings | None = None
    pins: PinSettings | None = None

    def query_names(self) -> list[str]:
        """Names of all queries."""
        return [query.name for one in self.databases for query in one.queries]

    def service_names(self) -> list[str]:
        """Names of all web services."""
        return [one.name for one in self.web]

    def active(self) -> tuple[str, ...]:
        """Entry points of the connectors that are configured."""
        parts = {"database": self.databases, "web": self.web, "mail": self.mail, "pins": self.pins}
        return tuple(name for name, part in parts.items() if part)

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        pins = self.pins
        databases = tuple(one.model_copy(update={"url": one.url.resolved(base)}) for one in self.databases)
        return self.model_copy(
            update={
                "databases": databases,
                "web": tuple(one.resolved(base) for one in self.web),
                "mail": None if self.mail is None else self.mail.resolved(base),
                "pins": None if pins is None else pins.model_copy(update={"file": (base / pins.file).resolve()}),
            }
        )


def check_connectors(settings: ConnectorsSettings, lines: Lines) -> Iterator[Problem]:
    """Names that are given twice; secrets and files that are not there."""
    base = lines.file.parent
    queries: set[str] = set()
    for index, database in enumerate(settings.databases):
        yield from _secret(database.url, lines, base, "connectors", "databases", index, "url")
        for place, query in enumerate(database.queries):
            if query.name in queries:
                path = ("connectors", "databases", index, "queries", place, "name")
                yield lines.problem(f"query {query.name} is given twice", *path)
            queries.add(query.name)
    services: set[str] = set()
    for index, service in enumerate(settings.web):
        if service.name in services:
            yield lines.problem(f"web service {service.name} is given twice", "connectors", "web", index, "name")
        services.add(service.name)
        for header, secret in service.secret_headers.items():
            yield from _secret(secret, lines, base, "connectors", "web", index, "secret_headers", header)
        if service.ca is not None and not (base / service.ca).is_file():
            yield lines.problem(f"no file {base / service.ca}", "connectors", "web", index, "ca")
    if settings.mail is not None and settings.mail.password is not None:
        yield from _secret(settings.mail.password, lines, base, "connectors", "mail", "password")


def _secret(secret: SecretSettings, lines: Lines, base: Path, *path: str | int) -> Iterator[Problem]:
    try:
        secret.resolved(base).read()
    except SecretFault as fault:
        yield lines.problem(str(fault), *path)
