"""Requests of a flow to the outside (database, web, mail, PIN), and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cti_server.vocabulary.ids import AgentId, SecretId
from cti_server.vocabulary.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLookUp:
    """Run the configured ``query`` with ``parameters``; the first row's columns come back as values.

    A parameter whose name is in ``secrets`` is the secret's digits, which only the connector sees.
    """

    query: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, SecretId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLookUp:
    """Ask the configured web ``service`` with ``parameters``; values come back as the configuration picks them."""

    service: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, SecretId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """Send a mail, with a recording of a media service attached where ``file`` names one."""

    to: tuple[str, ...]
    subject: str
    text: str
    file: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPin:
    """Is this the agent's PIN? Comes back as the value ``right``."""

    agent: AgentId
    secret: SecretId


OutsideRequest = DatabaseLookUp | WebLookUp | SendMail | CheckPin


class RequestResult(StrEnum):
    """How a request ended; REFUSED: the circuit breaker did not let it go out."""

    DONE = "done"
    NOTHING_FOUND = "nothing-found"
    TIMED_OUT = "timed-out"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOutcome:
    """What came of a request: values by name, or the reason in words."""

    result: RequestResult
    values: Mapping[str, Value] = field(default_factory=dict)
    detail: str = ""
