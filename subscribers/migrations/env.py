"""Alembic's entry point. It uses the connection that `storage.schema.migrate` passes."""

from __future__ import annotations

from alembic import context

from subscribers.storage.schema import VERSION_TABLE
from subscribers.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite can undo CREATE TABLE; Alembic assumes it cannot.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
