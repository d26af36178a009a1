"""Open a CSV file of people: which program wrote it, what its columns are, and its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import PurePath
from typing import BinaryIO

from subscribers.errors import ImportRejected, excerpt
from subscribers.models import ImportAnswers, ImportReport, ImportRow, RejectedRow
from subscribers.transfer.cells import looks_like_address
from subscribers.transfer.import_run import ImportTally
from subscribers.transfer.plan import ImportPlan, has_address_column, plan_import
from subscribers.transfer.rows import parse_rows
from subscribers.transfer.table import CsvTable, Undecodable, decode_lines, read_table

_AT_ONCE = 1_000
NO_ANSWERS = ImportAnswers()


@dataclass(slots=True)
class ImportFile:
    """A file that is read once, from its first row to its last."""

    plan: ImportPlan
    rows: Iterator[ImportRow | RejectedRow]
    #: The figures of what was read and done so far.
    tally: ImportTally = field(default_factory=ImportTally)

    def portion(self) -> tuple[ImportRow | RejectedRow, ...]:
        """Return the next thousand rows; none at the end."""
        return tuple(islice(self.rows, _AT_ONCE))

    def ends_within(self, count: int) -> bool:
        """Return whether no more than `count` rows are left. They are kept in memory."""
        first = list(islice(self.rows, count + 1))
        self.rows = chain(first, self.rows)
        return len(first) <= count


@contextmanager
def open_file(
    stream: BinaryIO,
    *,
    skip_bad: bool,
    confirm: bool = False,
    answers: ImportAnswers = NO_ANSWERS,
    file_name: str = "",
) -> Iterator[ImportFile]:
    """Open a file for an import. The stream is left open.

    Raise ImportRejected if it cannot be read, or asks a question that only the author can answer.
    """
    try:
        with decode_lines(stream) as lines:
            table, plan = _open_table(
                lines, file_name or _file_name(stream), answers, skip_bad=skip_bad
            )
            rows = parse_rows(table.rows, len(table.header), plan, confirm=confirm)
            file = ImportFile(plan, rows)
            file.tally.describe(plan)
            yield file
    except Undecodable as error:
        raise ImportRejected(
            f"The file cannot be read. {error}",
            cure="Save it as CSV in UTF-8, one person a line, and import that.",
            report=ImportReport(),
        ) from error


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
