"""Import a CSV of people into the list: streaming, and all of it or nothing.

Rows are read, parsed and stored a thousand at a time, so memory does not grow with the file.
An import revives no one who left, bounced or complained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.errors import ImportRejected
from subscribers.models import ImportAnswers, ImportReport, ImportRow, RejectedRow, RowOutcome
from subscribers.storage import bulk, import_log
from subscribers.transfer.batches import ImportWriter, Observe, import_writer
from subscribers.transfer.import_file import NO_ANSWERS, ImportFile, open_file
from subscribers.transfer.import_links import LinkingWriter
from subscribers.transfer.import_run import ImportRun, ImportTally

Progress = Callable[[int], None]


def import_csv(
    connection: Connection,
    stream: BinaryIO,
    *,
    skip_bad: bool,
    source: str,
    now: datetime,
    secrets: tuple[str, ...],
    confirm: bool = False,
    answers: ImportAnswers = NO_ANSWERS,
    file_name: str = "",
    progress: Progress | None = None,
    observe: Observe | None = None,
) -> ImportReport:
    """Import the people of a CSV file in the transaction of `connection`.

    A person becomes active on the author's decision (pending with `confirm`), unless the file
    says that they left, bounced, complained or never confirmed. `file_name` may say whose
    addresses the file holds; by default it is the stream's. The rest is as `import_rows` has it.

    Raise ImportRejected if the file cannot be read or asks a question that only the author can
    answer, and as `import_rows` does.
    """
    opened = open_file(
        stream, skip_bad=skip_bad, confirm=confirm, answers=answers, file_name=file_name
    )
    with opened as file:
        return import_rows(
            connection,
            file,
            skip_bad=skip_bad,
            source=source,
            now=now,
            secrets=secrets,
            progress=progress,
            observe=observe,
        )


def import_rows(
    connection: Connection,
    file: ImportFile,
    *,
    skip_bad: bool,
    source: str,
    now: datetime,
    secrets: tuple[str, ...],
    progress: Progress | None = None,
    observe: Observe | None = None,
) -> ImportReport:
    """Import the rows of an opened file in the transaction of `connection`.

    `source` goes into the consent log. `progress` is called with the number of rows read so far.

    With `observe` each row's outcome is told, in the order of the file. It is slower, and
    meant for a transaction that is rolled back.

    Raise ImportRejected if the file holds a bad row and `skip_bad` is false. Its report names the
    bad rows. The caller must then roll back the transaction.
    """
    tally = file.tally
    with bulk.import_settings(connection):
        run = begin_import(connection, file, source=source, now=now, secrets=secrets)
        outcomes: list[RowOutcome] = []
        tell = None if observe is None else outcomes.append
        writer = open_writer(connection, file, run, tell)
        while portion := file.portion():
            people = count_rows(portion, tally, tell)
            if people and (skip_bad or not tally.rejected_total or observe):
                writer.write(people)
            if observe is not None:
                for outcome in sorted(outcomes, key=lambda outcome: outcome.line):
                    observe(outcome)
                outcomes.clear()
            if progress is not None:
                progress(tally.read)
        writer.flush()
    if tally.rejected_total and not skip_bad:
        raise reject_all(tally)
    return finish_import(connection, tally, run)


def begin_import(
    connection: Connection,
    file: ImportFile,
    *,
    source: str,
    now: datetime,
    secrets: tuple[str, ...],
) -> ImportRun:
    """Begin an import in the transaction of `connection`."""
    plan = file.plan
    run = ImportRun(
        before=bulk.max_id(connection),
        now=now,
        source=source,
        secrets=secrets,
        has_links=not plan.indexes.keys().isdisjoint(("link_id", "old_link_number")),
        guesses_hemisphere=plan.guesses_hemisphere,
    )
    import_log.begin(connection, at=now, source=source, above=run.before)
    return run


def open_writer(
    connection: Connection, file: ImportFile, run: ImportRun, tell: Observe | None = None
) -> ImportWriter:
    """Return what writes the rows of this file to the list."""
    writer = import_writer(connection, run, file.tally, tell)
    if not run.has_links:
        return writer
    is_sealed = "link_seal" in file.plan.indexes
    return LinkingWriter(connection, writer, run, file.tally, is_sealed=is_sealed, observe=tell)


def finish_import(connection: Connection, tally: ImportTally, run: ImportRun) -> ImportReport:
    """Write the consent log of the people who were added, and return the report."""
    bulk.log_import(connection, run.before, at=run.now, source=run.source)
    tally.count_added(bulk.count_statuses(connection, run.before, at=run.now))
    import_log.finish(connection, up_to=bulk.max_id(connection))
    return tally.report()


def count_rows(
    rows: tuple[ImportRow | RejectedRow, ...], tally: ImportTally, observe: Observe | None = None
) -> list[ImportRow]:
    """Return the usable rows; count all, and the rejected ones, in `tally`."""
    tally.read += len(rows)
    people = [row for row in rows if isinstance(row, ImportRow)]
    if len(people) < len(rows):
        for row in rows:
            if isinstance(row, RejectedRow):
                tally.reject(row)
                if observe is not None:
                    observe(RowOutcome(row.line, "", "rejected", reason=row.reason))
    return people


def reject_all(tally: ImportTally) -> ImportRejected:
    """Return the error for a file with bad rows."""
    count = tally.rejected_total
    first = tally.rejected[0]
    lines = "1 line" if count == 1 else f"{count:,} lines"
    return ImportRejected(
        f"Nothing was imported: {lines} of {tally.read:,} cannot go in. "
        f"Line {first.line}: {first.reason}",
        cure="Correct them, or import the rest with --skip-bad.",
        report=replace(tally.report(), added=0, updated=0, unchanged=0, statuses=()),
    )
