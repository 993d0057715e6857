"""``config/server.yaml``: what the server is connected to and where it keeps things."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from cti_server.settings.connectors import ConnectorsSettings
from cti_server.settings.links import AddressSettings, LinkTlsSettings
from cti_server.settings.names import Host, Name, Port, Text
from cti_server.settings.supervision.alarms import AlarmSettings
from cti_server.settings.supervision.console import ConsoleSettings
from cti_server.settings.supervision.endpoints import WebSettings
from cti_server.settings.supervision.journal import JournalSettings
from cti_server.settings.supervision.standby import StandbySettings
from cti_server.settings.supervision.traces import TraceSettings
from settings_file import NumberText, SettingsModel

_DATABASES = ("sqlite://", "postgresql://", "postgresql+psycopg://")


def _database_url(url: str) -> str:
    if not url.startswith(_DATABASES):
        raise ValueError("must begin with sqlite:/// (a file) or postgresql:// (a server)")
    authority = url.partition("://")[2].partition("/")[0]
    if ":" in authority.rpartition("@")[0]:
        raise ValueError("has a password in it; put that into a PGPASSFILE file or PGPASSWORD instead")
    return url


class LinkSettings(SettingsModel):
    """A CSTA link to a PBX."""

    name: Name
    """The link's name; pilots refer to it."""
    dialect: Name
    """How this PBX speaks CSTA, for example openscape_voice."""
    dialect_settings: dict[Name, bool | int | float | str] = Field(default_factory=dict)
    """Where this PBX differs from its dialect, by the names in docs/dialects.md, for example second_deflect: true."""
    host: Host
    """Where the PBX's CSTA interface listens."""
    port: Port
    others: tuple[AddressSettings, ...] = ()
    """Further addresses of the same PBX: the first that comes up serves, another one takes over when it is lost."""
    warm_standby: bool = False
    """Whether the addresses that do not serve are connected all the same, so that one takes over at once."""
    profile: Name | None = None
    """Which of the dialect's ways of speaking; without it the dialect's usual one."""
    tls: LinkTlsSettings | None = None
    """TLS, where the PBX's interface speaks it; `tls: {}` trusts the system's authorities."""
    user: Text | None = None
    """Who logs in, for a PBX that wants it; the password is in password_file or password_env."""
    password_file: Path | None = None
    """File with the password in its one line, readable by the server's user alone."""
    password_env: Text | None = None
    """Environment variable with the password."""
    heartbeat: Annotated[float, Field(ge=1, le=600)] = 30.0
    """Seconds between system status messages."""
    heartbeat_misses: Annotated[int, Field(ge=1, le=20)] = 3
    """Heartbeats without an answer after which the link counts as down."""
    request_timeout: Annotated[float, Field(ge=0.5, le=120)] = 10.0
    """Seconds to wait for the answer to a request."""
    agent_state: Literal["pbx", "callwright"] = "pbx"
    """Who keeps the agents' states: the PBX (feature codes at the phones count, and Callwright sets states there), or
    Callwright alone (the PBX's agent events are passed over, and it is told nothing)."""
    correlator: bool = False
    """Whether calls that are moved carry `contact=NUMBER` as correlator data (ECMA-269 12.2.8), for desktops that want
    to find the contact; only where the PBX takes correlator data."""
    extensions: tuple[NumberText, ...] = ()
    """Devices that are monitored from the start: the phones at which agents log on."""

    def resolved(self, base: Path) -> "LinkSettings":
        """Give the same settings with absolute paths."""
        tls = None if self.tls is None else self.tls.resolved(base)
        file = None if self.password_file is None else (base / self.password_file).resolve()
        return self.model_copy(update={"tls": tls, "password_file": file})


class MediaServiceSettings(SettingsModel):
    """A media service: the process that answers callers and plays to them."""

    name: Name
    """The name by which logs and the journal call it."""
    host: Host = "127.0.0.1"
    """Where its control door listens."""
    port: Port = 7801
    weight: Annotated[float, Field(ge=0, le=1000)] = 1.0
    """A call goes to the service with the most free ports times weight; with 0 only where no other has a free port."""
    lost_after: Annotated[float, Field(ge=0, le=600)] = 3.0
    """Seconds without a connection after which its callers' treatment counts as failed and they are routed on."""


class PromptSettings(SettingsModel):
    """The prompts that flows name; they are only checked here, the media service plays them."""

    directory: Path = Path("../prompts")
    """Directory with one directory per language."""
    language: Name = "en"
    """The language whose prompts must all be there: the one that callers hear unless a flow sets another."""
    languages: tuple[Name, ...] = ()
    """Further languages in which callers may be spoken to; their prompts must all be there as well."""


class LogSettings(SettingsModel):
    """The server's log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least level that is written."""
    format: Literal["json", "text"] = "text"
    """One JSON object a line for programs, or aligned text for people."""
    file: Path | None = None
    """File to append to; without it the log goes to standard error."""


class BlackBoxSettings(SettingsModel):
    """What passes on the CSTA links, byte for byte; kept in black-box/ in the data directory for `callwright csta`."""

    files: Annotated[int, Field(ge=0, le=1000)] = 8
    """Files kept of each link; the oldest gives way to a new one. 0 writes none."""
    megabytes: Annotated[int, Field(ge=1, le=1024)] = 16
    """Size of each file."""


class ServerSettings(SettingsModel):
    """All of ``config/server.yaml``."""

    name: Text = "callwright"
    """The server's name, as the log and the console show it."""
    data: Path = Path("../run")
    """Directory for what the server writes; made where it is missing."""
    database: Annotated[str, AfterValidator(_database_url)] = ""
    """SQLAlchemy URL of the database; without it a SQLite file callwright.db in the data directory."""
    standby: StandbySettings | None = None
    """A second server that takes over when the first one fails (docs/standby.md); needs PostgreSQL."""
    channels: tuple[Name, ...] = ("voice",)
    """The channels that are active."""
    links: tuple[LinkSettings, ...] = ()
    """CSTA links to PBXs."""
    media_services: tuple[MediaServiceSettings, ...] = ()
    """Media services that may be used."""
    connectors: ConnectorsSettings = Field(default_factory=ConnectorsSettings)
    """Databases, web services, mail and PINs that flows may ask; each is active where its part is there."""
    console: ConsoleSettings = Field(default_factory=ConsoleSettings)
    prompts: PromptSettings = Field(default_factory=PromptSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    black_box: BlackBoxSettings = Field(default_factory=BlackBoxSettings)
    web: WebSettings | None = None
    """Endpoints for monitors: health, readiness, figures; none without this part."""
    alarms: AlarmSettings = Field(default_factory=AlarmSettings)
    traces: TraceSettings = Field(default_factory=TraceSettings)
    journal: JournalSettings = Field(default_factory=JournalSettings)

    @field_validator("standby")
    @classmethod
    def _needs_postgresql(cls, standby: StandbySettings | None, facts: ValidationInfo) -> StandbySettings | None:
        if standby is not None and not str(facts.data.get("database", "")).startswith("postgresql"):
            raise ValueError("needs a PostgreSQL database: set database to a postgresql:// URL")
        return standby

    def resolved(self, base: Path) -> "ServerSettings":
        """Give the same settings with every path made absolute, relative ones against ``base``."""
        data = (base / self.data).resolve()
        log_file = None if self.log.file is None else (base / self.log.file).resolve()
        directory = (base / self.prompts.directory).resolve()
        return self.model_copy(
            update={
                "data": data,
                "links": tuple(link.resolved(base) for link in self.links),
                "connectors": self.connectors.resolved(base),
                "database": _resolved_database(self.database, base, data),
                "console": self.console.resolved(base, data),
                "prompts": self.prompts.model_copy(update={"directory": directory}),
                "log": self.log.model_copy(update={"file": log_file}),
                "web": None if self.web is None else self.web.resolved(base),
                "alarms": self.alarms.resolved(base),
                "traces": self.traces.resolved(base),
            }
        )


def own_database(data: Path) -> str:
    """URL of the database where none is named: a SQLite file in the data directory."""
    return f"sqlite:///{data.resolve() / 'callwright.db'}"


def _resolved_database(url: str, base: Path, data: Path) -> str:
    if not url:
        return own_database(data)
    scheme, slashes, file = url.partition(":///")
    if scheme == "sqlite" and slashes and file and file != ":memory:":
        return f"sqlite:///{(base / file).resolve()}"
    return url
