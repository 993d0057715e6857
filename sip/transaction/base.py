"""What the four kinds of transactions share: states, keys, who is told, and where requests go."""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from sip.events import Endpoint
from sip.message import Request, Response
from sip.timers import Timers

if TYPE_CHECKING:
    from sip.transaction.client import ClientTransaction
    from sip.transaction.server import InviteServer, ServerTransaction

MAGIC_COOKIE: Final = "z9hG4bK"
TIMER_D: Final = 32.0

TransactionKey = tuple[str, ...]


class State(Enum):
    """States of the law in the package's docstring; TRYING of RFC 3261 figure 8 is PROCEEDING without a response."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class ResponseTaker(Protocol):
    """Who started a client transaction."""

    def response_received(self, transaction: "ClientTransaction", response: Response, now: float) -> None:
        """A response came that is no retransmission; each 2xx to INVITE is told, also repeated ones."""

    def no_response(self, transaction: "ClientTransaction", status: int, now: float) -> None:
        """No final response came in time (408), or the request could not be sent (503)."""


class AckTimeoutTaker(Protocol):
    """Who answers a server transaction and wants to hear of a missing ACK."""

    def ack_missing(self, transaction: "ServerTransaction", now: float) -> None:
        """Timer H ran out: the final refusal of an INVITE was never acknowledged."""


Found = Callable[[list[Endpoint], float], None]


class Delivery(Protocol):
    """Where requests go: found by name, over connections that are open, and elsewhere when a target fails."""

    def plan(self, request: Request, wanted: Endpoint, size: int, found: Found, now: float) -> None:
        """Call ``found(targets, now)``, at once or later; no target where the destination leads nowhere."""

    def readdressed(self, request: Request, target: Endpoint) -> Request:
        """Return the request for another target: a new branch, and the transport of the target."""

    def failed(self, target: Endpoint, now: float) -> None:
        """A target could not be reached, or does not want to be asked."""

    def settled(self, wanted: Endpoint, target: Endpoint) -> None:
        """A request to ``wanted`` goes to ``target``: what belongs to it goes there too."""

    def in_use(self, wanted: Endpoint) -> Endpoint:
        """Return where what belongs to an earlier request goes."""


class Straight:
    """The delivery that looks nothing up: every destination is its own only target."""

    def plan(self, request: Request, wanted: Endpoint, size: int, found: Found, now: float) -> None:  # noqa: ARG002
        """Call ``found`` at once."""
        found([wanted], now)

    def readdressed(self, request: Request, target: Endpoint) -> Request:  # noqa: ARG002 - see the class
        """Return the request as it is."""
        return request

    def failed(self, target: Endpoint, now: float) -> None:
        """Nothing is remembered."""

    def settled(self, wanted: Endpoint, target: Endpoint) -> None:
        """Nothing is remembered."""

    def in_use(self, wanted: Endpoint) -> Endpoint:
        """Return the destination."""
        return wanted


class Layer(Protocol):
    """What a transaction needs of all of them."""

    timers: Timers
    delivery: Delivery

    def send(self, data: bytes, destination: Endpoint, name: str = "") -> None:
        """Put bytes on the way out."""

    def arrived(self, invite: "InviteServer") -> None:
        """Have an INVITE say 100, at once or, where the shell tells first, unless it is answered by then."""

    def answered(self, transaction: "ServerTransaction") -> None:
        """A final response was sent: the request is read no more once this pass is over."""

    def take(self, transaction: "ClientTransaction") -> None:
        """Find a client transaction by its key from now on."""

    def acknowledge_later(self, key: TransactionKey, ack: bytes, destination: Endpoint, now: float) -> None:
        """Repeat an ACK for as long as its refusal may be repeated, without a transaction."""

    def has_connection(self, peer: Endpoint) -> bool:
        """Whether a stream to ``peer`` is open."""

    def forget(self, transaction: "ClientTransaction | ServerTransaction") -> None:
        """Drop a terminated transaction."""
