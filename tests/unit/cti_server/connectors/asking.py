"""How the tests of connectors ask: settings from plain values, questions, and one event loop for each test."""

from pathlib import Path
from typing import Any

from cti_server.connectors.base import Question, Site
from cti_server.settings.server import ServerSettings
from cti_server.vocabulary.ids import RequestId, SecretId
from cti_server.vocabulary.outside import OutsideRequest

SECRETS = {SecretId("s1"): "4711"}


class Now:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def site(base: Path, now: Now | None = None, **connectors: Any) -> Site:
    settings = ServerSettings.model_validate({"data": str(base / "data"), "connectors": connectors}).resolved(base)
    return Site(settings=settings, now=now or Now(), reveal=SECRETS.get)


def question(outside: OutsideRequest, timeout: float = 5.0, name: str = "7-r1") -> Question:
    return Question(id=RequestId(name), outside=outside, timeout=timeout)
