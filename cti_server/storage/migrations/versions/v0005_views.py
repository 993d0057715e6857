"""Read-only views for integrators, with a contract of their own."""

from alembic import op

from cti_server.storage.contracted.sql import create_views, drop_views

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the views of version 1."""
    create_views(op.get_bind())


def downgrade() -> None:
    """Take them away again."""
    drop_views(op.get_bind())
