"""Import a long file in portions, a transaction each, so that nobody waits for all of it.

    file ──spool_rows──▶ a temporary file ──portions, store──▶ the list

The whole file is read and validated before the first portion, so a bad row stops the import while
nothing is stored. An import that is killed in the middle leaves whole portions on the list: the
same file adds the rest, or an undo takes them back. PostgreSQL needs this, because there a
transaction cannot copy finished indexes (see `staged_import`).
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.errors import ImportRejected
from subscribers.models import ImportReport, ImportRow
from subscribers.storage import bulk, import_log
from subscribers.transfer.import_file import ImportFile
from subscribers.transfer.import_run import ImportRun
from subscribers.transfer.importing import (
    Progress,
    begin_import,
    count_rows,
    open_writer,
    reject_all,
)

# A transaction of so many thousand rows takes a fraction of a second.
_PAGES = 5


@dataclass(slots=True)
class PortionedImport:
    """An import whose rows were read."""

    file: ImportFile
    _rows: BinaryIO
    #: How many rows were stored so far.
    stored: int = 0
    #: What holds for the import, from its first portion on.
    _run: ImportRun | None = None
    _number: int = 0

    def portions(self) -> Iterator[list[list[ImportRow]]]:
        """Yield the people in the order of the file, a few thousand at a time; once."""
        self._rows.seek(0)
        pages: list[list[ImportRow]] = []
        while self._rows.peek(1):  # type: ignore[attr-defined]  # it is buffered
            pages.append(pickle.load(self._rows))  # noqa: S301  # written by us, and nameless
            if len(pages) == _PAGES:
                yield pages
                pages = []
        if pages:
            yield pages

    def store(
        self,
        connection: Connection,
        pages: list[list[ImportRow]],
        *,
        source: str,
        now: datetime,
        secrets: tuple[str, ...],
    ) -> None:
        """Put a portion on the list, in the transaction of `connection`.

        Raise ImportRejected if somebody has undone the import meanwhile.
        """
        last = import_log.last_import(connection)
        if self._run is None:
            self._run = begin_import(connection, self.file, source=source, now=now, secrets=secrets)
            last = import_log.last_import(connection)
            self._number = last.id if last else 0
        is_newest = last is not None and last.id == self._number
        if last is not None and is_newest and last.undone_at is not None:
            raise ImportRejected(
                "The import was undone while it was at work: nobody of it is on the list.",
                cure="",
                report=self.file.tally.report(),
            )
        run = replace(self._run, logged=bulk.max_id(connection))
        with bulk.import_settings(connection):
            writer = open_writer(connection, self.file, run)
            for people in pages:
                writer.write(people)
            writer.flush()
            bulk.log_import(connection, run.logged, at=run.now, source=run.source)
        if is_newest:
            import_log.finish(connection, up_to=bulk.max_id(connection))
        self.stored += sum(map(len, pages))

    def finish(self, connection: Connection) -> ImportReport:
        """Return the report of all portions."""
        run = self._run
        if run is not None:
            statuses = bulk.count_statuses(connection, run.before, at=run.now)
            self.file.tally.count_added(statuses)
        return self.file.tally.report()


@contextmanager
def spool_rows(
    file: ImportFile, folder: Path, *, skip_bad: bool, progress: Progress | None = None
) -> Iterator[PortionedImport]:
    """Read the whole file into a nameless one in `folder`. Raise ImportRejected as `import_rows`.

    What is written is gone when the block ends, or the process.
    """
    tally = file.tally
    with tempfile.TemporaryFile(dir=folder) as rows:
        while portion := file.portion():
            people = count_rows(portion, tally)
            if people and (skip_bad or not tally.rejected_total):
                pickle.dump(people, rows, pickle.HIGHEST_PROTOCOL)
            if progress is not None:
                progress(tally.read)
        if tally.rejected_total and not skip_bad:
            raise reject_all(tally)
        yield PortionedImport(file, rows)
