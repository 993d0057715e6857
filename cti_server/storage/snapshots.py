"""Snapshots of the engine's state, so that a start need not replay the whole journal."""

from collections.abc import Callable

import structlog
from sqlalchemy import Engine, delete, insert, select

from cti_server.engine.state import State
from cti_server.storage.checksums import body_sum
from cti_server.storage.codec import decode_state, encode_state
from cti_server.storage.database import database_faults
from cti_server.storage.errors import CodecError
from cti_server.storage.lease import Writer
from cti_server.storage.retention.start import base_row, start_of
from cti_server.storage.tables import SNAPSHOTS

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger("storage")

KEPT = 3
"""Snapshots that are kept, the newest."""


class Snapshots:
    """Saves and finds snapshots; all methods block."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer

    def save(self, seq: int, state: State) -> None:
        """Save the state that the journal's rows up to ``seq`` fold to; older ones but the newest and the base go."""
        digest, body = encode_state(state)
        row = {"seq": seq, "digest": digest, "body": body, "checksum": body_sum(seq, body)}
        old = select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc()).offset(KEPT)
        with self._writer.transaction() as connection:
            connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq == seq))
            connection.execute(insert(SNAPSHOTS), [row])
            obsolete = SNAPSHOTS.c.seq.in_(old.scalar_subquery()) & (SNAPSHOTS.c.seq != base_row())
            connection.execute(delete(SNAPSHOTS).where(obsolete))

    def latest(self) -> tuple[int, State] | None:
        """Give the newest snapshot that this program can read; ``None`` means: replay the whole journal.

        A snapshot of a program whose state was built differently is passed over: the journal tells it all again. So
        is a garbled one, with a warning.
        """
        found = self.newest()
        return None if found is None else (found[0], found[1]())

    def before(self, seq: int) -> tuple[int, State] | None:
        """Give the newest snapshot of before row ``seq`` that this program can read; ``None`` where there is none."""
        found = self.newest(below=seq)
        return None if found is None else (found[0], found[1]())

    def newest(self, below: int | None = None) -> tuple[int, Callable[[], State]] | None:
        """Like `latest` or `before`, but gives what makes the state, anew with each call, from what was read once.

        Where retention has removed the journal's beginning, a snapshot of a state that was built differently is read as
        far as it goes if there is no other: nothing else tells what was before.
        """
        seqs = [seq for seq in self.kept() if below is None or seq < below]
        found = next(filter(None, (self._at(seq, lenient=False) for seq in seqs)), None)
        if found is not None or not seqs or not self._begins_late():
            return found
        found = next(filter(None, (self._at(seq, lenient=True) for seq in seqs)), None)
        if found is not None:
            _LOG.warning("a snapshot of a state that was built differently is read as far as it goes", seq=found[0])
        return found

    def at(self, seq: int) -> State | None:
        """Give the state of the snapshot at this row, of a state that was built differently as far as it goes."""
        found = self._at(seq, lenient=True)
        return None if found is None else found[1]()

    def _at(self, seq: int, *, lenient: bool) -> tuple[int, Callable[[], State]] | None:
        with database_faults(), self._engine.connect() as connection:
            row = connection.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.seq == seq)).first()
        if row is None:
            return None
        body, digest = bytes(row.body), row.digest
        try:
            _check(seq, body, row.checksum)
            first = decode_state(State, digest, body, lenient=lenient)
        except CodecError as error:
            _LOG.warning("snapshot passed over", seq=seq, reason=str(error))
            return None
        return None if first is None else (seq, _Maker(first, digest, body))

    def _begins_late(self) -> bool:
        with database_faults(), self._engine.connect() as connection:
            return start_of(connection).base > 0

    def kept(self) -> list[int]:
        """The rows at which snapshots stand, the newest first."""
        with database_faults(), self._engine.connect() as connection:
            return list(connection.scalars(select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc())))


def _check(seq: int, body: bytes, checksum: int | None) -> None:
    if checksum is not None and checksum != body_sum(seq, body):
        raise CodecError("a snapshot does not fit its check sum")


class _Maker:
    """Makes one state after the other from the same bytes; the first was made when they were found to be sound."""

    def __init__(self, first: State, digest: str, body: bytes) -> None:
        self._first: State | None = first
        self._digest = digest
        self._body = body

    def __call__(self) -> State:
        state, self._first = self._first, None
        if state is None:
            state = decode_state(State, self._digest, self._body, lenient=True)
        if state is None:
            raise CodecError("a snapshot was made of another kind of state")
        return state
