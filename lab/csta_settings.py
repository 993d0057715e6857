"""The CSTA part of `config/lab.yaml`: listeners with their dialects, route devices, faults; checked as a whole."""

import hmac
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from csta.dialects import Dialect, Login, Profile, openscape_4000, openscape_business, openscape_voice
from csta.dialects.variations import varied
from csta.errors import SessionError
from csta.session_settings import Credentials, SessionSettings, Verifier
from csta.transport import TlsSettings
from lab.csta.routing import RoutePlan
from lab.faults import Rate
from settings_file import Lines, NumberText, Problem, SettingsModel

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {one.name: one for one in (openscape_voice.DIALECT, openscape_4000.DIALECT, openscape_business.DIALECT)}
)
LONGEST_SOCKET_PATH: Final = 107
"""Bytes of a Unix socket's path, by the kernel's limit."""


def numeric(text: str) -> str:
    """Only numeric addresses: they are written into SIP and SDP as they stand."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"must be a numeric IP address, not {text!r}") from None
    return text


Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Host = Annotated[str, AfterValidator(numeric)]
Place = tuple[str | int, ...]


class TlsFiles(SettingsModel):
    """Certificates of a listener, PEM files relative to the settings file."""

    certificate: Path
    key: Path | None = None
    """Without it the key is in the certificate's file."""
    ca: Path | None = None
    """With it every application must show a certificate of these authorities."""


class ListenerSettings(SettingsModel):
    """Where applications of one dialect connect."""

    host: Host = "127.0.0.1"
    port: Port = 0
    dialect: Literal["openscape_voice", "openscape_4000", "openscape_business"] = "openscape_voice"
    profile: str | None = None
    dialect_settings: dict[str, bool | int | float | str] = Field(default_factory=dict)
    user: str | None = None
    password_file: Path | None = None
    tls: TlsFiles | None = None


class RouteSettings(SettingsModel):
    """A pilot that is a route device."""

    pilot: NumberText
    default: NumberText | None = None
    reply_timeout: Seconds = 5.0


class CstaSettings(ListenerSettings):
    """The first listener, with what is common to all."""

    port: Port = 11040
    others: tuple[ListenerSettings, ...] = ()
    """Further listeners, each with a dialect of its own."""
    heartbeat: Seconds = 30.0
    heartbeat_misses: Annotated[int, Field(ge=1, le=100)] = 3
    request_timeout: Seconds = 10.0
    segment: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many calls or devices one message of a snapshot tells of; 0: any number."""
    extra_services: bool = True
    """Whether the switch does all that it can, or only what its dialect names."""
    routes: tuple[RouteSettings, ...] = ()

    @property
    def session(self) -> SessionSettings:
        """The settings of every link's session."""
        return SessionSettings(
            heartbeat=self.heartbeat, heartbeat_misses=self.heartbeat_misses, request_timeout=self.request_timeout
        )

    @property
    def listeners(self) -> tuple[tuple[Place, ListenerSettings], ...]:
        """All listeners, each with its place in the settings."""
        return ((("csta",), self), *((("csta", "others", place), one) for place, one in enumerate(self.others)))


class FaultSettings(SettingsModel):
    """Faults from the start, and the door for those at run time."""

    seed: int = 1
    rates: dict[Rate, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    delay: Annotated[float, Field(gt=0, le=60)] = 0.5
    """Seconds that a delayed frame waits at most."""
    door: Path | None = None
    """A Unix socket, relative to the settings file, where `callwright-lab fault` asks for faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPlan:
    """One listener, checked: where it listens, how it speaks, whom it lets in."""

    host: str
    port: int
    dialect: Dialect
    profile: Profile
    credentials: Credentials | None = None
    tls: TlsSettings | None = None

    @property
    def verify(self) -> Verifier | None:
        """Who is let in; None where everybody is."""
        wanted = self.credentials
        if wanted is None:
            return None

        def right(who: Credentials | None) -> bool:
            return who is not None and all(
                hmac.compare_digest(one.encode(), other.encode())
                for one, other in ((who.user, wanted.user), (who.password, wanted.password))
            )

        return right


def listener_plans(settings: CstaSettings, file: Path, lines: Lines) -> tuple[tuple[ListenerPlan, ...], list[Problem]]:
    """Check all listeners; the plans count only where there are no problems."""
    plans: list[ListenerPlan] = []
    problems: list[Problem] = []
    for place, one in settings.listeners:
        try:
            dialect = varied(DIALECTS[one.dialect], one.dialect_settings)
            profile = dialect.profile(one.profile)
        except SessionError as error:
            problems.append(lines.problem(str(error), *place))
            continue
        password, found = _password(one, place, profile, file, lines)
        problems += found
        problems += _missing_files(one, place, file, lines)
        plans.append(
            ListenerPlan(
                host=one.host,
                port=one.port,
                dialect=dialect,
                profile=profile,
                credentials=None if one.user is None else Credentials(one.user, password),
                tls=None if one.tls is None else _tls(one.tls, file.parent),
            )
        )
    return tuple(plans), problems


def _password(
    one: ListenerSettings, place: Place, profile: Profile, file: Path, lines: Lines
) -> tuple[str, list[Problem]]:
    if (one.user is None) != (one.password_file is None):
        return "", [lines.problem("user and password_file belong together", *place)]
    if one.user is None or one.password_file is None:
        return "", []
    if profile.login is Login.SWITCH_SPEAKS_FIRST:
        return "", [lines.problem("nobody logs in with user and password in this profile", *place, "user")]
    path = (file.parent / one.password_file).resolve()
    try:
        return path.read_text(encoding="utf-8").strip(), []
    except OSError as error:
        text = f"the password file {path} cannot be read: {error.strerror or error}"
        return "", [lines.problem(text, *place, "password_file")]


def _missing_files(one: ListenerSettings, place: Place, file: Path, lines: Lines) -> Iterator[Problem]:
    for name in ("certificate", "key", "ca"):
        path = None if one.tls is None else getattr(one.tls, name)
        if path is not None and not (file.parent / path).is_file():
            yield lines.problem(f"there is no file {path}", *place, "tls", name)


def _tls(files: TlsFiles, base: Path) -> TlsSettings:
    return TlsSettings(
        certificate=base / files.certificate,
        key=None if files.key is None else base / files.key,
        ca=None if files.ca is None else base / files.ca,
    )


def route_problems(settings: CstaSettings, pilots: set[str], numbers: set[str], lines: Lines) -> Iterator[Problem]:
    """What is wrong with the route devices."""
    seen: set[str] = set()
    for place, one in enumerate(settings.routes):
        if one.pilot not in pilots:
            yield lines.problem(f"{one.pilot} is no pilot", "csta", "routes", place, "pilot")
        if one.pilot in seen:
            yield lines.problem(f"{one.pilot} is given twice", "csta", "routes", place, "pilot")
        seen.add(one.pilot)
        if one.default is not None and (one.default not in numbers or one.default == one.pilot):
            text = f"{one.default} is no extension and no other pilot"
            yield lines.problem(text, "csta", "routes", place, "default")


def route_plans(settings: CstaSettings) -> Mapping[str, RoutePlan]:
    """The route devices by number."""
    return MappingProxyType(
        {
            one.pilot: RoutePlan(number=one.pilot, default=one.default, reply_timeout=one.reply_timeout)
            for one in settings.routes
        }
    )


def door_path(settings: FaultSettings, file: Path, lines: Lines) -> tuple[Path | None, list[Problem]]:
    """The whole path of the fault door, and what is wrong with it."""
    if settings.door is None:
        return None, []
    path = (file.parent / settings.door).resolve()
    if len(str(path).encode()) > LONGEST_SOCKET_PATH:
        text = f"{path} is too long for a socket: at most {LONGEST_SOCKET_PATH} bytes"
        return None, [lines.problem(text, "faults", "door")]
    return path, []
