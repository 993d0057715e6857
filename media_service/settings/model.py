"""The settings file as a whole, typed."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from media_service.engine.interface import Encoding
from media_service.engine_choice import EngineKind
from media_service.security.keying import SrtpPolicy
from media_service.settings.network import (
    ControlSettings,
    PortSettings,
    RegistrarSettings,
    RtpSettings,
    SipSettings,
    TrunkSettings,
)
from media_service.settings.values import Name, Seconds, at_least_one
from settings_file import SettingsModel


class AudioSettings(SettingsModel):
    """Which audio calls may have."""

    codecs: Annotated[tuple[Encoding, ...], AfterValidator(at_least_one)] = (
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


class SpeechSettings(SettingsModel):
    """Speech by machine; each engine is a process of its own."""

    synthesiser: Literal["espeak-ng", "piper"] | None = None
    """Speaks texts that have no clip; piper where it has a voice for the language, else espeak-ng."""
    piper_voice: Path | None = None
    """A voice file for piper; the one that comes with it (English) where it is not given."""
    recogniser: Literal["pocketsphinx"] | None = None
    """Understands callers; it needs recordings.directory."""
    cache: Path | None = None
    """Where what was spoken is kept; the machine's folder for temporary files where it is not given."""


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
    ports: Annotated[tuple[PortSettings, ...], AfterValidator(at_least_one)] = ()
    trunk: TrunkSettings | None = None
    media: AudioSettings = AudioSettings()
    recordings: RecordingSettings = RecordingSettings()
    rtp: RtpSettings = RtpSettings()
    engine: EngineKind = EngineKind.AUTO
    """What moves the packets: the native core, its twin in Python, or the better one of those that are there."""
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    """Packet threads of the native core; calls on different ones cannot be bridged unless placed beside each other."""
    prompts: PromptSettings
    speech: SpeechSettings = SpeechSettings()
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
