"""What every connector is, and what the runtime hands it to work with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cti_server.settings.server import ServerSettings
from cti_server.vocabulary.ids import RequestId, SecretId
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome, RequestResult
from cti_server.vocabulary.status import LinkStatus
from cti_server.vocabulary.values import Value

Reveal = Callable[[SecretId], str | None]
"""The digits that a secret stands for; None where they are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the runtime hands a connector; ``now`` gives Unix seconds."""

    settings: ServerSettings
    now: Callable[[], float]
    reveal: Reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request to a connector; ``timeout`` is the flow's, in seconds."""

    id: RequestId
    outside: OutsideRequest
    timeout: float


class Connector(Protocol):
    """One kind of request's way to the outside; its coroutines run on the server's event loop and never block it."""

    @property
    def serves(self) -> type[OutsideRequest]:
        """The class of the requests that it answers."""

    def start(self) -> None:
        """Begin; the event loop runs."""

    async def ask(self, question: Question) -> RequestOutcome:
        """The answer. It is cancelled when the flow's time is over; what it raises otherwise is a defect."""

    async def stop(self) -> None:
        """End, leaving what is to be done later on disk."""

    def statuses(self) -> Sequence[LinkStatus]:
        """How its connections stand, for people."""


ConnectorFactories = Mapping[str, Callable[[Site], Connector]]


class SecretForgottenError(Exception):
    """A secret's digits are not to be had any more."""


def revealed(
    parameters: Mapping[str, Value], secrets: Mapping[str, SecretId], reveal: Reveal
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """All parameters, secret ones with their digits; and those digits, which no text may show.

    Raises:
        SecretForgottenError: the digits of one are forgotten.
    """
    together = dict(parameters)
    hidden: list[str] = []
    for name, secret in secrets.items():
        digits = reveal(secret)
        if digits is None:
            raise SecretForgottenError(f"what the caller keyed in for {name} is forgotten")
        together[name] = digits
        hidden.append(digits)
    return together, tuple(hidden)


def masked(text: str, hidden: Sequence[str]) -> str:
    """The text without the secrets' digits."""
    for digits in hidden:
        if digits:
            text = text.replace(digits, "***")
    return text


def failed(detail: str) -> RequestOutcome:
    """A request that came to nothing, with the reason in words."""
    return RequestOutcome(result=RequestResult.FAILED, detail=detail)


def refused(detail: str) -> RequestOutcome:
    """A request that was not let out."""
    return RequestOutcome(result=RequestResult.REFUSED, detail=detail)


def timed_out(detail: str) -> RequestOutcome:
    """A request whose time was over."""
    return RequestOutcome(result=RequestResult.TIMED_OUT, detail=detail)
