from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from subscribers import migrations, storage
from subscribers.errors import SchemaError
from subscribers.storage.schema import stored_version
from subscribers.storage.tables import metadata


def test_a_new_database_gets_the_tables_once(empty_engine: Engine) -> None:
    assert storage.migrate(empty_engine)
    assert not storage.migrate(empty_engine)
    with empty_engine.begin() as connection:
        assert stored_version(connection) == storage.HEAD


def test_the_migrations_end_where_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))

    assert ScriptDirectory.from_config(config).get_current_head() == storage.HEAD


def test_the_migrations_make_the_tables_the_program_uses(engine: Engine) -> None:
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "subscribers_version",
                "compare_type": True,
                # PostgreSQL's alone, by an expression that SQLite does not know.
                "include_name": lambda name, *_: name != "ix_subscribers_address_begins",
            },
        )
        assert compare_metadata(context, metadata) == []


def test_another_package_s_tables_and_version_are_left_alone(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('other')"))
        assert storage.migrate(connection)

    with empty_engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "other"


def test_a_migration_that_is_rolled_back_leaves_nothing(empty_engine: Engine) -> None:
    with empty_engine.connect() as connection:
        storage.migrate(connection)
        connection.rollback()
    with empty_engine.begin() as connection:
        assert inspect(connection).get_table_names() == []


def test_a_database_of_a_newer_program_is_refused_with_a_clear_error(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE subscribers_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match=r"9999.*newer program"):
        storage.migrate(engine)


def test_an_up_to_date_database_is_opened_without_alembic(engine: Engine) -> None:
    script = (
        "import sys\n"
        "from sqlalchemy import create_engine\n"
        "from subscribers import storage\n"
        "storage.migrate(create_engine(sys.argv[1]))\n"
        "print('alembic' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(engine.url)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert ran.stdout == "False\n"
