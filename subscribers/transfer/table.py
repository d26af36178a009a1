"""Lines of text into a header and rows of cells (RFC 4180, and what people make of it)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from subscribers.transfer.decoding import Undecodable
from subscribers.transfer.report import Reject

SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS = 2_000
MAX_ROW = 1_000_000  # characters, over however many lines its quoted cells go
_HINT = re.compile(r'"?sep=(.)"?\s*')  # Excel's own way to name the separator


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A header and the rows below it, each with the number of the line it begins on.

    `rows` can be walked once; what cannot be taken apart comes as a Reject.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]] | Reject]


def read_table(lines: Iterator[str]) -> CsvTable | None:
    """The table in `lines`, or None if there is not even a header.

    Raises Undecodable for lines that are no table of people, here and in the rows.
    """
    count = 0
    separator = ""
    for line in lines:
        count += 1
        if not line.strip():
            continue
        hint = _HINT.fullmatch(line) if not separator else None
        if hint:
            separator = hint[1]
            continue
        chosen = separator or _separator_in(line)
        return CsvTable(header=_header(line, chosen), rows=_rows(lines, chosen, count))
    return None


def _header(line: str, separator: str) -> tuple[str, ...]:
    try:
        header = tuple(next(csv.reader([line], delimiter=separator)))
    except csv.Error as error:
        raise Undecodable("Its first line does not name the columns.") from error
    if len(header) > MAX_COLUMNS:
        raise Undecodable(f"Its first line names {len(header):,} columns.")
    return header


def _separator_in(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(SEPARATORS, key=bare.count)


def _rows(
    lines: Iterator[str], separator: str, before: int
) -> Iterator[tuple[int, list[str]] | Reject]:
    begins, size = before + 1, 0

    def bounded() -> Iterator[str]:
        # A cell that is opened anew in each line would make one row of the whole file.
        nonlocal size
        for line in lines:
            if size > MAX_ROW:
                raise Undecodable(
                    f"The row that begins in line {begins:,} has more than {MAX_ROW:,} "
                    "characters: its quotation marks do not pair."
                )
            size += len(line)
            yield line

    reader = csv.reader(bounded(), delimiter=separator, strict=True)
    while True:
        try:
            for cells in reader:
                size = 0
                if cells:
                    yield begins, cells
                begins = before + reader.line_num + 1
        except csv.Error as error:
            yield Reject(begins, _told(str(error), begins, before + reader.line_num))
            size = 0
            begins = before + reader.line_num + 1
        else:
            return


def _told(error: str, first: int, last: int) -> str:
    where = f"lines {first} to {last}" if last > first else f"line {first}"
    if "field larger" in error or "end of data" in error:
        return f"A quotation mark opens a cell and none closes it ({where})."
    return f"The quotation marks in {where} do not pair: inside a quoted cell, write two."
