"""Lines of text into a header and rows of cells (RFC 4180, and what people make of it)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from subscribers.transfer.report import Reject

SEPARATORS = (",", ";", "\t", "|")
_HINT = re.compile(r'"?sep=(.)"?\s*')  # Excel's own way to name the separator


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A header and the rows below it, each with the number of the line it begins on.

    `rows` can be walked once; what cannot be taken apart comes as a Reject.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]] | Reject]


def read_table(lines: Iterator[str]) -> Table | None:
    """The table in `lines`, or None if there is not even a header."""
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
        header = tuple(next(csv.reader([line], delimiter=chosen)))
        return Table(header=header, rows=_rows(lines, chosen, count))
    return None


def _separator_in(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(SEPARATORS, key=bare.count)


def _rows(
    lines: Iterator[str], separator: str, before: int
) -> Iterator[tuple[int, list[str]] | Reject]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    begins = before + 1
    while True:
        try:
            for cells in reader:
                if cells:
                    yield begins, cells
                begins = before + reader.line_num + 1
        except csv.Error as error:
            yield Reject(begins, _told(str(error), begins, before + reader.line_num))
            begins = before + reader.line_num + 1
        else:
            return


def _told(error: str, first: int, last: int) -> str:
    where = f"lines {first} to {last}" if last > first else f"line {first}"
    if "field larger" in error or "end of data" in error:
        return f"A quotation mark opens a cell and none closes it ({where})."
    return f"The quotation marks in {where} do not pair: inside a quoted cell, write two."
