"""Alembic's entry: runs on the connection it is handed."""

from alembic import context

from newsletter.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="newsletter_version",
)
with context.begin_transaction():
    context.run_migrations()
