"""The media service's settings file: typed, checked as a whole, every problem told at its line."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from media_service.engine.errors import EngineError
from media_service.engine.interface import Encoding
from media_service.engine_choice import EngineKind, settle
from media_service.prompts.catalogue import Catalogue, check
from media_service.prompts.errors import PromptError
from media_service.security.keying import SrtpPolicy
from settings_file import Lines, Problem, SettingsModel, load

T = TypeVar("T")

MAX_PORTS: Final = 1000
_RANGE = re.compile(r"\s*([0-9]{1,15})\s*-\s*([0-9]{1,15})\s*")
_NUMBER = re.compile(r"[0-9*#+]{1,32}")


def _numeric_address(value: str) -> str:
    try:
        address = ip_address(value)
    except ValueError:
        raise ValueError("must be a numeric IP address of this machine, such as 127.0.0.1") from None
    if address.is_unspecified:
        raise ValueError("is written into SIP and SDP, so it must be one address of this machine, not all of them")
    return value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _numbers(value: str) -> str:
    expand_numbers(value)
    return value


def _at_least_one(value: tuple[T, ...]) -> tuple[T, ...]:
    if not value:
        raise ValueError("must have one entry at least")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for peer in value:
        try:
            ip_network(peer)
        except ValueError:
            raise ValueError(f"{peer!r} is no address or network, such as 192.0.2.10 or 192.0.2.0/24") from None
    return value


def _udp_range(value: str) -> str:
    expand_udp_range(value)
    return value


def expand_numbers(text: str) -> tuple[str, ...]:
    """Give the numbers of ``7001`` or of a range such as ``7001-7004``.

    Raises:
        ValueError: neither a number nor a rising range of at most `MAX_PORTS` numbers of one length.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        if not _NUMBER.fullmatch(text):
            raise ValueError("must be an extension's number such as 7001, or a range such as 7001-7004")
        return (text,)
    first, last = match.groups()
    if len(first) != len(last) or int(first) > int(last) or int(last) - int(first) >= MAX_PORTS:
        raise ValueError(f"must be a rising range of at most {MAX_PORTS} numbers of one length, such as 7001-7004")
    return tuple(str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))


def expand_udp_range(text: str) -> range:
    """Give the UDP ports of ``21000-21199``.

    Raises:
        ValueError: no rising range within 1024-65535.
    """
    match = _RANGE.fullmatch(text)
    if match is None or not 1024 <= int(match[1]) < int(match[2]) <= 65535:
        raise ValueError("must be a rising range of UDP ports within 1024-65535, such as 21000-21199")
    return range(int(match[1]), int(match[2]) + 1)


NumericAddress = Annotated[str, AfterValidator(_numeric_address)]
TcpPort = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
HostPort = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class ControlSettings(SettingsModel):
    """Where CTI servers connect."""

    host: str = "127.0.0.1"
    port: TcpPort = 7801


class SipSettings(SettingsModel):
    """Our own SIP address; calls come in here."""

    host: NumericAddress = "127.0.0.1"
    port: TcpPort = 15080
    session_timer: Annotated[int, Field(ge=90, le=604_800)] | None = 1800
    """Seconds after which a call without a sign of life is over (RFC 4028); ``null``: no such timer is asked for."""
    session_timer_minimum: Annotated[int, Field(ge=90)] = 90
    """The shortest timer that callers may ask for; the shorter, the more refreshes."""

    @model_validator(mode="after")
    def _timer_above_its_minimum(self) -> Self:
        if self.session_timer is not None and self.session_timer < self.session_timer_minimum:
            raise ValueError("session_timer is below session_timer_minimum")
        return self


class RegistrarSettings(SettingsModel):
    """The PBX at which the ports register as extensions."""

    host: str = "127.0.0.1"
    port: TcpPort = 15060
    transport: Literal["udp", "tcp"] = "udp"
    domain: str | None = None
    """Domain of the extensions' addresses; the registrar's host where it is not given."""
    expires: Annotated[int, Field(ge=30, le=86400)] = 120
    backups: tuple[HostPort, ...] = ()
    """Where the ports register while the first cannot be reached, best first: host, or host:port."""


class PortSettings(SettingsModel):
    """One media port, or a range of them with the same kind of password."""

    number: Annotated[str, BeforeValidator(_as_text), AfterValidator(_numbers)]
    user: str | None = None
    """Name for digest authentication; the number where it is not given."""
    password_file: Path | None = None
    password_env: str | None = None


class TrunkSettings(SettingsModel):
    """Calls that come without registration, as over a trunk."""

    peers: Annotated[tuple[str, ...], AfterValidator(_at_least_one), AfterValidator(_networks)]
    """Who may call: numeric addresses, or networks such as 192.0.2.0/24."""
    numbers: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], AfterValidator(_at_least_one)]
    """User parts that are served; one that ends in * stands for all that begin so."""
    lines: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Calls at once; above it 503."""
    gateway: HostPort | None = None
    """Where calls that we place go: host, or host:port."""


class AudioSettings(SettingsModel):
    """Which audio calls may have."""

    codecs: Annotated[tuple[Encoding, ...], AfterValidator(_at_least_one)] = (
        Encoding.PCMA,
        Encoding.PCMU,
        Encoding.G722,
        Encoding.OPUS,
    )
    """What is offered and taken, in this order; what the engine cannot do on this machine is left out."""
    own_order: bool = False
    """Among a caller's codecs our order decides, not the caller's."""
    srtp: SrtpPolicy = SrtpPolicy.OPTIONAL
    """never, optional (where the caller offers it), or required (others are refused)."""
    in_band_digits: bool = True
    """Digits are heard as tones where a caller's phone sends no telephone-events."""


class RecordingSettings(SettingsModel):
    """Where recordings and messages are kept."""

    directory: Path | None = None
    """Nothing is recorded, and no speech understood, where it is not given."""


class RtpSettings(SettingsModel):
    """Where audio goes in and out."""

    host: NumericAddress | None = None
    """The SIP host where it is not given."""
    ports: Annotated[str, AfterValidator(_udp_range)] = "21000-21199"


class PromptSettings(SettingsModel):
    """Where the prompts are: ``<directory>/<language>/<name>.wav``."""

    directory: Path
    language: Name = "en"
    """The service's own language: where a verb names none."""
    languages: tuple[Name, ...] = ()
    """Others that are used; their clips are checked at start."""
    own: Path | None = None
    """The site's own clips, in any format: ``<own>/<language>/<name>.<any>`` takes the place of a clip."""
    cache: Path | None = None
    """Where they are kept once they are converted; below ``own`` where it is not given."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "DE"
    """Whose tones are played: busy, ringback, …"""


class UnattendedSettings(SettingsModel):
    """What a caller gets when no CTI server cares for the call."""

    after: Seconds = 8.0
    music: Name | None = "hold_music"
    limit: Seconds = 600.0
    announcement: Name | None = "sorry"


class LogSettings(SettingsModel):
    """How the log is written; it goes to standard error, one line per event."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class MediaSettings(SettingsModel):
    """The whole of ``config/media.yaml``."""

    name: Name
    control: ControlSettings = ControlSettings()
    sip: SipSettings = SipSettings()
    registrar: RegistrarSettings = RegistrarSettings()
    ports: Annotated[tuple[PortSettings, ...], AfterValidator(_at_least_one)] = ()
    trunk: TrunkSettings | None = None
    media: AudioSettings = AudioSettings()
    recordings: RecordingSettings = RecordingSettings()
    rtp: RtpSettings = RtpSettings()
    engine: EngineKind = EngineKind.AUTO
    """What moves the packets: the native core, its twin in Python, or the better one of those that are there."""
    prompts: PromptSettings
    unattended: UnattendedSettings = UnattendedSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _some_way_in(self) -> Self:
        if not self.ports and self.trunk is None:
            raise ValueError("needs ports (extensions of the PBX) or a trunk, or nobody could call")
        return self

    @property
    def rtp_host(self) -> str:
        """The address that goes into SDP."""
        return self.rtp.host or self.sip.host


@dataclass(frozen=True, slots=True)
class PortAccount:
    """One media port with what it needs to register."""

    number: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A settings file that was read: ``settings`` is ``None`` exactly where there are problems."""

    settings: MediaSettings | None
    accounts: tuple[PortAccount, ...]
    prompts: Catalogue | None
    problems: list[Problem]
    lines: Lines


def load_settings(file: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read and check a settings file with the password files that it names; relative paths start at its own folder."""
    settings, problems, lines = load(MediaSettings, file)
    if settings is None:
        return Loaded(None, (), None, problems, lines)
    accounts: dict[str, PortAccount] = {}
    for index, port in enumerate(settings.ports):
        problems += _accounts_of(port, index, lines, environment, accounts)
    udp = expand_udp_range(settings.rtp.ports)
    even = sum(1 for port in udp if port % 2 == 0)
    calls = len(accounts) + (settings.trunk.lines if settings.trunk is not None else 0)
    if even < calls:
        problems.append(lines.problem(f"has {even} even UDP ports for {calls} calls", "rtp", "ports"))
    if len(accounts) > MAX_PORTS:
        problems.append(lines.problem(f"are {len(accounts)}; one media service has {MAX_PORTS} at most", "ports"))
    try:
        settle(settings.engine)
    except EngineError as error:
        problems.append(lines.problem(str(error), "engine"))
    catalogue = _catalogue(settings, lines)
    if isinstance(catalogue, Problem):
        return Loaded(None, (), None, sorted([*problems, catalogue]), lines)
    problems += _prompt_problems(catalogue, settings, lines)
    directory = settings.recordings.directory
    if directory is not None:
        placed = (lines.file.parent / directory).resolve()
        settings = settings.model_copy(update={"recordings": RecordingSettings(directory=placed)})
        problems += _directory_problems(placed, lines)
    if problems:
        return Loaded(None, (), None, sorted(problems), lines)
    return Loaded(settings, tuple(accounts.values()), catalogue, [], lines)


def _catalogue(settings: MediaSettings, lines: Lines) -> Catalogue | Problem:
    directory = (lines.file.parent / settings.prompts.directory).resolve()
    language = settings.prompts.language
    if not directory.is_dir():
        return lines.problem(f"{directory} is no directory", "prompts", "directory")
    try:
        folder = lines.file.parent
        own = (folder / settings.prompts.own).resolve() if settings.prompts.own is not None else None
        cache = (folder / settings.prompts.cache).resolve() if settings.prompts.cache is not None else None
        catalogue = Catalogue(directory, language, own=own, cache=cache)
    except PromptError as error:
        return lines.problem(str(error), "prompts", "language")
    if not (directory / language).is_dir():
        return lines.problem(f"{directory} has no folder for language {language}", "prompts", "language")
    return catalogue


def _directory_problems(directory: Path, lines: Lines) -> Iterator[Problem]:
    """A folder that is not there is made when it is needed, if what it stands in can be written."""
    standing = next((each for each in (directory, *directory.parents) if each.exists()), directory)
    if not standing.is_dir():
        yield lines.problem(f"{standing} is no directory", "recordings", "directory")
    elif not os.access(standing, os.W_OK | os.X_OK):
        yield lines.problem(f"{standing} cannot be written", "recordings", "directory")


def _prompt_problems(catalogue: Catalogue, settings: MediaSettings, lines: Lines) -> Iterator[Problem]:
    """Check the prompts that this file names, and the clips of the numbers, which every flow may use."""
    for key in ("music", "announcement"):
        name = getattr(settings.unattended, key)
        if name is None:
            continue
        try:
            check(catalogue.file(name))
        except PromptError as error:
            yield lines.problem(str(error), "unattended", key)
    for text in catalogue.problems(()):
        yield lines.problem(text, "prompts", "language")


def _accounts_of(
    port: PortSettings,
    index: int,
    lines: Lines,
    environment: Mapping[str, str],
    accounts: dict[str, PortAccount],
) -> Iterator[Problem]:
    numbers = expand_numbers(port.number)
    if port.user is not None and len(numbers) > 1:
        yield lines.problem("cannot be given for a range: each port has its number as user", "ports", index, "user")
    passwords = _passwords(port, lines, index, environment)
    if isinstance(passwords, Problem):
        yield passwords
        passwords = {}
    elif missing := [number for number in numbers if number not in passwords and "" not in passwords]:
        yield lines.problem(f"has no password for {', '.join(missing)}", "ports", index, "password_file")
    for number in numbers:
        if number in accounts:
            yield lines.problem(f"{number} is given twice", "ports", index, "number")
        password = passwords.get(number, passwords.get("", ""))
        accounts[number] = PortAccount(number, port.user or number, password)


def _passwords(
    port: PortSettings, lines: Lines, index: int, environment: Mapping[str, str]
) -> dict[str, str] | Problem:
    """Give password by number; the key "" stands for every number."""
    if (port.password_file is None) == (port.password_env is None):
        return lines.problem("needs either password_file or password_env", "ports", index)
    if port.password_env is not None:
        password = environment.get(port.password_env, "")
        if not password:
            return lines.problem(f"environment variable {port.password_env} is not set", "ports", index, "password_env")
        return {"": password}
    read = _read_passwords(lines.file.parent / (port.password_file or ""))
    return lines.problem(read, "ports", index, "password_file") if isinstance(read, str) else read


def _read_passwords(file: Path) -> dict[str, str] | str:
    """Give the passwords in a file, or say what is wrong with it."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        return f"{file} cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        return f"{file} is not UTF-8 text"
    passwords = parse_passwords(text)
    return passwords if passwords is not None else f"{file}: give one password, or lines of the form NUMBER: PASSWORD"


def parse_passwords(text: str) -> dict[str, str] | None:
    """Read a password file: one line with the password of every port (key ""), or lines ``NUMBER: PASSWORD``.

    Empty lines and lines that begin with ``#`` are passed over; ``None`` where it is neither.
    """
    rows = [row.strip() for row in text.splitlines()]
    rows = [row for row in rows if row and not row.startswith("#")]
    pairs = [re.fullmatch(r"([0-9*#+]{1,32})\s*:\s*(\S.*)", row) for row in rows]
    if rows and all(pairs):
        return {pair[1]: _unquoted(pair[2]) for pair in pairs if pair is not None}
    return {"": rows[0]} if len(rows) == 1 else None


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
