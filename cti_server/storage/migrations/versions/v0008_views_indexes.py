"""Indexes for what integrators ask: contacts by their end, stretches by their begin, quarters of an hour by time."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INTERVAL = {
    "sqlite": "CAST(queued / 900 AS INTEGER) * 900.0",
    "postgresql": "floor(queued / 900) * 900",
}
"""As `v1_queue_intervals` has it: a database goes by an index of an expression for that very expression alone."""


def upgrade() -> None:
    """Make them."""
    op.create_index("contacts_closed", "contacts", ["closed"])
    op.create_index("segments_started", "segments", ["started"])
    interval = INTERVAL[op.get_bind().dialect.name]
    op.execute(f"CREATE INDEX contacts_interval ON contacts (({interval}), queue)")


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP INDEX contacts_interval")
    op.drop_index("segments_started", "segments")
    op.drop_index("contacts_closed", "contacts")
