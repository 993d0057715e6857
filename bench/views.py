"""What the views for integrators cost behind a long journal: each asked as its readers ask it, on both databases.

Run it as ``make bench-views``; it prints a table and writes ``bench/results/views.json``. The journal is that of the
year's model (``bench.year``): calls, agents, chats, operators and faults, but for killed servers. The reports are
folded from it as a server folds them, then every question is asked several times: median and worst until the last row
is here, how many rows came, and what of the tables that grow was read as a whole, by the database's own plan (EXPLAIN).
A read in an index's order that ends with LIMIT is no such scan. What was just written is in the system's cache: figures
of a disk that is asked for the first time are others.

    python -m bench.views --rows 50000 --database sqlite    shorter, written nowhere
"""

import argparse
import datetime as dt
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from bench.soak_load.year import Year
from cti_server.engine.engine import Outcome
from cti_server.storage.contracted.feed import Feed
from cti_server.storage.contracted.shape import SCHEMA
from cti_server.storage.contracted.sql import POSTGRESQL
from cti_server.storage.database import open_engine
from cti_server.storage.store import Store
from cti_server.vocabulary.events import ContactOpened, Recorded
from cti_server.vocabulary.ids import PartyId
from tests.fakes.postgres import postgres_server

RESULTS: Final = Path(__file__).parent / "results" / "views.json"
ROWS: Final = 1_000_000
TIMES: Final = 7
AT_ONCE: Final = 5000
"""Journal rows that are appended in one transaction while the journal is filled."""
FIRST: Final = dt.date(2027, 1, 4)
DAY: Final = 86_400.0
FEED_ROWS: Final = 1000
DATABASES: Final = ("sqlite", POSTGRESQL)
GROWING: Final = {name: name for name in ("journal", "contacts", "segments", "agent_activity", "parties")} | {
    "newest": "agent_activity",
    "other": "agent_activity",
}
"""The tables that grow with the calls, by the names under which plans speak of them."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What an integrator asks of a view; ``:contact``, ``:day`` and the like are of the middle of the journal."""

    view: str
    words: str
    query: str


QUESTIONS: Final = (
    Question("v1_contacts", "one contact", "SELECT * FROM v1_contacts WHERE contact = :contact"),
    Question("v1_contacts", "a day", "SELECT * FROM v1_contacts WHERE arrived >= :day AND arrived < :next"),
    Question("v1_contacts", "newest 100", "SELECT * FROM v1_contacts ORDER BY arrived DESC LIMIT 100"),
    Question(
        "v1_contacts",
        "a queue's day",
        "SELECT * FROM v1_contacts WHERE queue = :queue AND arrived >= :day AND arrived < :next",
    ),
    Question("v1_contacts", "open now", "SELECT * FROM v1_contacts WHERE closed IS NULL"),
    Question("v1_contacts", "closed in an hour", "SELECT * FROM v1_contacts WHERE closed >= :noon AND closed < :one"),
    Question(
        "v1_contacts",
        "ends of a day",
        "SELECT disposition, COUNT(*) FROM v1_contacts WHERE arrived >= :day AND arrived < :next GROUP BY disposition",
    ),
    Question("v1_segments", "of one contact", "SELECT * FROM v1_segments WHERE contact = :contact ORDER BY number"),
    Question(
        "v1_segments",
        "an agent's day",
        "SELECT * FROM v1_segments WHERE agent = :agent AND started >= :day AND started < :next",
    ),
    Question(
        "v1_segments",
        "talks of a day by agent",
        "SELECT agent, COUNT(*), SUM(ended - started) FROM v1_segments "
        "WHERE kind = 'talk' AND started >= :day AND started < :next GROUP BY agent",
    ),
    Question(
        "v1_agent_activity",
        "an agent's day",
        "SELECT * FROM v1_agent_activity WHERE agent = :agent AND started >= :day AND started < :next",
    ),
    Question(
        "v1_agent_activity",
        "a day by activity",
        "SELECT agent, activity, SUM(ended - started) FROM v1_agent_activity "
        "WHERE started >= :day AND started < :next GROUP BY agent, activity",
    ),
    Question("v1_agents", "all agents now", "SELECT * FROM v1_agents"),
    Question("v1_agents", "one agent now", "SELECT * FROM v1_agents WHERE agent = :agent"),
    Question(
        "v1_queue_intervals",
        "a day by queue",
        "SELECT queue, SUM(queued), SUM(answered), SUM(wait_seconds) FROM v1_queue_intervals "
        "WHERE started >= :day AND started < :next GROUP BY queue",
    ),
    Question(
        "v1_queue_intervals",
        "a queue's day",
        "SELECT * FROM v1_queue_intervals WHERE queue = :queue AND started >= :day AND started < :next",
    ),
    Question(
        "v1_queue_intervals", "everything by queue", "SELECT queue, SUM(queued) FROM v1_queue_intervals GROUP BY queue"
    ),
    Question("v1_parties", "one party", "SELECT * FROM v1_parties WHERE party = :party"),
    Question(
        "v1_parties",
        "with a day's contacts",
        "SELECT contact, address FROM v1_contacts JOIN v1_parties USING (party) "
        "WHERE arrived >= :day AND arrived < :next",
    ),
    Question("v1_journal", "where it begins", "SELECT * FROM v1_journal"),
    Question(
        "v1_changes",
        "1000 from a position",
        f"SELECT * FROM v1_changes WHERE seq > :seq ORDER BY seq LIMIT {FEED_ROWS}",
    ),
    Question("v1_changes", "newest 100", "SELECT * FROM v1_changes ORDER BY seq DESC LIMIT 100"),
    Question("v1_changes", "of one contact", "SELECT * FROM v1_changes WHERE contact = :contact ORDER BY seq"),
    Question(
        "v1_changes",
        "from an hour's first contact",
        "SELECT * FROM v1_changes WHERE seq >= (SELECT MIN(seq) FROM v1_changes WHERE contact = "
        "(SELECT contact FROM v1_contacts WHERE arrived >= :noon ORDER BY arrived LIMIT 1)) "
        f"ORDER BY seq LIMIT {FEED_ROWS}",
    ),
    Question(
        "v1_changes", "an hour by its time", "SELECT * FROM v1_changes WHERE at >= :noon AND at < :one ORDER BY seq"
    ),
)


# --- filling ----------------------------------------------------------------------------------------------------------


class Enough(Exception):  # noqa: N818 - no error: the journal is long enough
    """The journal has the rows that were asked for."""


class Unkilled(Year):
    """The year's model, where the server is never killed: its journal is what comes out of every command."""

    def _server_killed(self) -> None:
        pass

    def _server_stopped(self) -> None:
        pass


class Filling:
    """Takes what the model's server has decided, and appends it to every store."""

    def __init__(self, stores: list[Store], rows: int, told: Callable[[str], None]) -> None:
        self._stores, self._wanted = stores, rows
        self._year = Unkilled(first=FIRST, days=10_000, calls=1000.0, told=told, keep=True)
        self.rows = 0
        self.seconds = 0.0

    def fill(self) -> None:
        """Let the model live until there are so many rows."""
        service = self._year.life.service
        looked = service.on_outcome

        def look(outcome: Outcome) -> None:
            looked(outcome)
            if len(service.journal) >= AT_ONCE:
                self._append(service.journal)
            if self.rows >= self._wanted:
                raise Enough

        service.on_outcome = look
        with suppress(Enough):
            self._year.run()

    def _append(self, rows: list[Recorded]) -> None:
        began = time.perf_counter()
        opened = (row.event for row in rows if isinstance(row.event, ContactOpened))
        parties = {event.party: _address(event.party) for event in opened if event.party is not None}
        for store in self._stores:
            store.journal.append(rows, list(parties.items()))
        self.rows += len(rows)
        rows.clear()
        self.seconds += time.perf_counter() - began


def _address(party: PartyId) -> str:
    return f"tel:+4930{party % 10**9:09}"


def middle(store: Store, engine: Engine) -> Row:
    """What the questions ask for: a contact, a day, an agent and so on from the middle of the journal."""
    with engine.connect() as connection:
        _find_views(connection)
        last = store.journal.last_seq()
        query = (
            "SELECT contact, party, queue, agent, arrived FROM v1_contacts WHERE contact >= :half AND agent IS NOT NULL"
        )
        half = (connection.scalar(text("SELECT MAX(contact) FROM v1_contacts")) or 0) // 2
        found = connection.execute(text(f"{query} ORDER BY contact LIMIT 1"), {"half": half}).mappings().one()
    day = found["arrived"] // DAY * DAY
    facts = {name: found[name] for name in ("contact", "party", "queue", "agent")}
    moments = {"day": day, "noon": day + DAY / 2, "one": day + DAY / 2 + 3600.0, "next": day + DAY}
    return {**facts, **moments, "seq": last // 2}


# --- asking -----------------------------------------------------------------------------------------------------------


def asked(engine: Engine, question: Question, facts: Row, times: int) -> Row:
    """Ask several times; milliseconds until the last row was here."""
    wanted = {name: facts[name] for name in facts if f":{name}" in question.query}
    took, rows = [], 0
    for _ in range(times):
        with engine.connect() as connection:
            _find_views(connection)
            began = time.perf_counter()
            rows = len(connection.execute(text(question.query), wanted).all())
            took.append(1000.0 * (time.perf_counter() - began))
    with engine.connect() as connection:
        _find_views(connection)
        plan = _plan(connection, question.query, wanted)
    return {"view": question.view, "question": question.words, **_times(took), "rows": rows, **plan}


def fed(engine: Engine, facts: Row, times: int) -> Row:
    """Follow the feed from a position, page by page, as `callwright feed` does."""
    feed, after, took, rows = Feed(engine), facts["seq"], [], 0
    for _ in range(times):
        began = time.perf_counter()
        lines = feed.read(after, FEED_ROWS)
        took.append(1000.0 * (time.perf_counter() - began))
        if not lines:
            break
        after, rows = lines[-1].seq, len(lines)
    return {"view": "feed", "question": f"{FEED_ROWS} changes, page by page", **_times(took), "rows": rows}


def _times(took: list[float]) -> Row:
    return {"median_ms": round(median(took), 2), "worst_ms": round(max(took), 2)}


def _find_views(connection: Connection) -> None:
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text(f"SET search_path TO {SCHEMA}"))


def _plan(connection: Connection, query: str, wanted: Row) -> Row:
    """Which indexes the plan goes by, and which growing tables it reads as a whole."""
    if connection.dialect.name == POSTGRESQL:
        found = connection.execute(text(f"EXPLAIN (FORMAT JSON) {query}"), wanted).scalar_one()
        steps = list(_nodes((found if isinstance(found, list) else json.loads(found))[0]["Plan"], bounded=False))
    else:
        details = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"), wanted)]
        bounded = "LIMIT" in query and not any("TEMP B-TREE" in each for each in details)
        steps = [_step(each, bounded=bounded) for each in details if each.startswith(("SCAN ", "SEARCH "))]
    indexes = sorted({index for _, index, _ in steps if index})
    scans = sorted({GROWING[table] for table, _, whole in steps if whole and table in GROWING})
    return {"indexes": indexes, "full_scans": scans}


Step = tuple[str, str, bool]
"""A table, the index by which it is read, and whether all of it is read."""


def _step(detail: str, *, bounded: bool) -> Step:
    """One line of SQLite's plan: ``SEARCH contacts USING INDEX contacts_arrived (arrived>? AND arrived<?)``."""
    table, by = detail.split()[1], detail.partition(" USING ")[2]
    index = by.removeprefix("COVERING ").removeprefix("INDEX ").replace("sqlite_autoindex_", "").strip()
    return table, index, detail.startswith("SCAN ") and not bounded


def _nodes(node: Row, *, bounded: bool) -> Iterator[Step]:
    """PostgreSQL's plan, node by node; below a Limit an order that an index gives is not read to its end."""
    kind = node["Node Type"]
    if kind == "Limit":
        bounded = True
    elif kind in {"Sort", "Aggregate", "Hash", "Materialize"}:
        bounded = False
    table = node.get("Relation Name", "")
    index = node.get("Index Name", "")
    searched = "Index Cond" in node or kind == "Bitmap Heap Scan"
    if table:
        yield table, index, not searched and not bounded
    elif index:
        yield "", index, False
    for child in node.get("Plans", ()):
        yield from _nodes(child, bounded=bounded)


# --- both databases ---------------------------------------------------------------------------------------------------


@contextmanager
def databases(wanted: tuple[str, ...], folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind, by its URL."""
    with ExitStack() as stack:
        found = {}
        if "sqlite" in wanted:
            found["sqlite"] = f"sqlite:///{folder / 'callwright.db'}"
        if POSTGRESQL in wanted:
            found[POSTGRESQL] = stack.enter_context(postgres_server()).new_database()
        yield found


def measured(store: Store, url: str, times: int) -> Row:
    """Fold the reports, then ask everything."""
    began = time.perf_counter()
    rows = store.projections.advance()
    folding = time.perf_counter() - began
    engine = open_engine(url)
    try:
        if engine.dialect.name == POSTGRESQL:
            with engine.begin() as connection:  # as its autovacuum does by itself
                connection.exec_driver_sql("ANALYZE")
        facts = middle(store, engine)
        answers = [asked(engine, each, facts, times) for each in QUESTIONS]
        answers.append(fed(engine, facts, 3 * times))
        with engine.connect() as connection:
            counts = {
                name: connection.scalar(text(f"SELECT COUNT(*) FROM {name}"))
                for name in dict.fromkeys(GROWING.values())
            }
    finally:
        engine.dispose()
    return {
        "database": engine.dialect.name,
        "counts": counts,
        "database_mib": round(store.size() / (1 << 20), 1),
        "fold_rows_per_second": round(rows / folding),
        "answers": answers,
    }


def shown(found: Row) -> None:
    """A table of one database."""
    print(f"\n{found['database']}: {found['counts']}, {found['database_mib']} MiB", flush=True)
    print(f"folded at {found['fold_rows_per_second']} rows a second")
    print(f"{'view':<20}{'question':<26}{'median ms':>11}{'worst ms':>10}{'rows':>7}  reads as a whole / goes by")
    for each in found["answers"]:
        scans = ", ".join(each.get("full_scans", ()))
        by = f"ALL OF {scans}" if scans else ", ".join(each.get("indexes", ()))
        figures = f"{each['median_ms']:>11.2f}{each['worst_ms']:>10.2f}{each['rows']:>7}"
        print(f"{each['view']:<20}{each['question']:<26}{figures}  {by}", flush=True)


def machine(folder: Path) -> Row:
    """What the figures were taken on."""
    return {
        "cores": os.cpu_count(),
        "system": platform.release(),
        "python": platform.python_version(),
        "load_average_before": [round(each, 2) for each in os.getloadavg()],
        "databases_in": "memory" if str(folder).startswith("/dev/shm") else "a disk",
    }


def main() -> None:
    """Measure, print, and write the results where the whole of it was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows of the journal ({ROWS})")
    parser.add_argument("--times", type=int, default=TIMES, help=f"how often each question is asked ({TIMES})")
    parser.add_argument("--database", choices=DATABASES, help="on this one alone")
    options = parser.parse_args()
    wanted = DATABASES if options.database is None else (options.database,)
    with (
        tempfile.TemporaryDirectory(prefix="cw-views-") as folder,
        databases(wanted, Path(folder)) as urls,
        ExitStack() as stack,
    ):
        results: Row = {"machine": machine(Path(folder))}
        stores = {name: stack.enter_context(Store.open(url)) for name, url in urls.items()}
        filling = Filling(list(stores.values()), options.rows, lambda line: print(line[:40], flush=True))
        filling.fill()
        print(f"{filling.rows} rows; appending took {filling.seconds:.0f} s")
        results["databases"] = []
        for name, store in stores.items():
            results["databases"].append(measured(store, urls[name], options.times))
            shown(results["databases"][-1])
        results["machine"]["load_average_after"] = [round(each, 2) for each in os.getloadavg()]
    if options.rows >= ROWS and options.database is None:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
