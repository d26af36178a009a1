"""Import the list from a file, try that out first, and undo the last import."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.journal import Journal
from newsletter.storage.ledger import deliveries
from newsletter.subscriptions.transactional_mail import send_due_mail
from subscribers.errors import CannotUndo, ImportRejected
from subscribers.models import (
    ImportAnswers,
    ImportReport,
    LastImport,
    RowOutcome,
    Suppression,
    UndoneImport,
)
from subscribers.storage import (
    WISHES,
    bulk,
    highest_number,
    import_log,
    mail_queue,
    restore_wishes,
)
from subscribers.transfer import importing

#: How the source of an import begins in the consent log.
IMPORTED_FROM = "imported from "


class _RollBack(Exception):
    """Ends a transaction that was only a trial."""


def import_csv(
    context: Context,
    stream: BinaryIO,
    *,
    skip_bad: bool,
    confirm: bool = False,
    answers: ImportAnswers = importing.NO_ANSWERS,
    progress: importing.Progress | None = None,
    file_name: str = "",
) -> ImportReport:
    """Import all people in a CSV file, or none (unless `skip_bad`). Raise ImportRejected.

    With `confirm` new people are pending and asked to confirm (double opt-in). `answers` says
    what the file does not. `progress` is called with the number of rows read so far. `file_name`
    is the stream's by default.
    """
    at = context.clock()
    with transaction(context.engine) as connection:
        before = bulk.max_id(connection)
        _restore_wishes(connection, context.journal)
        report = importing.import_csv(
            connection,
            stream,
            skip_bad=skip_bad,
            confirm=confirm,
            answers=answers,
            source=_source(stream, file_name),
            file_name=file_name,
            now=at,
            secrets=context.secrets.require_signing(),
            progress=progress,
        )
        if confirm:
            mail_queue.enqueue_import_confirmations(
                connection, after=before, at=at, now=context.real_clock()
            )
        context.journal.record_people(highest_number(connection), at=context.real_clock())
    if confirm:
        send_due_mail(context)
    return report


def _restore_wishes(connection: Connection, journal: Journal) -> None:
    """Store what people wished by links of nobody, and an older copy of the database lacks."""
    wishes = {
        mark: Suppression(reason=known, at=at)
        for mark, (wish, at) in journal.wishes().items()
        for known in WISHES
        if known == wish
    }
    restore_wishes(connection, wishes)


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
    answers: ImportAnswers = importing.NO_ANSWERS,
    progress: importing.Progress | None = None,
    file_name: str = "",
) -> Iterator[ImportTrial]:
    """Open what `import_csv` would do with a file; nothing is stored.

    The outcomes lie in a temporary file, so that memory does not grow with the import, and
    the database is free again when they are read.
    """
    with tempfile.TemporaryFile() as file:
        trial = ImportTrial(file)
        try:
            with transaction(context.engine) as connection:
                _restore_wishes(connection, context.journal)
                trial.report = importing.import_csv(
                    connection,
                    stream,
                    skip_bad=skip_bad,
                    confirm=confirm,
                    answers=answers,
                    source=_source(stream, file_name),
                    file_name=file_name,
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


def newest_import(context: Context) -> LastImport | None:
    """Return the import that `undo_import` is about; None if there was none, or it is undone."""
    with snapshot(context.engine) as connection:
        last = import_log.last_import(connection)
    return last if last is not None and last.undone_at is None else None


def undo_import(context: Context) -> UndoneImport:
    """Undo the last import: take whom it added off the list, and give the others back.

    Raise CannotUndo if there is none, or if somebody it added was mailed or changed.
    """
    with transaction(context.engine) as connection:
        last = import_log.last_import(connection)
        if last is None:
            raise CannotUndo("There is no import to undo.")
        if last.undone_at is not None:
            raise CannotUndo(
                "The last import is undone already.",
                cure="Only the newest can be: `newsletter subscribers remove` takes single "
                "people off the list.",
            )
        _require_untouched(connection, last)
        return import_log.undo(connection, last, at=context.clock())


def _require_untouched(connection: Connection, last: LastImport) -> None:
    mailed = deliveries.count_readers_between(connection, last.above, last.up_to)
    mailed += import_log.count_asked(connection, last)
    if mailed:
        raise CannotUndo(
            f"The last import ({last.source}) cannot be undone: an issue or a question went to "
            f"{_people(mailed)} of it.",
            cure="`newsletter subscribers remove` takes single people off the list. If it was a "
            "rehearsal into the outbox, `newsletter reset --rehearsals` forgets that first.",
        )
    changed = import_log.count_changed(connection, last)
    if changed:
        raise CannotUndo(
            f"The last import ({last.source}) cannot be undone: {_people(changed)} of it "
            "changed something since, or you did for them.",
            cure="`newsletter subscribers remove` takes single people off the list.",
        )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _source(stream: BinaryIO, file_name: str) -> str:
    name = Path(file_name or str(getattr(stream, "name", "standard input"))).name
    return f"{IMPORTED_FROM}{name}"
