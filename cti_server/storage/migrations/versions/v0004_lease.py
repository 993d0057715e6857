"""The lease of the server that writes, with its fencing token; the servers of a pair; the token of each journal row."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and a lease that nobody holds."""
    lease = op.create_table(
        "lease",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("renewed_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("offered_to", sa.Text, nullable=False),
        sa.Column("offered_until", sa.Double, nullable=False),
    )
    # Unique so that PostgreSQL counts the token as a key: a takeover, which changes it, waits for transactions that
    # hold the row FOR KEY SHARE, and a renewal, which does not, passes them by (PostgreSQL manual, 13.3.2).
    op.create_index("lease_token", "lease", ["token"], unique=True)
    op.bulk_insert(
        lease,
        [
            {
                "name": "writer",
                "token": 0,
                "holder": "",
                "address": "",
                "since": 0.0,
                "renewed_at": 0.0,
                "expires_at": 0.0,
                "offered_to": "",
                "offered_until": 0.0,
            }
        ],
    )
    op.create_table(
        "servers",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("links", sa.Text, nullable=False),
    )
    op.add_column("journal", sa.Column("token", sa.BigInteger))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("journal", "token")
    op.drop_table("servers")
    op.drop_table("lease")
