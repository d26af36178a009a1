"""Try an import out: what would become of each row of a file, though nothing is stored."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from sqlalchemy import Engine

from newsletter.context import Context
from newsletter.storage.database.engine import connection_beside, open_engine, transaction
from newsletter.subscriptions.list_import import (
    import_source,
    restore_known_wishes,
    staging_place,
)
from subscribers.errors import ImportRejected
from subscribers.models import ImportAnswers, ImportReport, RowOutcome
from subscribers.storage import staging
from subscribers.transfer.import_file import NO_ANSWERS, ImportFile, open_file
from subscribers.transfer.importing import Progress, import_rows


class _RollBack(Exception):
    """Ends a transaction that was only a trial."""


class ImportTrial:
    """What an import would do, row by row, though nothing is stored."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        #: The figures that the import would report.
        self.report = ImportReport()
        #: Why the import would be refused; None if it would not.
        self.refused: ImportRejected | None = None

    def add(self, outcome: RowOutcome) -> None:
        """Note what would become of the next row."""
        self._file.write(json.dumps(outcome).encode() + b"\n")

    def outcomes(self) -> Iterator[RowOutcome]:
        """Yield what would become of each row, in the order of the file."""
        self._file.seek(0)
        for line in self._file:
            yield RowOutcome(*json.loads(line))


@contextmanager
def try_import(
    context: Context,
    stream: BinaryIO,
    *,
    skip_bad: bool,
    confirm: bool = False,
    answers: ImportAnswers = NO_ANSWERS,
    progress: Progress | None = None,
    file_name: str = "",
) -> Iterator[ImportTrial]:
    """Open what `import_csv` would do with a file; nothing is stored.

    The outcomes lie in a temporary file, so that memory does not grow with the import, and
    the database is free again when they are read.
    """
    opened = open_file(
        stream, skip_bad=skip_bad, confirm=confirm, answers=answers, file_name=file_name
    )
    with tempfile.TemporaryFile() as lines:
        trial = ImportTrial(lines)
        try:
            with (
                opened as file,
                _engine_for(context.engine, file) as engine,
                transaction(engine) as connection,
            ):
                restore_known_wishes(connection, context.journal)
                trial.report = import_rows(
                    connection,
                    file,
                    skip_bad=skip_bad,
                    source=import_source(stream, file_name),
                    now=context.clock(),
                    secrets=context.secrets.require_signing(),
                    progress=progress,
                    observe=trial.add,
                )
                raise _RollBack
        except _RollBack:
            pass
        except ImportRejected as error:
            trial.report, trial.refused = error.report, error
        yield trial


@contextmanager
def _engine_for(engine: Engine, file: ImportFile) -> Iterator[Engine]:
    """Open the database for a trial: for a long file a copy of the list, so that nobody waits."""
    database = staging_place(engine, file)
    if database is None:
        yield engine
        return
    with (
        connection_beside(engine) as connection,
        staging.copied_list(connection, database) as copy,
    ):
        copied = open_engine(f"sqlite:///{copy}", copy.parent)
        try:
            yield copied
        finally:
            copied.dispose()
