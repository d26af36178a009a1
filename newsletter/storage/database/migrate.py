"""Brings a database to the present shape of the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, inspect, literal, select, text
from sqlalchemy.schema import CreateSchema

from newsletter.errors import NewsletterError
from newsletter.storage.database.engine import snapshot, transaction

HEAD = "0006"
_FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def migrate(engine: Engine) -> None:
    """Runs the migrations that are missing. Alembic takes a quarter of a second to
    import, so a database that is up to date is told apart without it.
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
    """Runs another library's script in a PostgreSQL schema of its own, once."""
    # Not by to_regnamespace: that answers from memory, also after another's transaction was
    # waited for, and of two workers that come first one would die.
    there = text("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :name)")
    with snapshot(engine) as connection:
        if connection.scalar(there, {"name": name}):
            return
    with transaction(engine) as connection:
        if connection.scalar(there, {"name": name}):
            return
        connection.execute(CreateSchema(name))
        connection.execute(select(func.set_config("search_path", name, literal(value=True))))
        # Many statements at once: only the driver itself takes those.
        driver: Any = connection.connection.driver_connection
        driver.execute(script)


def _version(engine: Engine) -> str:
    with snapshot(engine) as connection:
        if not inspect(connection).has_table("newsletter_version"):
            return ""
        return str(connection.scalar(text("SELECT version_num FROM newsletter_version")) or "")
