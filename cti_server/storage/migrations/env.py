"""Alembic's entry: runs the migrations in the transaction that ``storage.schema`` hands over."""

from alembic import context

from cti_server.storage.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
