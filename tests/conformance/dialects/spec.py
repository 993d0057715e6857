"""What a requirement is: a number, a chapter, what it needs of the PBX, and a sentence that its test's docstring is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from csta import Dialect, Login, Profile

_F = TypeVar("_F", bound=Callable[..., None])

CREDENTIALS: Final = "credentials"
"""The log-in asks for user and password."""
ROUTING: Final = "routing_services"
"""The PBX asks where calls of a route device shall go."""
SECOND_DEFLECT: Final = "second_deflect"
"""A hunt group's call may be deflected more than once."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; ``needs`` are services by name, and the abilities above."""

    number: str
    chapter: str
    needs: tuple[str, ...]
    text: str


REQUIREMENTS: Final[dict[str, Requirement]] = {}
"""All of them by number; filled as the modules of this folder are imported."""

_OF: Final[dict[str, Requirement]] = {}


def requirement(number: str, chapter: str, *needs: str) -> Callable[[_F], _F]:
    """Make a test a requirement; its docstring is the sentence that says what is required."""

    def declare(test: _F) -> _F:
        text = " ".join((test.__doc__ or "").split())
        assert text, f"{number} says nothing"
        assert number not in REQUIREMENTS, f"{number} is given twice"
        REQUIREMENTS[number] = _OF[test.__name__] = Requirement(number, chapter, needs, text)
        return test

    return declare


def requirement_of(test: str) -> Requirement | None:
    """The requirement that a test function stands for."""
    return _OF.get(test)


def obstacle(requirement: Requirement, dialect: Dialect, profile: Profile) -> str | None:
    """Why the dialect cannot be held to the requirement, by the dialect's own words; None where it can.

    Raises:
        AssertionError: the dialect lacks something and does not say why.
    """
    for need in requirement.needs:
        if not _has(need, dialect, profile):
            reason = dialect.capabilities.absent.get(need)
            assert reason, f"{dialect.name} lacks {need} and does not say why (Capabilities.absent)"
            return f"{need}: {reason}"
    return None


def _has(need: str, dialect: Dialect, profile: Profile) -> bool:
    if need == CREDENTIALS:
        return profile.login is not Login.SWITCH_SPEAKS_FIRST
    if need in {ROUTING, SECOND_DEFLECT}:
        return bool(getattr(dialect.capabilities, need))
    return need in {service.__name__ for service in dialect.capabilities.services}
