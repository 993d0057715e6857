"""Which contacts gave up sooner than their queue counts as abandoned.

The projection is folded anew after it, because its version rises.
"""

import sqlalchemy as sa
from alembic import op

from cti_server.storage.contracted.sql import drop_views

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; contacts of before there was a threshold were no short calls."""
    op.add_column("contacts", sa.Column("short", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take the column away again, and the views that show it."""
    drop_views(op.get_bind())
    op.drop_column("contacts", "short")
