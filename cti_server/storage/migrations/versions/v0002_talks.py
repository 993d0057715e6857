"""What the reports need of talks, callbacks and several contacts at a time.

The tables of the projections are folded anew after it, because their versions rise.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ADDED = {
    "contacts": (
        "held_since",
        "wrap_since",
        "hold_seconds",
        "scheduled_seconds",
        "ringing",
        "wrapping",
        "transfers",
    ),
    "segments": ("device", "held_since", "hold_seconds"),
    "agent_activity": ("work",),
}


def upgrade() -> None:
    """Add the columns; rows of before have the values of contacts that knew none of this."""
    op.add_column("contacts", sa.Column("held_since", sa.Double))
    op.add_column("contacts", sa.Column("wrap_since", sa.Double))
    for name in ("hold_seconds", "scheduled_seconds"):
        op.add_column("contacts", sa.Column(name, sa.Double, nullable=False, server_default="0"))
    for name in ("ringing", "wrapping", "transfers"):
        op.add_column("contacts", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("segments", sa.Column("device", sa.Text))
    op.add_column("segments", sa.Column("held_since", sa.Double))
    op.add_column("segments", sa.Column("hold_seconds", sa.Double, nullable=False, server_default="0"))
    op.add_column("agent_activity", sa.Column("work", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take the columns away again."""
    for table, names in _ADDED.items():
        for name in names:
            op.drop_column(table, name)
