"""Journal, snapshots, parties, projections and queries; the only room with SQL."""

from cti_server.storage.errors import (
    BackupError,
    CodecError,
    DatabaseError,
    JournalConflictError,
    JournalDamagedError,
    JournalRemovedError,
    LeaseLostError,
    LeaseTakenError,
    SchemaTooNewError,
    StorageError,
)
from cti_server.storage.parties import PartyBook
from cti_server.storage.rows import ActivityRow, ContactRow, SegmentRow
from cti_server.storage.store import Store

__all__ = [
    "ActivityRow",
    "BackupError",
    "CodecError",
    "ContactRow",
    "DatabaseError",
    "JournalConflictError",
    "JournalDamagedError",
    "JournalRemovedError",
    "LeaseLostError",
    "LeaseTakenError",
    "PartyBook",
    "SchemaTooNewError",
    "SegmentRow",
    "StorageError",
    "Store",
]
