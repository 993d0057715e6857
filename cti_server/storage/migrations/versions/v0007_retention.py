"""Where the journal begins, once retention has removed its oldest rows."""

import sqlalchemy as sa
from alembic import op

from cti_server.storage.contracted.sql import drop_views

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, which says that nothing was removed."""
    table = op.create_table(
        "retention",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("checksum", sa.BigInteger, nullable=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.Column("first_contact", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.Double),
    )
    op.bulk_insert(table, [{"id": 1, "seq": 0, "checksum": 0, "base": 0, "first_contact": 0, "removed_at": None}])


def downgrade() -> None:
    """Take it away again, and the view that shows it."""
    drop_views(op.get_bind())
    op.drop_table("retention")
