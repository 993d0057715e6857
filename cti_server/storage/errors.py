"""Faults of the storage room.

StorageError
    DatabaseError           the database cannot be reached, or it failed; the wish can be repeated
    SchemaTooNewError       the database was written by a newer program
    LeaseTakenError         another process writes this journal
    JournalConflictError    rows do not continue the journal, or contradict what it already says
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


class JournalConflictError(StorageError):
    """Rows do not continue the journal, or contradict what it already says."""


class CodecError(StorageError):
    """What the database holds cannot be understood."""
