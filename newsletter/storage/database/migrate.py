"""Migrate a database to the current schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, inspect, literal, select, text
from sqlalchemy.schema import CreateSchema

from newsletter.errors import NewsletterError
from newsletter.storage.database.engine import missing_tables_error, snapshot, transaction
from newsletter.storage.database.postgresql import is_postgresql

HEAD = "0017"
_FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def require_newsletter(engine: Engine, folder: Path) -> None:
    """Raise DatabaseMissing if the database holds no newsletter: none of our tables is there."""
    if not _version(engine):
        raise missing_tables_error(folder, server=is_postgresql(engine))


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing.

    Importing Alembic takes a quarter of a second, so the version is read without it first.
    Raise NewsletterError for a database of a newer version.
    """
    if _version(engine) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    with transaction(engine) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewsletterError(
                "The database was made by a newer version of this program.",
                cure="Install the newest version; nothing was changed.",
            ) from error


def add_schema(engine: Engine, name: str, script: str) -> None:
    """Run another library's SQL script in its own PostgreSQL schema, once."""
    # Not to_regnamespace: it answers from a cache, even after waiting for another transaction
    # that created the schema, and one of two workers that start together would fail.
    exists = text("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :name)")
    with snapshot(engine) as connection:
        if connection.scalar(exists, {"name": name}):
            return
    with transaction(engine) as connection:
        if connection.scalar(exists, {"name": name}):
            return
        connection.execute(CreateSchema(name))
        connection.execute(select(func.set_config("search_path", name, literal(value=True))))
        # Only the driver itself runs several statements at once.
        driver: Any = connection.connection.driver_connection
        driver.execute(script)


def _version(engine: Engine) -> str:
    with snapshot(engine) as connection:
        if not inspect(connection).has_table("newsletter_version"):
            return ""
        return str(connection.scalar(text("SELECT version_num FROM newsletter_version")) or "")
