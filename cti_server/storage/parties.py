"""Customers' addresses apart from the journal: a number for each, and an address that can be erased."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select, update

from cti_server.storage.database import database_faults
from cti_server.storage.lease import Writer
from cti_server.storage.tables import PARTIES
from cti_server.vocabulary.ids import PartyId
from program.late import LateModule

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite
else:
    postgresql, sqlite = LateModule("sqlalchemy.dialects.postgresql"), LateModule("sqlalchemy.dialects.sqlite")

MAX_ADDRESS = 256
"""Longest address kept, in characters; what comes over a line may be anything."""

MOST_AT_ONCE = 500
"""So many parties are asked for in one query."""


def clean_address(address: str) -> str:
    """Keep what can be printed and stored, at most ``MAX_ADDRESS`` characters."""
    return "".join(character for character in address[:MAX_ADDRESS] if character.isprintable())


class PartyBook:
    """Numbers for addresses, in memory; new ones wait in a list until the journal takes them along.

    Bounded: the address unused longest is forgotten first, and would get a new number when it comes back. That costs
    only the knowledge that it is the same customer; ``Parties.erase`` finds all numbers of an address.
    """

    def __init__(self, next_id: int, known: Iterable[tuple[PartyId, str]] = (), limit: int = 50_000) -> None:
        self._next = next_id
        self._limit = limit
        self._ids: OrderedDict[str, PartyId] = OrderedDict()
        self._addresses: dict[PartyId, str] = {}
        self._new: list[tuple[PartyId, str]] = []
        for party, address in known:
            self._remember(address, party)

    def refill(self, next_id: int, known: Iterable[tuple[PartyId, str]]) -> None:
        """Know these and no others: what another server has given numbers, and what was erased there."""
        self._next = next_id
        self._ids.clear()
        self._addresses.clear()
        self._new.clear()
        for party, address in known:
            self._remember(address, party)

    def identify(self, address: str) -> PartyId:
        """Give the number of ``address``, a new one where it is not known."""
        address = clean_address(address)
        party = self._ids.get(address)
        if party is None:
            party = PartyId(self._next)
            self._next += 1
            self._new.append((party, address))
        self._remember(address, party)
        return party

    def address(self, party: PartyId) -> str | None:
        """Give the address that a number stands for, as far as it is remembered here."""
        return self._addresses.get(party)

    def take_new(self) -> list[tuple[PartyId, str]]:
        """Give the new numbers with their addresses, once, for ``Journal.append``."""
        new, self._new = self._new, []
        return new

    def forget(self, address: str) -> None:
        """Forget an address that is being erased; it gets a new number when it comes back."""
        address = clean_address(address)
        party = self._ids.pop(address, None)
        if party is not None:
            self._addresses.pop(party, None)
        self._new = [each for each in self._new if each[1] != address]

    def _remember(self, address: str, party: PartyId) -> None:
        self._ids[address] = party
        self._ids.move_to_end(address)
        self._addresses[party] = address
        if len(self._ids) > self._limit:
            _, forgotten = self._ids.popitem(last=False)
            self._addresses.pop(forgotten, None)


def insert_parties(connection: Connection, parties: Sequence[tuple[PartyId, str]]) -> None:
    """Insert new parties; one that is there already stays as it is, erased or not."""
    if parties:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        values = [{"party": party, "address": clean_address(address)} for party, address in parties]
        connection.execute(dialect.insert(PARTIES).on_conflict_do_nothing(), values)


class Parties:
    """The table of parties; all methods block."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer

    def erase(self, address: str) -> int:
        """Erase ``address`` from all parties that have it, and from the disk; give how many had it."""
        query = update(PARTIES).where(PARTIES.c.address == clean_address(address)).values(address=None)
        with self._writer.transaction() as connection:
            erased = connection.execute(query).rowcount
        if self._engine.dialect.name == "sqlite":
            # The address would otherwise stay readable in the write-ahead log until it is next overwritten.
            with database_faults(), self._engine.connect() as connection:
                raw = connection.connection.driver_connection
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased

    def next_id(self) -> int:
        """Give the first number that no party has, for ``PartyBook``."""
        with database_faults(), self._engine.connect() as connection:
            return (connection.scalar(select(func.max(PARTIES.c.party))) or 0) + 1

    def those(self, parties: Iterable[PartyId]) -> list[tuple[PartyId, str]]:
        """Give those of the parties that have an address."""
        wanted, found = sorted(set(parties)), list[tuple[PartyId, str]]()
        with database_faults(), self._engine.connect() as connection:
            for first in range(0, len(wanted), MOST_AT_ONCE):
                some = PARTIES.c.party.in_(wanted[first : first + MOST_AT_ONCE])
                rows = connection.execute(select(PARTIES).where(some, PARTIES.c.address.is_not(None)))
                found += [(PartyId(row.party), row.address) for row in rows]
        return found

    def latest(self, limit: int) -> list[tuple[PartyId, str]]:
        """Give the newest ``limit`` parties with an address, oldest first, to warm a ``PartyBook``."""
        query = select(PARTIES).where(PARTIES.c.address.is_not(None)).order_by(PARTIES.c.party.desc()).limit(limit)
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [(PartyId(row.party), row.address) for row in reversed(rows)]
