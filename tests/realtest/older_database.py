"""A database as an older version of the program would have written it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from tests.storage.released.schemas import SAMPLE_ROWS, known_steps

_VERSIONS = {"newsletter": "0015", "subscribers": "0008"}


def downgrade(folder: Path) -> None:
    """Make the database of a folder what an older version of the program would have written.

    The versions between it and today's added nothing that this year holds.
    """
    database = folder / "newsletter.db"
    older = folder / "older.db"
    source, target = (
        create_engine(f"sqlite:///{path}", poolclass=NullPool) for path in (database, older)
    )
    with source.connect() as before, target.begin() as after:
        for (lineage, revision), statements in known_steps("sqlite").items():
            for statement in statements if revision <= _VERSIONS[lineage] else ():
                if statement not in SAMPLE_ROWS.get((lineage, revision), ()):
                    after.exec_driver_sql(statement)
        for table in inspect(after).get_table_names():
            if table.endswith("_version"):
                continue
            after.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # rows that migrations make
            columns = [column["name"] for column in inspect(after).get_columns(table)]
            names = ", ".join(f'"{name}"' for name in columns)
            rows = before.execute(text(f"SELECT {names} FROM {table}")).all()  # noqa: S608
            marks = ", ".join("?" for _ in columns)
            for row in rows:
                after.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row))  # noqa: S608
        numbers = before.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
        after.exec_driver_sql("DELETE FROM sqlite_sequence")
        for name, number in numbers:
            after.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, number))
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    older.replace(database)
