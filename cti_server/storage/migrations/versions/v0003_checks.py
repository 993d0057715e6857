"""A check sum of each journal row and snapshot, and which programs may work with the database."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from cti_server.storage.checksums import NOTHING, row_sum

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 1000

_JOURNAL = sa.table(
    "journal",
    sa.column("seq", sa.BigInteger),
    sa.column("at", sa.Double),
    sa.column("kind", sa.String),
    sa.column("version", sa.Integer),
    sa.column("contact", sa.BigInteger),
    sa.column("agent", sa.Text),
    sa.column("cause_seq", sa.BigInteger),
    sa.column("body", sa.Text),
    sa.column("checksum", sa.BigInteger),
)


def upgrade() -> None:
    """Sum up the rows that are there: what they say now is what is held to from here on."""
    op.add_column("journal", sa.Column("checksum", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("snapshots", sa.Column("checksum", sa.BigInteger))
    op.create_table(
        "store",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("schema_version", sa.String(16), nullable=False),
        sa.Column("program_version", sa.Text, nullable=False),
        sa.Column("oldest_compatible", sa.String(16), nullable=False),
    )
    connection, after, previous = op.get_bind(), 0, NOTHING
    while True:
        query = sa.select(_JOURNAL).where(_JOURNAL.c.seq > after).order_by(_JOURNAL.c.seq).limit(BATCH)
        rows = connection.execute(query).mappings().all()
        if not rows:
            return
        sums, previous = _sums(rows, previous)
        after = rows[-1]["seq"]
        written = sa.update(_JOURNAL).where(_JOURNAL.c.seq == sa.bindparam("of_seq"))
        connection.execute(written.values(checksum=sa.bindparam("of_sum")), sums)


def _sums(rows: Sequence[Mapping[Any, Any]], previous: int) -> tuple[list[dict[str, int]], int]:
    sums = []
    for row in rows:
        previous = row_sum(previous, row)
        sums.append({"of_seq": row["seq"], "of_sum": previous})
    return sums, previous


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("store")
    op.drop_column("snapshots", "checksum")
    op.drop_column("journal", "checksum")
