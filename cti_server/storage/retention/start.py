"""Where the journal begins: behind row 0, or behind the last row that retention has removed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, select

from cti_server.storage.checksums import NOTHING
from cti_server.storage.errors import JournalRemovedError
from cti_server.storage.tables import RETENTION
from cti_server.vocabulary.ids import ContactId


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStart:
    """Row ``seq`` is the last that was removed, 0 where none was; from its sum ``checksum`` the chain goes on.

    ``base`` is the row of a snapshot that stays, so that there is always a state from which the rest of the journal can
    be folded. Contacts before ``first_contact`` are told in part or not at all by the journal; all of them were closed,
    and folded into the reports, before any of their rows was removed. ``removed_at`` (Unix seconds) is when rows were
    removed last.
    """

    seq: int = 0
    checksum: int = NOTHING
    base: int = 0
    first_contact: int = 0
    removed_at: float | None = None

    @property
    def day(self) -> str:
        """The day (UTC) on which rows were removed last."""
        return "" if self.removed_at is None else f"{datetime.fromtimestamp(self.removed_at, UTC):%Y-%m-%d}"

    def check(self, contact: ContactId) -> None:
        """Raise ``JournalRemovedError`` where rows of this contact may have been removed."""
        if 0 < contact < self.first_contact:
            raise JournalRemovedError(
                f"contact {contact}: its rows in the journal were removed by retention on {self.day}; the reports have "
                "it (callwright contacts)"
            )

    def check_row(self, seq: int) -> None:
        """Raise ``JournalRemovedError`` where not all rows behind ``seq`` are there."""
        if seq < self.seq:
            raise JournalRemovedError(
                f"journal rows up to {self.seq} were removed by retention on {self.day}: what is behind row {seq} "
                "cannot be read whole"
            )


def start_of(connection: Connection) -> JournalStart:
    """Read where the journal begins."""
    row = connection.execute(select(RETENTION)).first()
    if row is None:
        return JournalStart()
    return JournalStart(
        seq=row.seq,
        checksum=row.checksum,
        base=row.base,
        first_contact=row.first_contact,
        removed_at=row.removed_at,
    )


def base_row() -> ColumnElement[int]:
    """The row of the snapshot that stays, as a part of other statements."""
    return select(RETENTION.c.base).scalar_subquery()
