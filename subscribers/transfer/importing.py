"""Import a CSV of people into the list: streaming, and all of it or nothing.

Rows are read, parsed and stored a thousand at a time, so memory does not grow with the file.
An import revives no one who left, bounced or complained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.errors import ImportRejected, excerpt
from subscribers.models import ImportAnswers, ImportReport, ImportRow, RejectedRow, RowOutcome
from subscribers.storage import bulk, import_log
from subscribers.transfer.batches import ImportRun, ImportTally, Observe, import_writer
from subscribers.transfer.cells import looks_like_address
from subscribers.transfer.import_links import LinkingWriter
from subscribers.transfer.plan import ImportPlan, has_address_column, plan_import
from subscribers.transfer.rows import parse_rows
from subscribers.transfer.table import CsvTable, Undecodable, decode_lines, read_table

_AT_ONCE = 1_000
NO_ANSWERS = ImportAnswers()
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
    says that they left, bounced, complained or never confirmed. `source` goes into the
    consent log. `file_name` may say whose addresses the file holds; by default it is the
    stream's. `progress` is called with the number of rows read so far. The stream is left
    open.

    With `observe` each row's outcome is told, in the order of the file. It is slower, and
    meant for a transaction that is rolled back.

    Raise ImportRejected if the file cannot be read, if it asks a question that only the
    author can answer, or if it holds a bad row and `skip_bad` is false. Its report names the
    bad rows. The caller must then roll back the transaction.
    """
    tally = ImportTally()
    try:
        with decode_lines(stream) as lines, bulk.import_settings(connection):
            table, plan = _open_table(
                lines, file_name or _file_name(stream), answers, skip_bad=skip_bad
            )
            tally.describe(plan)
            rows = parse_rows(table.rows, len(table.header), plan, confirm=confirm)
            run = ImportRun(
                before=bulk.max_id(connection),
                now=now,
                source=source,
                secrets=secrets,
                has_links=not plan.indexes.keys().isdisjoint(("link_id", "old_link_number")),
                guesses_hemisphere=plan.guesses_hemisphere,
            )
            import_log.begin(connection, at=now, source=source, above=run.before)
            outcomes: list[RowOutcome] = []
            tell = None if observe is None else outcomes.append
            writer = import_writer(connection, run, tally, tell)
            if run.has_links:
                is_sealed = "link_seal" in plan.indexes
                writer = LinkingWriter(
                    connection, writer, run, tally, is_sealed=is_sealed, observe=tell
                )
            while portion := tuple(islice(rows, _AT_ONCE)):
                people = _count_rows(portion, tally, tell)
                if people and (skip_bad or not tally.rejected_total or observe):
                    writer.write(people)
                if observe is not None:
                    for outcome in sorted(outcomes, key=lambda outcome: outcome.line):
                        observe(outcome)
                    outcomes.clear()
                if progress is not None:
                    progress(tally.read)
            writer.flush()
    except Undecodable as error:
        raise ImportRejected(
            f"The file cannot be read. {error}",
            cure="Save it as CSV in UTF-8, one person a line, and import that.",
            report=ImportReport(),
        ) from error
    if tally.rejected_total and not skip_bad:
        raise _reject_all(tally)
    bulk.log_import(connection, run.before, at=now, source=source)
    tally.count_added(bulk.count_statuses(connection, run.before, at=now))
    import_log.finish(connection, up_to=bulk.max_id(connection))
    return tally.report()


def _count_rows(
    rows: tuple[ImportRow | RejectedRow, ...], tally: ImportTally, observe: Observe | None
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


def _open_table(
    lines: Iterator[str], file_name: str, answers: ImportAnswers, *, skip_bad: bool
) -> tuple[CsvTable, ImportPlan]:
    table = read_table(lines, has_address_column)
    if table is None:
        raise _reject("The file is empty.", "Its first line must name the columns: email, name …")
    has_header = has_address_column(table.header)
    if not has_header:
        table = _name_columns(table)
    first = list(islice(table.rows, _AT_ONCE))
    plan = plan_import(
        table.header,
        file_name,
        answers,
        skip_bad=skip_bad,
        has_header=has_header,
        examples=lambda index: _examples(first, index),
    )
    return replace(table, rows=chain(first, table.rows)), plan


def _name_columns(table: CsvTable) -> CsvTable:
    """Return a table whose first line is a row, with names for its columns.

    The addresses are in the first column that holds one, as in a bare list of addresses or in
    the files that Sendy writes. Raise ImportRejected if there is none.
    """
    cells = table.header
    at = next((index for index, cell in enumerate(cells) if looks_like_address(cell)), None)
    if at is None and cells == ("(0) Records Found!",):
        raise _reject("The list in this file is empty, says Sendy.", "Export another one.")
    if at is None:
        columns = ", ".join(excerpt(cell, 30) for cell in cells[:8]) or "nothing"
        raise _reject(
            f"No column of the file is called “email”; its first line says: {columns}.",
            "Name the columns in the first line; the one with the addresses “email”.",
        )
    if sum(map(looks_like_address, cells)) > 1:
        raise _reject(
            "The first line holds several addresses, and none names the columns.",
            "Put each person on a line of their own, or name the columns first: email, name …",
        )
    names = [f"column {number}" for number in range(1, len(cells) + 1)]
    names[at] = "email"
    if len(cells) > 1:
        names[1 if at == 0 else 0] = "name"

    def rows() -> Iterator[tuple[int, list[str]] | RejectedRow]:
        yield table.line, list(cells)
        yield from table.rows

    return replace(table, header=tuple(names), rows=rows())


def _examples(
    rows: Sequence[tuple[int, list[str]] | RejectedRow], index: int, most: int = 50
) -> list[str]:
    """Return the first different values of a column that are not empty."""
    values: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, RejectedRow) and index < len(row[1]) and row[1][index].strip():
            values[row[1][index].strip()] = None
            if len(values) == most:
                break
    return list(values)


def _reject(message: str, cure: str) -> ImportRejected:
    return ImportRejected(message, cure=cure, report=ImportReport())


def _file_name(stream: BinaryIO) -> str:
    # A network or memory stream has no name, and that of a pipe is a number.
    name = getattr(stream, "name", "")
    return PurePath(name).name if isinstance(name, str) else ""


def _reject_all(tally: ImportTally) -> ImportRejected:
    count = tally.rejected_total
    first = tally.rejected[0]
    lines = "1 line" if count == 1 else f"{count:,} lines"
    return ImportRejected(
        f"Nothing was imported: {lines} of {tally.read:,} cannot go in. "
        f"Line {first.line}: {first.reason}",
        cure="Correct them, or import the rest with --skip-bad.",
        report=replace(tally.report(), added=0, updated=0, unchanged=0, statuses=()),
    )
