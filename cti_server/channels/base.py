"""What every channel is: four members, and what the runtime hands it to work with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, succeed

from csta.captures import CaptureHeader, Tap
from cti_server.channels.requests import Requests
from cti_server.channels.secrets import Vault
from cti_server.engine.state import State
from cti_server.settings.server import ServerSettings
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.effects import Effect
from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.status import LinkStatus, MediaStatus, PortStatus
from cti_server.vocabulary.values import Channel as ChannelKind
from program.clock import Clock

Submit = Callable[[Command], None]


def no_tap(_header: CaptureHeader) -> None:
    """No black box."""


def no_address(_party: PartyId) -> Deferred[str | None]:
    """Nobody's address is known."""
    return succeed(None)


def always() -> bool:
    """A server that stands alone may always act."""
    return True


class Parties(Protocol):
    """Gives addresses their party ids."""

    def identify(self, address: str) -> PartyId:
        """The id that stands for the address in the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do; ``interrupts`` says that its contacts may ring an agent who handles another channel's."""

    kind: ChannelKind
    interrupts: bool
    effects: tuple[type[Effect], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the runtime hands a channel: the engine's state is to be read only, and asked for anew each time."""

    reactor: ReactorBase
    clock: Clock
    settings: ServerSettings
    state: Callable[[], State]
    parties: Parties
    secrets: Vault
    """Where masked digits are kept; connectors ask here what a secret is."""
    addresses: Callable[[PartyId], Deferred[str | None]] = no_address
    """The address that a party id stands for; None where it was erased."""
    may_act: Callable[[], bool] = always
    """Whether this server may ask anything of the outside: not while another one has the right to."""
    tap: Callable[[CaptureHeader], Tap | None] = no_tap
    """The black box's ear for a link; None where nothing is kept."""
    requests: Requests = field(default_factory=Requests)
    """Who follows what is asked of PBXs."""


class Channel(Protocol):
    """One kind of contact's way in and out."""

    @property
    def capabilities(self) -> Capabilities:
        """What the channel can do, and which effects are its own."""

    def prepare(self) -> None:
        """Connect as far as that asks nothing and changes nothing outside: this server stands by.

        `start` comes later, when it is to act.
        """

    def start(self, submit: Submit) -> None:
        """Connect to the outside and report what happens there as commands."""

    def perform(self, effect: Effect) -> None:
        """Carry the effect out; its success or failure comes back as a command."""

    def survey(self) -> None:
        """Look at the outside anew and report it, as after a start or a changed plan."""

    def stop(self) -> Deferred[None]:
        """Disconnect and leave everything outside as it is: calls go on."""

    def links(self) -> Sequence[LinkStatus]:
        """The channel's connections, for the console."""

    def ports(self) -> Sequence[PortStatus]:
        """The channel's media ports, for the console; empty where it has none."""

    def media(self) -> Sequence[MediaStatus]:
        """The channel's media services, for the console; empty where it has none."""

    def drain(self, service: str, *, on: bool) -> str | None:
        """Let a media service take no new calls, or take them again.

        Returns:
            What came of it, in words; None where the channel has no such service.
        """


ChannelFactories = Mapping[str, Callable[[Site], Channel]]
