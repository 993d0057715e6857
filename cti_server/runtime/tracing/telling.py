"""What is told of a contact from the journal and the black box; everything here blocks, and hurries nobody."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

from cti_server.engine.state import State
from cti_server.reports.replaying.replay import Means, Replay, replay
from cti_server.reports.tracing.frames import frames
from cti_server.reports.tracing.journaled import Known, known_of, lines_beside, lines_of
from cti_server.reports.tracing.lines import Line, Trace, in_order
from cti_server.reports.why import Why, why
from cti_server.routing.strategies import Strategy
from cti_server.settings.flows.components import library
from cti_server.storage.store import Store
from cti_server.telemetry.blackbox import BlackBox
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId
from program.installed import entry_points

STRATEGIES: Final = "callwright.strategies"
MOST_BESIDE: Final = 100_000
"""So many rows are read for what agents and links did beside a contact; beyond them the rest is said to be missing."""
_ROWS_AT_ONCE: Final = 100
_PAUSE_SECONDS: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where it is read from; ``ours`` are numbers that may be shown whole."""

    store: Store
    directory: Path
    black_box: Callable[[], BlackBox | None]
    ours: Callable[[str], bool]
    now: Callable[[], float]


def rows_of(store: Store, contact: ContactId) -> list[Recorded]:
    """Every row of a contact.

    Raises:
        JournalRemovedError: some or all of them were removed by retention.
    """
    own = store.journal.of_contact(contact)
    store.journal.start().check(contact)  # last: what is removed meanwhile is noticed
    return own


def start_before(store: Store, seq: int) -> tuple[int, State]:
    """The state as the newest snapshot before row ``seq`` has it, and the row at which that stands."""
    return store.snapshots.before(seq) or (0, State())


def unhurried(rows: Iterator[Recorded]) -> Iterator[Recorded]:
    """The rows, with pauses in which the calls have the interpreter for themselves."""
    for row in rows:
        if row.seq % _ROWS_AT_ONCE == 0:
            time.sleep(_PAUSE_SECONDS)
        yield row


def trace_of(sources: Sources, contact: ContactId) -> tuple[Trace, Known]:
    """All but SIP; and what the journal names, media sessions among it."""
    own = rows_of(sources.store, contact)
    known = known_of(own)
    trace = Trace(contact)
    if not own:
        return trace, known
    lines = [*lines_of(own), *_beside(sources, own, known, trace)]
    box = sources.black_box()
    if box is not None:
        box.flush()
    until = sources.now() if known.ended is None else known.ended
    for link, calls in known.calls.items():
        found = frames(sources.directory, link, [*calls], known.begun, until, ours=sources.ours)
        lines += found.lines
        trace.missing += found.missing
    trace.lines = in_order(lines)
    return trace, known


def _beside(sources: Sources, own: list[Recorded], known: Known, trace: Trace) -> Iterator[Line]:
    first, last = own[0].seq, own[-1].seq
    if last - first > MOST_BESIDE:
        trace.missing.append(f"what agents and links did beside it is told for {MOST_BESIDE} rows of the journal")
        last = first + MOST_BESIDE
    rows = unhurried(sources.store.journal.read(after=first))
    yield from lines_beside(takewhile(lambda row: row.seq <= last, rows), known)


def replay_of(store: Store, contact: ContactId) -> Replay:
    """Decide anew what was decided about a contact; strategies and flow components are those that are installed.

    Raises:
        JournalRemovedError: its rows were removed by retention.
    """
    own = rows_of(store, contact)
    if not own:
        return Replay(contact)
    at, state = start_before(store, own[0].seq)
    strategies: dict[str, Strategy] = {point.name: point.load() for point in entry_points(group=STRATEGIES)}
    means = Means(strategies=strategies, components=library().components, address_of=store.queries.party)
    return replay(state, unhurried(store.journal.read(after=at)), contact, means, last=own[-1].seq)


def why_of(store: Store, contact: ContactId, agent: AgentId | None) -> Why:
    """Why a contact waited, folded from the newest snapshot before it.

    Raises:
        JournalRemovedError: its rows were removed by retention.
    """
    own = rows_of(store, contact)
    if not own:
        return Why(contact, agent)
    at, state = start_before(store, own[0].seq)
    return why(unhurried(store.journal.read(after=at)), contact, agent, start=state)
