"""Faults of the storage room.

StorageError
    DatabaseError           the database cannot be reached, or it failed; the wish can be repeated
    SchemaTooNewError       the database was written by a newer program
    LeaseTakenError         another process writes this journal
    LeaseLostError          another process has taken over: this one writes no more
    JournalConflictError    rows do not continue the journal, or contradict what it already says
    JournalDamagedError     a row of the journal was changed or is missing
    JournalRemovedError     rows that are asked for were removed by retention
    BackupError             a backup cannot be written, or is not whole, or does not belong where it is to go
    CodecError              what the database holds cannot be understood
"""


class StorageError(Exception):
    """Root of all faults of this room."""


class DatabaseError(StorageError):
    """The database cannot be reached, or it failed; the wish can be repeated."""


class SchemaTooNewError(StorageError):
    """The database was written by a newer program."""


class LeaseTakenError(StorageError):
    """Another process writes this journal."""


class LeaseLostError(StorageError):
    """Another process has taken over under a newer token: this one must neither write nor act any more."""


class JournalConflictError(StorageError):
    """Rows do not continue the journal, or contradict what it already says."""


class JournalDamagedError(StorageError):
    """A row of the journal was changed or is missing; ``seq`` is its number, and the rows before it are sound."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(
            f"journal row {seq} {what}; the rows before it are sound. Don't write to this database any more: copy it "
            "away, then bring back the newest backup with callwright restore (docs/storage.md)"
        )
        self.seq = seq


class JournalRemovedError(StorageError):
    """Rows that are asked for were removed by retention, as the settings want it."""


class BackupError(StorageError):
    """A backup cannot be written, or is not whole, or does not belong where it is to go."""


class CodecError(StorageError):
    """What the database holds cannot be understood."""
