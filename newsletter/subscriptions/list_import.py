"""Import the list from a file, and undo the last import.

A long file is read first, so that readers can come and leave meanwhile: it is staged beside a
SQLite database, and goes into PostgreSQL in portions. A short one goes straight into the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine

from newsletter.context import Context
from newsletter.errors import StorageError
from newsletter.storage.database.engine import (
    connection_beside,
    is_read_only,
    snapshot,
    transaction,
    write_transaction,
)
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.database.sqlite_file import sqlite_path
from newsletter.storage.journal import Journal
from newsletter.storage.ledger import deliveries
from newsletter.text import one_line
from subscribers.errors import CannotUndo
from subscribers.models import ImportAnswers, ImportReport, LastImport, Suppression, UndoneImport
from subscribers.storage import (
    WISHES,
    bulk,
    highest_number,
    import_log,
    mail_queue,
    restore_wishes,
    staging,
)
from subscribers.transfer import importing
from subscribers.transfer.import_file import NO_ANSWERS, ImportFile, open_file
from subscribers.transfer.portioned_import import spool_rows
from subscribers.transfer.staged_import import merge_stage, stage_rows

#: How the source of an import begins in the consent log.
IMPORTED_FROM = "imported from "
# Rows that are imported in a fraction of a second.
_SHORT = 5_000


def import_csv(
    context: Context,
    stream: BinaryIO,
    *,
    skip_bad: bool,
    confirm: bool = False,
    answers: ImportAnswers = NO_ANSWERS,
    progress: importing.Progress | None = None,
    file_name: str = "",
) -> ImportReport:
    """Import all people in a CSV file, or none if one is bad (unless `skip_bad`).

    Raise ImportRejected. On PostgreSQL a StorageError may come when a part is on the list.

    With `confirm` new people are pending and asked to confirm (double opt-in). `answers` says
    what the file does not. `progress` is called with the number of rows read so far. `file_name`
    is the stream's by default.
    """
    if confirm:
        # Most changes of the list send nothing, and need no templates.
        from newsletter.subscriptions.transactional_mail import require_confirm_page

        require_confirm_page(context.settings)
    source = import_source(stream, file_name)
    route = _ImportRoute(
        context.engine,
        context.journal,
        context.real_clock,
        source=source,
        at=context.clock(),
        secrets=context.secrets.require_signing(),
        skip_bad=skip_bad,
        confirm=confirm,
        progress=progress,
    )
    opened = open_file(
        stream, skip_bad=skip_bad, confirm=confirm, answers=answers, file_name=file_name
    )
    with opened as file:
        if file.ends_within(_SHORT):
            report = route.import_at_once(file)
        elif is_postgresql(context.engine):
            report = route.import_in_portions(file, context.folder)
        elif database := staging_place(context.engine, file):
            report = route.import_staged(file, database)
        else:
            report = route.import_at_once(file)
    if confirm:
        from newsletter.subscriptions.transactional_mail import send_due_mail

        send_due_mail(context)
    return report


def staging_place(engine: Engine, file: ImportFile) -> Path | None:
    """Return the SQLite database beside which to stage a file; None to import it straight away.

    A short file holds nobody up.
    """
    database = sqlite_path(engine)
    if database is None or is_read_only(engine) or file.ends_within(_SHORT):
        return None
    staging.remove_abandoned(database)
    return database


@dataclass(frozen=True, slots=True)
class _ImportRoute:
    """The ways of one import into the list."""

    engine: Engine
    journal: Journal
    clock: Callable[[], datetime]
    source: str
    at: datetime
    secrets: tuple[str, ...]
    skip_bad: bool
    confirm: bool
    progress: importing.Progress | None

    def import_at_once(self, file: ImportFile) -> ImportReport:
        """Import a file in one transaction."""
        with transaction(self.engine) as connection, self._around(connection):
            restore_known_wishes(connection, self.journal)
            return importing.import_rows(
                connection,
                file,
                skip_bad=self.skip_bad,
                source=self.source,
                now=self.at,
                secrets=self.secrets,
                progress=self.progress,
            )

    def import_staged(self, file: ImportFile, database: Path) -> ImportReport:
        """Import a file by way of a stage beside a SQLite database."""
        with (
            connection_beside(self.engine) as connection,
            staging.open_stage(connection, database, at=self.at, source=self.source) as stage,
        ):
            stage_rows(
                stage, file, skip_bad=self.skip_bad, secrets=self.secrets, progress=self.progress
            )
            with write_transaction(connection), self._around(connection):
                restore_known_wishes(connection, self.journal)
                return merge_stage(
                    connection, stage, file, source=self.source, now=self.at, secrets=self.secrets
                )

    def import_in_portions(self, file: ImportFile, folder: Path) -> ImportReport:
        """Import a file in many transactions, between which others write."""
        spool = spool_rows(file, folder, skip_bad=self.skip_bad, progress=self.progress)
        with spool as portioned:
            try:
                for pages in portioned.portions():
                    with transaction(self.engine) as connection, self._around(connection):
                        if not portioned.stored:
                            restore_known_wishes(connection, self.journal)
                        portioned.store(
                            connection,
                            pages,
                            source=self.source,
                            now=self.at,
                            secrets=self.secrets,
                        )
            except StorageError as error:
                if not portioned.stored:
                    raise
                raise StorageError(
                    f"{error.message} The first {portioned.stored:,} rows of the file are done.",
                    cure="Import it again for the others, or take it back with `newsletter "
                    "subscribers import --undo`.",
                ) from error
            with snapshot(self.engine) as connection:
                return portioned.finish(connection)

    @contextmanager
    def _around(self, connection: Connection) -> Iterator[None]:
        """Do what belongs to the people that the block adds."""
        before = bulk.max_id(connection)
        yield
        if self.confirm:
            mail_queue.enqueue_import_confirmations(
                connection, after=before, at=self.at, now=self.clock()
            )
        self.journal.record_people(highest_number(connection), at=self.clock())


def restore_known_wishes(connection: Connection, journal: Journal) -> None:
    """Store what people wished by links of nobody, and an older copy of the database lacks."""
    wishes = {
        mark: Suppression(reason=known, at=at)
        for mark, (wish, at) in journal.wishes().items()
        for known in WISHES
        if known == wish
    }
    restore_wishes(connection, wishes)


def import_source(stream: BinaryIO, file_name: str) -> str:
    """Return how the consent log names the source of an import."""
    name = Path(file_name or str(getattr(stream, "name", "standard input"))).name
    return f"{IMPORTED_FROM}{one_line(name)}"


def newest_import(connection: Connection) -> LastImport | None:
    """Return the import that `undo_import` is about; None if there was none, or it is undone."""
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
