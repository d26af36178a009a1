"""Alembic's entry point for the list's migrations.

    storage.schema.migrate(connection) ──▶ Alembic ──▶ env.py ──▶ versions/0001 … in order

It runs on the connection that `migrate` passes in `config.attributes`.
"""

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
