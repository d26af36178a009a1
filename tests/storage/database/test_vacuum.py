"""Vacuum removes erased data from the files, waits for readers, and is free when not needed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from newsletter.storage.database import vacuum
from newsletter.storage.database.engine import open_engine, transaction


def test_while_a_reader_is_active_each_attempt_leaves_the_log_unchanged(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///newsletter.db", tmp_path)
    log = tmp_path / "newsletter.db-wal"
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE filler AS SELECT randomblob(2000000) AS bytes"))
    with closing(sqlite3.connect(tmp_path / "newsletter.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM filler").fetchone()
        with transaction(engine) as connection:
            connection.execute(text("DELETE FROM filler"))
        before = log.stat().st_size
        assert [vacuum.vacuum(engine, patience=0.05) for _ in range(3)] == [False] * 3
        assert log.stat().st_size == before
    assert vacuum.vacuum(engine)
    # The last connection removes the write-ahead log when it closes.
    assert not log.exists()
    assert (tmp_path / "newsletter.db").stat().st_size < 100_000
    engine.dispose()
