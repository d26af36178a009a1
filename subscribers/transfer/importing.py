"""A CSV of people into the list: streaming, all of it or nothing.

Rows are read, judged and stored a thousand at a time, so that memory does not grow with
the file. Nobody who left, bounced or complained is revived by it.
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
from subscribers.models import Arrival
from subscribers.storage import bulk
from subscribers.transfer import formats
from subscribers.transfer.batches import store
from subscribers.transfer.decoding import Undecodable, lines_of
from subscribers.transfer.report import ImportReport, Reject
from subscribers.transfer.rows import people
from subscribers.transfer.table import CsvTable, read_table
from subscribers.transfer.tally import ImportTally, Run

_AT_ONCE = 1_000
Progress = Callable[[int], None]


def import_csv(
    conn: Connection,
    stream: BinaryIO,
    *,
    skip_bad: bool,
    source: str,
    now: datetime,
    secrets: tuple[str, ...],
    confirm: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Bring the people of a CSV file onto the list, in the transaction `conn` is in.

    Each becomes active on the author's word (`confirm`: pending), unless the file says that
    they left, bounced, complained or never confirmed. `source` goes into the consent log.
    `progress` is told the number of rows read so far. The stream is left open.

    Raises ImportRejected when the file cannot be read, or holds a bad row and `skip_bad` is
    false; the caller must then roll the transaction back. Its report names the bad rows.
    """
    tally = ImportTally()
    try:
        with lines_of(stream) as lines, bulk.roomy(conn):
            table, found = _opened(lines, _file_name(stream))
            tally.format = found.name
            headings = [formats.heading(cell) for cell in table.header]
            rows = people(table, found, formats.places(found, headings), confirm)
            run = Run(before=bulk.last_id(conn), now=now, source=source, secrets=secrets)
            into = store(conn, run, tally)
            while some := tuple(islice(rows, _AT_ONCE)):
                good = _sifted(some, tally)
                if good and (skip_bad or not tally.rejected_total):
                    into.take(good)
                if progress is not None:
                    progress(tally.read)
            into.finish()
    except Undecodable as error:
        raise ImportRejected(
            f"The file cannot be read. {error}",
            cure="Save it as CSV in UTF-8, one person a line, and import that.",
            report=ImportReport(),
        ) from error
    if tally.rejected_total and not skip_bad:
        raise _all_or_nothing(tally)
    bulk.log_arrivals(conn, run.before, at=now, source=source)
    return tally.report()


def _sifted(rows: tuple[Arrival | Reject, ...], tally: ImportTally) -> list[Arrival]:
    tally.read += len(rows)
    good = [row for row in rows if isinstance(row, Arrival)]
    if len(good) < len(rows):
        for row in rows:
            if isinstance(row, Reject):
                tally.reject(row)
    return good


def _opened(lines: Iterator[str], file_name: str) -> tuple[CsvTable, formats.Format]:
    table = read_table(lines)
    if table is None:
        raise ImportRejected(
            "The file is empty.",
            cure="Its first line must name the columns: email, name …",
            report=ImportReport(),
        )
    headings = [formats.heading(cell) for cell in table.header]
    found = formats.recognise(headings)
    if "email" not in formats.places(found, headings):
        bare = _bare_list(table)
        if bare is not None:
            return bare, formats.PLAIN
        shown = ", ".join(cell.strip()[:30] for cell in table.header[:8]) or "nothing"
        raise ImportRejected(
            f"No column of the file is called “email”; its first line says: {shown}.",
            cure="Name the columns in the first line; the one with the addresses “email”.",
            report=ImportReport(),
        )
    if formats.never_signed_up(file_name):
        raise ImportRejected(
            f"{file_name} lists people who never signed up for a newsletter.",
            cure="Import the file that begins with “subscribed” instead.",
            report=ImportReport(),
        )
    return table, found


def _bare_list(table: CsvTable) -> CsvTable | None:
    """The table of a list of addresses without a header, one a line; None if it is not one."""
    if len(table.header) != 1 or "@" not in table.header[0]:
        return None

    def rows() -> Iterator[tuple[int, list[str]] | Reject]:
        yield 1, list(table.header)
        yield from table.rows

    return replace(table, header=("email",), rows=rows())


def _file_name(stream: BinaryIO) -> str:
    # A stream from the network or the memory has none, a pipe has a number.
    name = getattr(stream, "name", "")
    return PurePath(name).name if isinstance(name, str) else ""


def _all_or_nothing(tally: ImportTally) -> ImportRejected:
    count = tally.rejected_total
    first = tally.rejected[0]
    lines = "1 line" if count == 1 else f"{count:,} lines"
    return ImportRejected(
        f"Nothing was imported: {lines} of {tally.read:,} cannot go in. "
        f"Line {first.line}: {first.reason}",
        cure="Correct them, or import the rest with --skip-bad.",
        report=replace(tally.report(), added=0, updated=0, unchanged=0),
    )
