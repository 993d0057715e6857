"""The lab PBX's settings: `config/lab.yaml` and the file of passwords that it names, checked as a whole."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from lab.csta_settings import (
    CstaSettings,
    FaultSettings,
    Host,
    ListenerPlan,
    Port,
    Seconds,
    door_path,
    listener_plans,
    route_problems,
)
from lab.switch.plan import Extension, Feature, Hunting, NumberPlan, Pilot, Timers, Trunk
from settings_file import Lines, NumberText, Problem, SettingsModel, did_you_mean, load


class SipSettings(SettingsModel):
    """Where phones register and call."""

    host: Host = "127.0.0.1"
    port: Port = 15060
    domain: str = "lab.callwright.example"
    trusted: tuple[Host, ...] = ()
    """Addresses whose calls are accepted without registration: trunks, test tools."""
    open_registration: tuple[Host, ...] = ()
    """Addresses whose phones register without a password: test tools that know none."""
    max_expires: Annotated[int, Field(ge=60, le=86400)] = 3600
    digest: Annotated[tuple[Literal["MD5", "SHA-256"], ...], Field(min_length=1)] = ("MD5",)
    """The algorithms that a phone may answer the password challenge with, the first offered first (RFC 8760 2.3)."""


class RtpSettings(SettingsModel):
    """The tone ports' UDP ports, ``first-last``."""

    host: Host = "127.0.0.1"
    ports: str = "22000-22099"

    @field_validator("ports")
    @classmethod
    def _range(cls, text: str) -> str:
        first, _, last = text.partition("-")
        if not (first.isdigit() and last.isdigit() and 1024 <= int(first) <= int(last) <= 65535):
            raise ValueError(f"must be two UDP ports like 22000-22099, not {text!r}")
        return text

    @property
    def range(self) -> range:
        """The ports as numbers."""
        first, _, last = self.ports.partition("-")
        return range(int(first), int(last) + 1)


class ToneSettings(SettingsModel):
    """WAV files (8 kHz mono PCM16), relative to the settings file."""

    ringback: Path = Path("../prompts/tones/ringback.wav")
    confirmation: Path = Path("../prompts/tones/confirmation.wav")
    hold: Path | None = None
    """What a held party hears; nothing where none is named."""


class TimerSettings(SettingsModel):
    """The switch's own timers, seconds."""

    no_answer: Seconds = 60.0
    confirmation: Seconds = 1.5
    forward_no_answer: Seconds = 15.0
    park: Seconds = 120.0


class ExtensionSettings(SettingsModel):
    """One extension."""

    number: NumberText
    name: str = ""
    agent: str | None = None
    calls: Annotated[int, Field(ge=1, le=10)] = 1
    pickup_group: str | None = None


class PilotSettings(SettingsModel):
    """One pilot with its members."""

    number: NumberText
    name: str = ""
    members: tuple[NumberText, ...] = ()
    unattended_after: Seconds = 30.0
    hunt_ring: Seconds = 15.0
    hunting: Hunting = Hunting.LINEAR
    distributes: bool = False
    places: Annotated[int, Field(ge=0, le=10_000)] | None = None
    work_after_call: Annotated[float, Field(ge=0, le=86400)] = 0.0


class TrunkSettings(SettingsModel):
    """One bundle of lines to the outside."""

    number: NumberText
    prefix: NumberText
    host: Host
    port: Annotated[int, Field(ge=1, le=65535)] = 5060
    name: str = ""
    lines: Annotated[int, Field(ge=0, le=10_000)] = 30
    signalling: bool = False


class LogSettings(SettingsModel):
    """The log on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class LabSettings(SettingsModel):
    """All of `config/lab.yaml`."""

    name: str = "lab"
    sip: SipSettings = SipSettings()
    csta: CstaSettings = CstaSettings()
    rtp: RtpSettings = RtpSettings()
    tones: ToneSettings = ToneSettings()
    timers: TimerSettings = TimerSettings()
    passwords: Path = Path("secrets/lab-extensions.yaml")
    features: dict[Feature, NumberText] = Field(default_factory=dict)
    extensions: tuple[ExtensionSettings, ...] = ()
    pilots: tuple[PilotSettings, ...] = ()
    trunks: tuple[TrunkSettings, ...] = ()
    faults: FaultSettings = FaultSettings()
    log: LogSettings = LogSettings()


class PasswordFile(SettingsModel):
    """The file of passwords."""

    passwords: dict[str, str] = Field(repr=False)


@dataclass(frozen=True, slots=True)
class Lab:
    """Checked settings: the plan, the passwords by extension, the tone files with their whole paths, the listeners.

    ``door`` is the Unix socket for faults at run time.
    """

    settings: LabSettings
    plan: NumberPlan
    passwords: Mapping[str, str]
    ringback: Path
    confirmation: Path
    hold: Path | None = None
    listeners: tuple[ListenerPlan, ...] = ()
    door: Path | None = None

    def __repr__(self) -> str:
        """Without the passwords."""
        return f"Lab({self.settings.name!r})"


def load_lab(file: Path) -> tuple[Lab | None, list[Problem]]:
    """Load and check everything: the lab is ``None`` exactly where there are problems, all of them given at once."""
    settings, problems, lines = load(LabSettings, file)
    if settings is None:
        return None, problems
    problems = _check_numbers(settings, lines)
    named = {name: getattr(settings.tones, name) for name in ("ringback", "confirmation", "hold")}
    tones = {name: (file.parent / path).resolve() for name, path in named.items() if path is not None}
    for name, path in tones.items():
        if not path.is_file():
            problems.append(lines.problem(f"there is no file {path}", "tones", name))
    passwords, password_problems = _load_passwords(settings, file, lines)
    problems += password_problems
    listeners, listener_problems = listener_plans(settings.csta, file, lines)
    door, door_problems = door_path(settings.faults, file, lines)
    problems += [*listener_problems, *door_problems]
    if problems:
        return None, sorted(problems)
    plan = number_plan(settings)
    ringback, confirmation, hold = tones["ringback"], tones["confirmation"], tones.get("hold")
    return Lab(settings, plan, passwords, ringback, confirmation, hold, listeners, door), []


def number_plan(settings: LabSettings) -> NumberPlan:
    """Build the switch's number plan; raises `ValueError` where the numbers contradict each other."""
    return NumberPlan(
        extensions={each.number: Extension(**each.model_dump()) for each in settings.extensions},
        pilots={each.number: Pilot(**each.model_dump()) for each in settings.pilots},
        features={number: feature for feature, number in settings.features.items()},
        timers=Timers(**settings.timers.model_dump()),
        trunks={each.number: Trunk(**each.model_dump()) for each in settings.trunks},
    )


def _check_numbers(settings: LabSettings, lines: Lines) -> list[Problem]:
    problems: list[Problem] = []
    taken: set[str] = set()
    extensions = {each.number for each in settings.extensions}
    given = [(("extensions", place, "number"), each.number) for place, each in enumerate(settings.extensions)]
    given += [(("pilots", place, "number"), each.number) for place, each in enumerate(settings.pilots)]
    given += [(("trunks", place, "number"), each.number) for place, each in enumerate(settings.trunks)]
    for path, number in given:
        if number in taken:
            problems.append(lines.problem(f"{number} is given twice", *path))
        taken.add(number)
    for feature, number in settings.features.items():
        if number in taken:
            problems.append(lines.problem(f"{number} is given twice", "features", feature.value))
        taken.add(number)
    for place, pilot in enumerate(settings.pilots):
        for index, member in enumerate(pilot.members):
            if member not in extensions:
                hint = did_you_mean(member, extensions)
                problems.append(lines.problem(f"{member} is no extension{hint}", "pilots", place, "members", index))
    pilots = {each.number for each in settings.pilots}
    return [*problems, *route_problems(settings.csta, pilots, pilots | extensions, lines)]


def _load_passwords(settings: LabSettings, file: Path, lines: Lines) -> tuple[Mapping[str, str], list[Problem]]:
    path = file.parent / settings.passwords
    if not path.is_file():
        return {}, [lines.problem(f"there is no file {path} (config/secrets.example shows its form)", "passwords")]
    loaded, problems, password_lines = load(PasswordFile, path)
    if loaded is None:
        return {}, problems
    numbers = {each.number for each in settings.extensions}
    problems = [
        password_lines.problem(f"{number} is no extension{did_you_mean(number, numbers)}", "passwords", number)
        for number in loaded.passwords
        if number not in numbers
    ]
    problems += [
        lines.problem(f"{each.number} has no password in {path}", "extensions", place, "number")
        for place, each in enumerate(settings.extensions)
        if not loaded.passwords.get(each.number)
    ]
    return loaded.passwords, problems


def realm_secret(lab: Lab) -> bytes:
    """Key of the registrar's nonces: the same after a restart, so that phones need not be asked twice."""
    joined = "\n".join(f"{number}:{password}" for number, password in sorted(lab.passwords.items()))
    return hashlib.sha256(f"nonces of {lab.settings.sip.domain}\n{joined}".encode()).digest()
