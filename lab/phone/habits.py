"""What a test phone is and how it behaves on its own."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from media_service.engine.interface import Recording
from sip.events import Endpoint


class PhoneState(StrEnum):
    """What a phone is doing; ``ENDED`` is idle again, after a call."""

    IDLE = "idle"
    REGISTERED = "registered"
    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class PhoneError(Exception):
    """The phone cannot do what was asked: not registered, no call, a call already."""


@dataclass(frozen=True, slots=True)
class Account:
    """Which extension a phone is, and where: ``password`` empty for a trunk or tool that does not register."""

    number: str
    password: str = field(repr=False)
    registrar: Endpoint
    domain: str
    name: str = ""


@dataclass(slots=True)
class Habits:
    """How a phone behaves on its own.

    ``answer_after`` seconds of ringing it answers, never where ``None``; ``refuse_with`` a SIP status it refuses at
    once. Answered, it speaks the WAV file ``speak`` (again and again where ``repeat``) and records what it hears.
    ``prompted``: where the switch asks for it (``answer-after=0``), it answers by itself. ``headers`` are fields that
    its INVITEs bring beside the usual ones.
    """

    answer_after: float | None = None
    refuse_with: int | None = None
    speak: Path | None = None
    repeat: bool = False
    record: Path | None = None
    prompted: bool = True
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def recording(self) -> Recording | None:
        """What to record: what is heard, as it comes."""
        return None if self.record is None else Recording(self.record)
