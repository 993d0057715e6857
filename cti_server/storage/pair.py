"""Two servers and one lease: who holds it and until when, who stands by, and how it changes hands. PostgreSQL only.

All times are Unix seconds by the database's clock, so that the clocks of the two machines do not matter. A token counts
together with the moment when it was given out: a copy of the database that lacks the last commits may give the same
number out once more. All methods block; they use connections of the pool, never the one that writes. A process that
hangs in the midst of any of them must not keep the lease's row: each statement commits itself, or its transaction is
undone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from cti_server.storage.database import database_faults
from cti_server.storage.errors import DatabaseError, LeaseLostError
from cti_server.storage.lease import ADVISORY_KEY, STANDSTILL_SECONDS, WRITER_SESSION, Writer, make_whole

OFFER_SECONDS = 3.0
"""So long only the server to which the lease is handed over may take it."""

FORGOTTEN_SECONDS = 86_400.0
"""A server that has not been seen for so long is no longer shown."""

LOCK_SECONDS = 1
"""A takeover waits so long for a transaction of the former writer; then that one's session is ended."""

_BEAT = text(
    "INSERT INTO servers (name, address, role, since, seen_at, seq, links) VALUES (:name, :address, :role, "
    "extract(epoch FROM clock_timestamp()), extract(epoch FROM clock_timestamp()), :seq, :links) ON CONFLICT "
    "(name) DO UPDATE SET since = CASE WHEN servers.role = :role THEN servers.since ELSE excluded.since END, "
    "address = :address, role = :role, seen_at = excluded.seen_at, seq = :seq, links = :links"
)
_RENEW = text(
    "UPDATE lease SET renewed_at = extract(epoch FROM clock_timestamp()), expires_at = extract(epoch FROM "
    "clock_timestamp()) + :seconds WHERE name = 'writer' AND token = :token AND since = :taken"
)
_TAKE = text(
    "UPDATE lease SET token = token + 1, holder = :name, address = :address, since = extract(epoch FROM "
    "clock_timestamp()), renewed_at = extract(epoch FROM clock_timestamp()), expires_at = extract(epoch FROM "
    "clock_timestamp()) + :seconds, offered_to = '' WHERE name = 'writer' AND CASE WHEN CAST(:unchanged AS double "
    "precision) IS NULL THEN expires_at <= extract(epoch FROM clock_timestamp()) ELSE renewed_at = :unchanged END AND "
    "(offered_to IN ('', :name) OR offered_until <= extract(epoch FROM clock_timestamp())) RETURNING token, since"
)
_HAND_OVER = text(
    "UPDATE lease SET expires_at = 0, offered_to = :to, offered_until = extract(epoch FROM clock_timestamp()) + "
    ":seconds WHERE name = 'writer' AND token = :token AND since = :taken"
)
_LEASE = text(
    "SELECT token, holder, address, since, expires_at - extract(epoch FROM clock_timestamp()) AS rest, offered_to, "
    "renewed_at, greatest(expires_at - renewed_at, 0) AS lasts FROM lease WHERE name = 'writer'"
)
_SERVERS = text(
    "SELECT name, address, role, extract(epoch FROM clock_timestamp()) - since AS lasts, extract(epoch FROM "
    "clock_timestamp()) - seen_at AS age, seq, links FROM servers WHERE seen_at > extract(epoch FROM "
    "clock_timestamp()) - :oldest ORDER BY name"
)
_END_FORMER = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = "
    "current_user AND application_name = :writer AND EXISTS (SELECT 1 FROM lease WHERE name = 'writer' AND "
    "expires_at <= extract(epoch FROM clock_timestamp()))"
)
_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code (manual, appendix A)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A server of the pair: its name, where people reach it, and the length of its lease in seconds."""

    name: str
    address: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSeen:
    """A server as it last spoke: ``age`` seconds ago, with its durable or folded row ``seq``, and its links in words.

    ``lasts`` is for how long it has had its role (``active`` or ``standby``), in seconds.
    """

    name: str
    address: str
    role: str
    lasts: float
    age: float
    seq: int
    links: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The lease, and all servers that were seen; ``rest`` is how many seconds the lease has yet, below 0 when it ended.

    ``last_seq`` is the journal's last row. The lease was last put off at ``renewed_at``, by ``lasts`` seconds,
    which are 0 where it was given back.
    """

    token: int
    holder: str
    address: str
    rest: float
    offered_to: str
    last_seq: int
    servers: tuple[ServerSeen, ...]
    renewed_at: float = 0.0
    lasts: float = 0.0


class Pair:
    """One server's part in a pair.

    Args:
        engine: the database, PostgreSQL.
        writer: what writes; it gets the token, and loses it.
        candidate: this server.
    """

    def __init__(self, engine: Engine, writer: Writer, candidate: Candidate) -> None:
        if engine.dialect.name != "postgresql":
            raise DatabaseError("a standby needs PostgreSQL: an SQLite file is on one machine, as its server is")
        self._engine = engine
        self._writer = writer
        self.candidate = candidate
        writer.pair()

    def beat(self, role: str, seq: int, links: str) -> Standing:
        """Say how this server stands, and learn how both stand."""
        facts = {"name": self.candidate.name, "address": self.candidate.address}
        with self._at_once() as connection:
            connection.execute(_BEAT, {**facts, "role": role, "seq": seq, "links": links})
            return _standing(connection)

    def renew(self, seq: int, links: str) -> Standing:
        """Put the end of the lease off by its length from now, and say how this server stands.

        Raises:
            LeaseLostError: another server has taken over.
            DatabaseError: the database failed; the lease may be renewed or not.
        """
        token = self._writer.token
        with self._at_once() as connection:
            facts = {"token": token, "taken": self._writer.since, "seconds": self.candidate.seconds}
            done = connection.execute(_RENEW, facts)
            if done.rowcount != 1 or not token:
                raise LeaseLostError(f"another server has taken over; the token {token} counts no more")
        return self.beat("active", seq, links)

    def take(self, unchanged: Standing | None = None) -> int | None:
        """Take the lease where it has run out, or was handed to us: the new token, or None where it is not free.

        ``unchanged`` is how the lease stood for as long as it was to last, by the steady clock of who asks: it is taken
        only where it stands so yet, and then whatever the database's clock says, which may have been set.

        From here on no former writer can append anything: rows that are there now are all there will be of it.
        """
        with database_faults():
            try:
                taken = self._try_to_take(unchanged)
            except OperationalError as fault:
                if getattr(fault.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                self._end_former()
                taken = self._try_to_take(unchanged)
        if taken is None:
            return None
        self._writer.take_token(*taken)
        return taken[0]

    def hand_over(self, to: str) -> None:
        """Give the lease to the server of that name; this one writes no more.

        Raises:
            LeaseLostError: it was not ours any more.
            DatabaseError: the database failed; it runs out by itself.
        """
        token, taken = self._writer.token, self._writer.since
        self._writer.take_token(0)
        with self._at_once() as connection:
            facts = {"to": to, "seconds": OFFER_SECONDS if to else 0.0, "token": token, "taken": taken}
            if connection.execute(_HAND_OVER, facts).rowcount != 1:
                raise LeaseLostError(f"another server has taken over; the token {token} counts no more")

    def release(self) -> None:
        """Give the lease back to whoever wants it; nothing where it is not ours."""
        if self._writer.token:
            self.hand_over("")

    @contextmanager
    def _at_once(self) -> Iterator[Connection]:
        """A connection whose every statement is durable when it has returned: no lock outlives it."""
        with database_faults(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def _try_to_take(self, unchanged: Standing | None) -> tuple[int, float] | None:
        facts = {
            "name": self.candidate.name,
            "address": self.candidate.address,
            "seconds": self.candidate.seconds,
            "unchanged": None if unchanged is None else unchanged.renewed_at,
        }
        with self._engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{STANDSTILL_SECONDS}s'"))
            # A server that stands alone, or one of a former release, holds this lock and no time.
            if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY}):
                return None
            taken = connection.execute(_TAKE, facts).first()
            return None if taken is None else (taken.token, taken.since)

    def _end_former(self) -> None:
        """End the session whose transaction stands in the way: its lease has run out, so it may not write anyway."""
        with self._engine.begin() as connection:
            connection.execute(_END_FORMER, {"writer": WRITER_SESSION})


def _standing(connection: Connection) -> Standing:
    lease = connection.execute(_LEASE).first()
    if lease is None:
        make_whole(connection)
        lease = connection.execute(_LEASE).one()
    servers = connection.execute(_SERVERS, {"oldest": FORGOTTEN_SECONDS})
    last: int = connection.scalar(text("SELECT coalesce(max(seq), 0) FROM journal")) or 0
    return Standing(
        token=lease.token,
        holder=lease.holder,
        address=lease.address,
        rest=lease.rest,
        offered_to=lease.offered_to,
        last_seq=last,
        renewed_at=lease.renewed_at,
        lasts=lease.lasts,
        servers=tuple(ServerSeen(**one) for one in servers.mappings()),
    )
