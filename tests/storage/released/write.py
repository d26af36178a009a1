"""`python -m tests.storage.released.write`: add the schemas that have no fixture yet.

A fixture is what the migrations execute, step by step, on each database, with an issue in
delivery and a reader from the first step on. Steps that are there are never written again: they
say what was released, also if a migration is edited by mistake.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from newsletter.storage.database.engine import open_engine, transaction
from newsletter.storage.database.migrate import migrate_to
from subscribers import storage as people
from tests.storage.released.schemas import FOLDER, SAMPLE_ROWS, known_steps, revisions
from tests.support.postgresql import run_server

_READS = re.compile(r"\s*(SELECT|PRAGMA|SHOW|BEGIN|COMMIT|ROLLBACK|select)\b")
_PARAMETER = re.compile(r"\?|%\((\w+)\)s(?:::\w+)?")


def write(engine: Engine, name: str) -> None:
    """Append the missing steps for a database to its file."""
    path = FOLDER / f"{name}.sql"
    known = known_steps(name)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not _READS.match(statement):
            # A function of the migration's own, which only its connection knows.
            words = statement.replace("make_link_id()", "'Abcdefghijklmno7'")
            statements.append(_with_values(words, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with path.open("a", encoding="utf-8") as file:
        for lineage, migrate in (("newsletter", migrate_to), ("subscribers", people.migrate_to)):
            for revision in revisions(lineage):
                statements.clear()
                with transaction(engine) as connection:
                    statements.clear()
                    migrate(connection, revision)
                    for row in SAMPLE_ROWS.get((lineage, revision), ()):
                        connection.execute(text(row))
                if (lineage, revision) not in known:
                    file.write(f"-- {lineage} {revision}\n")
                    file.writelines(f"{_compact(words)};\n" for words in statements)


def _with_values(statement: str, parameters: Any) -> str:
    values = iter(parameters if isinstance(parameters, tuple | list) else ())

    def fill(match: re.Match[str]) -> str:
        return _literal(parameters[match[1]] if match[1] else next(values))

    return _PARAMETER.sub(fill, statement) if parameters else statement


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _compact(statement: str) -> str:
    """Return a statement on one line."""
    return " ".join(statement.split())


def main() -> None:
    """Write the fixtures of both databases."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = open_engine("sqlite:///n.db", Path(folder))
        write(sqlite, "sqlite")
        sqlite.dispose()
        with run_server(Path(folder)) as server:
            postgresql = open_engine(server.new_database(), Path(folder))
            write(postgresql, "postgresql")
            postgresql.dispose()


if __name__ == "__main__":
    main()
