"""What the face knows of the switch behind it, and the rules that its settings make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from csta.messages import Request
from lab.csta.routing import RoutePlan
from lab.switch.plan import NumberPlan
from lab.switch.services import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The switching model as the face uses it.

    ``perform`` answers a request and gives the deed to follow the answer; ``settle`` carries out what the switch wishes
    after a deed. ``calls`` are the identifiers of all calls, ``supported`` the requests that ``perform`` knows.
    ``attend`` is told the monitored devices and those whose calls an application routes, whenever they change. ``now``
    is the time in Unix seconds, ``restart`` ends all calls and begins anew.
    """

    plan: NumberPlan
    supported: frozenset[type[Request]]
    perform: Callable[[Request], Outcome]
    calls: Callable[[], frozenset[str]]
    settle: Callable[[], None]
    attend: Callable[[frozenset[str]], None]
    now: Callable[[], float]
    restart: Callable[[], None]


def _no_routes() -> Mapping[str, RoutePlan]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the face behaves beyond what its dialects say.

    ``segment`` is how many calls or devices one message tells of, 0 for any number. With ``extra_services`` the switch
    takes what it can do, without it only what the application's dialect names. ``routes`` are the route devices.
    """

    segment: int = 0
    extra_services: bool = True
    routes: Mapping[str, RoutePlan] = field(default_factory=_no_routes)
