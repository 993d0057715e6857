"""The steps that stories are made of; whoever plays them decides by which wires the devices are reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Request

Argument = object
"""An argument of a service request: as it stands, but for an `At`."""


@dataclass(frozen=True, slots=True)
class At:
    """A connection by its story name: the call (C1 is the first that any event or answer named) and the device."""

    call: str
    device: str


@dataclass(frozen=True, slots=True)
class Dials:
    """A phone calls a number; ``line`` tells its calls apart where one phone has several."""

    device: str
    number: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Rings:
    """The phone of a device that is called begins to ring."""

    device: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The called phone is answered."""

    device: str


@dataclass(frozen=True, slots=True)
class Refuses:
    """The called phone refuses with a SIP status."""

    device: str
    status: int


@dataclass(frozen=True, slots=True)
class HangsUp:
    """A phone hangs up (the line that it dialled, or its only one)."""

    device: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Holds:
    """A phone puts its call on hold by itself."""

    device: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Resumes:
    """A phone takes its call back by itself."""

    device: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Passes:
    """Time goes by, seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Asks:
    """An application asks for a service; ``refused`` is the value of the refusal, empty where it is done."""

    service: type[Request]
    arguments: Mapping[str, Argument] = field(default_factory=lambda: MappingProxyType({}))
    refused: str = ""

    def request(self, calls: Mapping[str, str]) -> Request:
        """The request, with the calls' real identifiers by their story names."""
        arguments = {
            name: ConnectionID(calls.get(value.call, value.call), value.device) if isinstance(value, At) else value
            for name, value in self.arguments.items()
        }
        return self.service(**arguments)


Step = Dials | Rings | Answers | Refuses | HangsUp | Holds | Resumes | Passes | Asks


@dataclass(frozen=True, slots=True)
class Told:
    """One story: its steps. What each device's monitor must tell stands in ``transcripts``, in the file of its name.

    ``absent`` are phones that are not registered, ``attended`` tells whether an application monitors the pilots, so
    that their calls wait for it.
    """

    name: str
    steps: tuple[Step, ...]
    absent: tuple[str, ...] = ()
    attended: bool = True


def asks(service: type[Request], *, refused: str = "", **arguments: Argument) -> Asks:
    """Write an `Asks` shortly."""
    return Asks(service, MappingProxyType(arguments), refused)


def device(number: str) -> DeviceID:
    """A device of the plan."""
    return DeviceID(number)


TRANSCRIPTS = Path(__file__).parent / "transcripts"


def transcript_of(story: Told) -> str:
    """What each device's monitor must tell, device by device, each line with its device before it."""
    return (TRANSCRIPTS / f"{story.name.replace(' ', '_')}.txt").read_text()


def written(heard: Mapping[str, Sequence[str]]) -> str:
    """What was heard, written as a transcript is."""
    return "".join(f"{device} {line}\n" for device in sorted(heard) for line in heard[device])
