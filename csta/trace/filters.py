"""Which rows of a trace are wanted: of a call through its transfers, of a device, of a kind, or what went wrong."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from csta.trace.rows import Kind, Row

_JOINING_EVENTS: Final = frozenset({"Transferred", "Conferenced"})
_SURVEYS: Final = ("Snapshot", "Monitor")


class CallFollower:
    """Knows a call by all its identifiers: transfers, conferences and consultations give it new ones."""

    def __init__(self, calls: Iterable[str]) -> None:
        self._calls = set(calls)

    @property
    def calls(self) -> frozenset[str]:
        """The identifiers so far."""
        return frozenset(self._calls)

    def learn(self, row: Row) -> bool:
        """Look at a row; return whether it gave the call another identifier."""
        if not joins_calls(row) or not self._calls.intersection(row.calls):
            return False
        before = len(self._calls)
        self._calls.update(row.calls)
        return len(self._calls) > before

    def has(self, row: Row) -> bool:
        """Whether a row is about the call."""
        return bool(self._calls.intersection(row.calls))


def joins_calls(row: Row) -> bool:
    """Whether all calls that a row names belong together, as in a transfer but not in a survey of a device."""
    if len(row.calls) < 2:
        return False
    if row.kind is Kind.EVENT:
        return row.name in _JOINING_EVENTS
    return row.kind in {Kind.REQUEST, Kind.RESPONSE} and not row.name.startswith(_SURVEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be shown; what is empty does not restrict. Names are matched without regard to case."""

    calls: Collection[str] = ()
    devices: Collection[str] = ()
    kinds: Collection[Kind] = ()
    names: Collection[str] = ()
    errors: bool = False
    since: float | None = None
    until: float | None = None
    follower: CallFollower = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "follower", CallFollower(self.calls))

    def takes(self, row: Row) -> bool:
        """Whether a row is wanted, as far as is known when it comes; a wanted call is followed."""
        if self.calls:
            self.follower.learn(row)
            if not self.follower.has(row):
                return False
        return (
            (not self.devices or any(one in row.devices or one == row.monitored for one in self.devices))
            and (not self.kinds or row.kind in self.kinds)
            and (not self.names or any(one.lower() in row.name.lower() for one in self.names))
            and (not self.errors or row.bad)
            and (self.since is None or row.time >= self.since)
            and (self.until is None or row.time <= self.until)
        )


def select(rows: Sequence[Row], wanted: Wanted) -> list[Row]:
    """The wanted rows of a whole trace: a call by all identifiers that it ever had, requests and answers together."""
    if wanted.calls:
        while any(wanted.follower.learn(row) for row in rows):
            continue  # until no row brings anything new
    taken = {row.number for row in rows if wanted.takes(row)}
    asked = {row.answers for row in rows if row.number in taken and row.answers is not None}
    if wanted.calls or wanted.devices or wanted.errors:
        taken |= asked
    if wanted.calls or wanted.devices:
        taken |= {row.number for row in rows if row.answers in taken}
    return [row for row in rows if row.number in taken]
