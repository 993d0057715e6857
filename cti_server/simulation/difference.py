"""The difference between two configurations on the same day: whose fate changed, from what to what."""

from collections import Counter
from dataclasses import dataclass

from cti_server.simulation.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """So many callers went from one fate to another; ``numbers`` are the first of them, as the day counts callers."""

    before: str
    after: str
    count: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What another configuration does to the same callers.

    ``fates`` are the changes of how a contact ended and in which queue, the most frequent first; ``changed`` their sum.
    ``sooner`` and ``later`` count those answered under both who waited less or more, by over a second.
    """

    changed: int
    fates: tuple[Changed, ...]
    sooner: int
    later: int
    other_agent: int


SHOWN_NUMBERS = 5


def difference(before: Ledger, after: Ledger) -> Difference:
    """Compare the same day under two configurations, caller by caller."""
    fates: Counter[tuple[str, str]] = Counter()
    numbers: dict[tuple[str, str], list[int]] = {}
    sooner = later = other_agent = 0
    for number in sorted(before.lives.keys() | after.lives.keys()):
        old, new = before.lives.get(number), after.lives.get(number)
        change = (old.fate if old is not None else "refused", new.fate if new is not None else "refused")
        if change[0] != change[1]:
            fates[change] += 1
            numbers.setdefault(change, []).append(number)
        if old is None or new is None or old.answered_at is None or new.answered_at is None:
            continue
        moved = new.answered_at - old.answered_at
        sooner, later = sooner + (moved < -1.0), later + (moved > 1.0)
        other_agent += old.agent != new.agent
    return Difference(
        changed=fates.total(),
        fates=tuple(
            Changed(before=change[0], after=change[1], count=count, numbers=tuple(numbers[change][:SHOWN_NUMBERS]))
            for change, count in sorted(fates.items(), key=lambda each: (-each[1], each[0]))
        ),
        sooner=sooner,
        later=later,
        other_agent=other_agent,
    )
