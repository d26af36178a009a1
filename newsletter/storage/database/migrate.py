"""Migrate a database to the current schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, inspect, literal, select, text
from sqlalchemy.schema import CreateSchema

from newsletter.errors import NewsletterError
from newsletter.storage.database.engine import missing_tables_error, snapshot, transaction
from newsletter.storage.database.postgresql import is_postgresql

HEAD = "0018"
_FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def require_newsletter(engine: Engine, folder: Path) -> None:
    """Raise DatabaseMissing if the database holds no newsletter: none of our tables is there."""
    if not has_newsletter(engine):
        raise missing_tables_error(folder, server=is_postgresql(engine))


def has_newsletter(engine: Engine) -> bool:
    """Whether the database holds a newsletter, of whatever version."""
    return bool(_version(engine))


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing.

    Raise NewsletterError for a database of a newer version.
    """
    version = _version(engine)
    if version == HEAD:
        return
    require_known_version(version)
    with transaction(engine) as connection:
        migrate_to(connection, "head")


def migrate_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision, within the connection's transaction."""
    # Importing Alembic takes a quarter of a second, so the version is read without it first.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def stored_version(connection: Connection) -> str:
    """Return the revision of the database, "" for one without our tables."""
    if not inspect(connection).has_table("newsletter_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM newsletter_version")) or "")


def require_known_version(version: str) -> None:
    """Raise NewsletterError for a revision of a newer program. One that is new has none."""
    if version and not list((_FOLDER / "versions").glob(f"{version}_*.py")):
        raise NewsletterError(
            "The database was made by a newer version of this program.",
            cure="Install the newest version; nothing was changed.",
        )


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
        return stored_version(connection)
