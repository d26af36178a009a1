"""Import a CSV of people into the list: streaming, and all of it or nothing.

Rows are read, parsed and stored a thousand at a time, so memory does not grow with the file.
An import revives no one who left, bounced or complained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.errors import ImportRejected
from subscribers.models import ImportReport, ImportRow, RejectedRow
from subscribers.storage import bulk
from subscribers.transfer import formats
from subscribers.transfer.batches import ImportRun, ImportTally, import_writer
from subscribers.transfer.decoding import Undecodable, decode_lines
from subscribers.transfer.rows import parse_rows
from subscribers.transfer.table import CsvTable, read_table

_AT_ONCE = 1_000
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
    progress: Progress | None = None,
) -> ImportReport:
    """Import the people of a CSV file in the transaction of `connection`.

    A person becomes active on the author's decision (pending with `confirm`), unless the file
    says that they left, bounced, complained or never confirmed. `source` goes into the
    consent log. `progress` is called with the number of rows read so far. The stream is
    left open.

    Raise ImportRejected if the file cannot be read, or holds a bad row and `skip_bad` is
    false. Its report names the bad rows. The caller must then roll back the transaction.
    """
    tally = ImportTally()
    try:
        with decode_lines(stream) as lines, bulk.import_settings(connection):
            table, file_format = _open_table(lines, _file_name(stream))
            tally.format = file_format.name
            headings = [formats.normalise_heading(cell) for cell in table.header]
            indexes = formats.column_indexes(file_format, headings)
            rows = parse_rows(table, file_format, indexes, confirm)
            run = ImportRun(before=bulk.max_id(connection), now=now, source=source, secrets=secrets)
            writer = import_writer(connection, run, tally)
            while portion := tuple(islice(rows, _AT_ONCE)):
                people = _count_rows(portion, tally)
                if people and (skip_bad or not tally.rejected_total):
                    writer.write(people)
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
    return tally.report()


def _count_rows(rows: tuple[ImportRow | RejectedRow, ...], tally: ImportTally) -> list[ImportRow]:
    """Return the usable rows; count all, and the rejected ones, in `tally`."""
    tally.read += len(rows)
    people = [row for row in rows if isinstance(row, ImportRow)]
    if len(people) < len(rows):
        for row in rows:
            if isinstance(row, RejectedRow):
                tally.reject(row)
    return people


def _open_table(lines: Iterator[str], file_name: str) -> tuple[CsvTable, formats.Format]:
    table = read_table(lines)
    if table is None:
        raise ImportRejected(
            "The file is empty.",
            cure="Its first line must name the columns: email, name …",
            report=ImportReport(),
        )
    headings = [formats.normalise_heading(cell) for cell in table.header]
    file_format = formats.detect_format(headings)
    if "email" not in formats.column_indexes(file_format, headings):
        without_header = _table_without_header(table)
        if without_header is not None:
            return without_header, formats.PLAIN
        columns = ", ".join(cell.strip()[:30] for cell in table.header[:8]) or "nothing"
        raise ImportRejected(
            f"No column of the file is called “email”; its first line says: {columns}.",
            cure="Name the columns in the first line; the one with the addresses “email”.",
            report=ImportReport(),
        )
    if formats.is_non_subscriber_file(file_name):
        raise ImportRejected(
            f"{file_name} lists people who never signed up for a newsletter.",
            cure="Import the file that begins with “subscribed” instead.",
            report=ImportReport(),
        )
    return table, file_format


def _table_without_header(table: CsvTable) -> CsvTable | None:
    """Return the table of a bare list of addresses, one a line; None if it is not one."""
    if len(table.header) != 1 or "@" not in table.header[0]:
        return None

    def rows() -> Iterator[tuple[int, list[str]] | RejectedRow]:
        yield 1, list(table.header)
        yield from table.rows

    return replace(table, header=("email",), rows=rows())


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
        report=replace(tally.report(), added=0, updated=0, unchanged=0),
    )
