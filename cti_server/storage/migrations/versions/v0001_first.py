"""Journal, snapshots, parties, and the three projections with their checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the first release."""
    _make_truth()
    _make_contacts()
    _make_agents()


def _make_truth() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("contact", sa.BigInteger),
        sa.Column("agent", sa.Text),
        sa.Column("cause_seq", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("journal_contact", "journal", ["contact", "seq"])
    op.create_index("journal_agent", "journal", ["agent", "seq"])
    op.create_table(
        "snapshots",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "parties",
        sa.Column("party", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("address", sa.Text),
    )
    op.create_index("parties_address", "parties", ["address"])
    op.create_table(
        "checkpoints",
        sa.Column("projection", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def _make_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("contact", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("pilot", sa.Text, nullable=False),
        sa.Column("party", sa.BigInteger),
        sa.Column("flow", sa.Text, nullable=False),
        sa.Column("arrived", sa.Double, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("queued", sa.Double),
        sa.Column("answered", sa.Double),
        sa.Column("ended", sa.Double),
        sa.Column("closed", sa.Double),
        sa.Column("queue", sa.Text),
        sa.Column("agent", sa.Text),
        sa.Column("disposition", sa.Text),
        sa.Column("released_by", sa.Text),
        sa.Column("cause_text", sa.Text, nullable=False),
        sa.Column("offers", sa.Integer, nullable=False),
        sa.Column("flow_seconds", sa.Double, nullable=False),
        sa.Column("wait_seconds", sa.Double, nullable=False),
        sa.Column("ring_seconds", sa.Double, nullable=False),
        sa.Column("talk_seconds", sa.Double, nullable=False),
        sa.Column("wrap_seconds", sa.Double, nullable=False),
    )
    op.create_index("contacts_arrived", "contacts", ["arrived"])
    op.create_index("contacts_queue", "contacts", ["queue", "arrived"])
    op.create_table(
        "segments",
        sa.Column("contact", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("ended", sa.Double),
        sa.Column("flow", sa.Text),
        sa.Column("queue", sa.Text),
        sa.Column("agent", sa.Text),
        sa.Column("offer", sa.BigInteger),
        sa.Column("outcome", sa.Text),
    )
    op.create_index("segments_agent", "segments", ["agent", "started"])


def _make_agents() -> None:
    op.create_table(
        "agent_activity",
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("ended", sa.Double),
        sa.Column("activity", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("ready", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("phone_busy", sa.Boolean, nullable=False),
        sa.Column("contact", sa.BigInteger),
    )
    op.create_index("agent_activity_started", "agent_activity", ["started"])
    op.create_index("agent_activity_open", "agent_activity", ["ended"])
