"""Questions to the reports tables."""

from sqlalchemy import Engine, select

from cti_server.storage.database import database_faults
from cti_server.storage.rows import ContactRow, SegmentRow
from cti_server.storage.tables import CONTACTS, PARTIES, SEGMENTS
from cti_server.vocabulary.ids import ContactId, PartyId


class Queries:
    """Reads the projections as far as they have advanced; all methods block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def contacts(self, limit: int = 100) -> list[ContactRow]:
        """Give the newest ``limit`` contacts, the oldest of them first."""
        query = select(CONTACTS).order_by(CONTACTS.c.contact.desc()).limit(limit)
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [ContactRow(**row) for row in reversed(rows)]

    def contact(self, contact: ContactId) -> ContactRow | None:
        """Give one contact, or ``None`` where there is none of this number."""
        with database_faults(), self._engine.connect() as connection:
            row = connection.execute(select(CONTACTS).where(CONTACTS.c.contact == contact)).mappings().first()
        return None if row is None else ContactRow(**row)

    def segments(self, contact: ContactId) -> list[SegmentRow]:
        """Give a contact's segments in their order."""
        query = select(SEGMENTS).where(SEGMENTS.c.contact == contact).order_by(SEGMENTS.c.number)
        with database_faults(), self._engine.connect() as connection:
            return [SegmentRow(**row) for row in connection.execute(query).mappings()]

    def party(self, party: PartyId) -> str | None:
        """Give a party's address; ``None`` where it is erased or was never known."""
        with database_faults(), self._engine.connect() as connection:
            found: str | None = connection.scalar(select(PARTIES.c.address).where(PARTIES.c.party == party))
        return found
