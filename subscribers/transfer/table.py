"""Parse lines of text into a header and rows of cells (RFC 4180, and common deviations)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from subscribers.models import RejectedRow
from subscribers.transfer.decoding import Undecodable

SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS = 2_000
MAX_ROW = 1_000_000  # characters, over all lines of its quoted cells
_HINT = re.compile(r'"?sep=(.)"?\s*')  # how Excel names the separator


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A header and the rows below it."""

    header: tuple[str, ...]
    #: The number of a row's first line, and its cells; a RejectedRow if it cannot be
    #: parsed. Can be iterated once.
    rows: Iterator[tuple[int, list[str]] | RejectedRow]


def read_table(lines: Iterator[str]) -> CsvTable | None:
    """Return the table in `lines`; None if there is no header.

    Raise Undecodable for lines that are no table of people, here and in the rows.
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
        separator = separator or _detect_separator(line)
        header = _parse_header(line, separator)
        return CsvTable(header=header, rows=_parse_rows(lines, separator, count))
    return None


def _parse_header(line: str, separator: str) -> tuple[str, ...]:
    try:
        header = tuple(next(csv.reader([line], delimiter=separator)))
    except csv.Error as error:
        raise Undecodable("Its first line does not name the columns.") from error
    if len(header) > MAX_COLUMNS:
        raise Undecodable(f"Its first line names {len(header):,} columns.")
    return header


def _detect_separator(line: str) -> str:
    unquoted = re.sub(r'"[^"]*"', "", line)
    return max(SEPARATORS, key=unquoted.count)


def _parse_rows(
    lines: Iterator[str], separator: str, before: int
) -> Iterator[tuple[int, list[str]] | RejectedRow]:
    first, size = before + 1, 0

    def limit_row() -> Iterator[str]:
        # An unclosed quotation mark in each line would make one row of the whole file.
        nonlocal size
        for line in lines:
            if size > MAX_ROW:
                raise Undecodable(
                    f"The row that begins in line {first:,} has more than {MAX_ROW:,} "
                    "characters: its quotation marks do not pair."
                )
            size += len(line)
            yield line

    reader = csv.reader(limit_row(), delimiter=separator, strict=True)
    while True:
        try:
            for cells in reader:
                size = 0
                if cells:
                    yield first, cells
                first = before + reader.line_num + 1
        except csv.Error as error:
            yield RejectedRow(first, _quoting_error(str(error), first, before + reader.line_num))
            size = 0
            first = before + reader.line_num + 1
        else:
            return


def _quoting_error(error: str, first: int, last: int) -> str:
    where = f"lines {first} to {last}" if last > first else f"line {first}"
    if "field larger" in error or "end of data" in error:
        return f"A quotation mark opens a cell and none closes it ({where})."
    return f"The quotation marks in {where} do not pair: inside a quoted cell, write two."
