"""Read-only views for integrators, with a contract of their own.

They stand on the tables as the newest migration leaves them, so that they are made when all migrations are done.
"""

from alembic import op

from cti_server.storage.contracted.sql import drop_views

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: see `cti_server.storage.schema`."""


def downgrade() -> None:
    """Take the views away."""
    drop_views(op.get_bind())
