"""Snapshots of the engine's state, so that a start need not replay the whole journal."""

import structlog
from sqlalchemy import Engine, delete, insert, select

from cti_server.engine.state import State
from cti_server.storage.codec import decode_state, encode_state
from cti_server.storage.database import database_faults
from cti_server.storage.errors import CodecError
from cti_server.storage.lease import Writer
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
        """Save the state that the journal's rows up to ``seq`` fold to; older snapshots but the newest go."""
        digest, body = encode_state(state)
        old = select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc()).offset(KEPT)
        with self._writer.transaction() as connection:
            connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq == seq))
            connection.execute(insert(SNAPSHOTS), [{"seq": seq, "digest": digest, "body": body}])
            connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq.in_(old.scalar_subquery())))

    def latest(self) -> tuple[int, State] | None:
        """Give the newest snapshot that this program can read; ``None`` means: replay the whole journal.

        A snapshot of a program whose state was built differently is passed over: the journal tells it all again. So
        is a garbled one, with a warning.
        """
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(select(SNAPSHOTS).order_by(SNAPSHOTS.c.seq.desc())).all()
        for row in rows:
            try:
                state = decode_state(State, row.digest, bytes(row.body))
            except CodecError as error:
                _LOG.warning("snapshot passed over", seq=row.seq, reason=str(error))
                continue
            if state is not None:
                return row.seq, state
        return None
