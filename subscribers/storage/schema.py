"""Migrate the tables of this package to the schema the program expects."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from subscribers.errors import SchemaError

HEAD = "0008"
VERSION_TABLE = "subscribers_version"
_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(where: Engine | Connection) -> bool:
    """Migrate the tables to HEAD. Return True if that changed anything.

    Given a connection, it works within that connection's transaction. Raise SchemaError if
    the database is newer than this program.
    """
    if isinstance(where, Engine):
        with where.begin() as connection:
            return migrate(connection)
    if is_current(where):
        return False
    migrate_to(where, "head")
    return True


def is_current(connection: Connection) -> bool:
    """Return whether the tables are at HEAD."""
    return stored_version(connection) == HEAD


def stored_version(connection: Connection) -> str:
    """Return the revision of the database; "" for a new one."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    version = connection.scalar(text("SELECT version_num FROM subscribers_version"))
    return str(version or "")


def migrate_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision, within the connection's transaction.

    Raise SchemaError if the database is newer than this program.
    """
    # Importing Alembic takes a quarter of a second, so it happens only here.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    require_known_version(stored_version(connection))
    command.upgrade(config, revision)


def require_known_version(version: str) -> None:
    """Raise SchemaError for a revision of a newer program. A new database has none."""
    if version and not list((_SCRIPTS / "versions").glob(f"{version}_*.py")):
        raise SchemaError(
            f"The subscribers' tables are at version {version}, which this program does not know.",
            cure="Install the newer program that made them, or restore a backup.",
        )
