"""Brings a database to the present shape of the tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

HEAD = "0001"
_FOLDER = Path(__file__).resolve().parent / "migrations"


def migrate(engine: Engine) -> None:
    """Runs the migrations that are missing. Alembic takes a quarter of a second to
    import, so a database that is up to date is told apart without it.
    """
    if _version(engine) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(engine: Engine) -> str:
    with engine.connect() as connection:
        if not inspect(connection).has_table("newsletter_version"):
            return ""
        return str(connection.scalar(text("SELECT version_num FROM newsletter_version")) or "")
