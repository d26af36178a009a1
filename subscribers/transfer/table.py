"""Parse the bytes of a file into a header and rows of cells (RFC 4180, and common deviations).

UTF-8 with or without a byte order mark, UTF-16 with one, and Windows-1252 (Excel in Western
Europe and the Americas) are recognised without reading ahead more than a page, whatever program
saved the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, cast

from subscribers.models import RejectedRow
from subscribers.transfer.cells import looks_like_address

SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS = 2_000
MAX_ROW = 1_000_000  # characters, over all lines of its quoted cells
_MAX_TITLE_LINES = 10  # lines that are looked at for the header
_MAX_HEADER_LINES = 10  # lines of one header
_MAX_HEADER = 100_000  # characters
_END_OF_FILE = "\x1a"  # Ctrl-Z, with which DOS and its heirs end a text
_HINT = re.compile(r'"?sep=(.)"?\s*')  # how Excel names the separator
MAX_LINE = 1_000_000  # characters; a longer line is no row about a person
_PAGE = 65_536
_ZIP_SAYS = (
    "This is not a text file but an archive. If it came as a zip, unpack it and import the files "
    "in it under their own names; if it is an Excel workbook, open it and save it as CSV."
)
# How files begin that people take for their list, and what to do with each.
_NO_TEXT = {
    b"PK\x03\x04": _ZIP_SAYS,
    b"PK\x05\x06": "This zip archive is empty.",
    b"\x1f\x8b": "This file is packed (gzip): unpack it, then import the file that was in it.",
    b"\xd0\xcf\x11\xe0": "This is an Excel workbook: open it and save it as CSV, then import that.",
    b"%PDF": "This is a PDF: export the list as CSV instead.",
}
# The same for texts, in lower case.
_NO_TABLE = {
    b"<!doctype html": "This is a web page: use the export of your newsletter program instead.",
    b"<html": "This is a web page: use the export of your newsletter program instead.",
    b"begin:vcard": "These are contact cards (vCard): export the contacts as CSV instead.",
    b"[{": "This is JSON: choose CSV where you export the list.",
    b'{"': "This is JSON: choose CSV where you export the list.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A header and the rows below it."""

    header: tuple[str, ...]
    #: The number of the header's line.
    line: int
    #: The number of a row's first line, and its cells; a RejectedRow if it cannot be
    #: parsed. Can be iterated once.
    rows: Iterator[tuple[int, list[str]] | RejectedRow]


def read_table(
    lines: Iterator[str], is_header: Callable[[tuple[str, ...]], bool] = lambda _: True
) -> CsvTable | None:
    """Return the table in `lines`; None if there is no header.

    Lines above the first that `is_header` are a title, and skipped. If none of the first
    lines is one, the first of all stands as the header. Raise Undecodable for lines that are
    no table of people, here and in the rows.
    """
    head = _Head(lines)
    separator = ""
    first: tuple[tuple[str, ...], str] | None = None
    for _ in range(_MAX_TITLE_LINES):
        record = head.next_record()
        if record is None:
            break
        hint = _HINT.fullmatch(record) if not separator else None
        if hint:
            separator = hint[1]
            continue
        here = separator or _detect_separator(record)
        try:
            header = _parse_header(record, here)
        except Undecodable:
            if first is None:
                raise
            break
        if is_header(header):
            return CsvTable(
                header=header, line=head.count, rows=_parse_rows(head.rest(), here, head.count)
            )
        if first is None:
            first = header, here
            head.mark()
        if any(map(looks_like_address, header)):
            break  # a row about a person: there is no header
    if first is None:
        return None
    head.rewind()
    return CsvTable(
        header=first[0], line=head.count, rows=_parse_rows(head.rest(), first[1], head.count)
    )


class _Head:
    """The first lines of a text, which can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._given_back: list[str] = []
        self._since_mark: list[str] = []
        #: How many lines were taken.
        self.count = 0

    def next_record(self) -> str | None:
        """Return the next line that is not blank; several, if a quoted cell goes over them."""
        while (line := self._next()) is not None:
            if line.strip("\x1a \t\r\n\f\v"):
                return self._complete(line)
        return None

    def mark(self) -> None:
        """Remember this place for `rewind`."""
        self._since_mark.clear()

    def rewind(self) -> None:
        """Give back the lines that were taken since `mark`."""
        self._give_back(list(self._since_mark))

    def rest(self) -> Iterator[str]:
        """Return the lines that were not taken."""
        return chain(self._given_back, self._lines)

    def _complete(self, line: str) -> str:
        parts = [line]
        while sum(part.count('"') for part in parts) % 2:
            following = self._next() if len(parts) < _MAX_HEADER_LINES else None
            if following is None or len(following) > _MAX_HEADER:
                # The mark closes nowhere: what comes below is no part of this line.
                self._give_back([*parts[1:], *([following] if following else [])])
                return line
            parts.append(following)
        return "".join(parts)

    def _next(self) -> str | None:
        line = self._given_back.pop(0) if self._given_back else next(self._lines, None)
        if line is not None:
            self.count += 1
            self._since_mark.append(line)
        return line

    def _give_back(self, lines: list[str]) -> None:
        self._given_back[:0] = lines
        self.count -= len(lines)
        del self._since_mark[len(self._since_mark) - len(lines) :]


def _parse_header(record: str, separator: str) -> tuple[str, ...]:
    try:
        header = tuple(next(csv.reader(record.splitlines(keepends=True), delimiter=separator)))
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
            if _END_OF_FILE in line and not line.partition(_END_OF_FILE)[2].strip("\x1a\r\n "):
                line = line.partition(_END_OF_FILE)[0]  # noqa: PLW2901  # the same line, mended
            yield _double_escaped_quotes(line, separator)

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


def _double_escaped_quotes(line: str, separator: str) -> str:
    """Return a row with a backslash before its quotation marks as RFC 4180 has it.

    MailPoet writes such rows.

    A backslash before a mark may also be the last character of a cell. So a row that can be
    parsed as it stands is left alone, and so is one that would not be a row afterwards either.
    """
    if '\\"' not in line or _is_row(line, separator):
        return line
    doubled = line.replace('\\"', '""')
    return doubled if _is_row(doubled, separator) else line


def _is_row(line: str, separator: str) -> bool:
    try:
        next(csv.reader([line], delimiter=separator, strict=True), None)
    except csv.Error:
        return False
    return True


def _quoting_error(error: str, first: int, last: int) -> str:
    where = f"lines {first} to {last}" if last > first else f"line {first}"
    if "field larger" in error or "end of data" in error:
        return f"A quotation mark opens a cell and none closes it ({where})."
    return f"The quotation marks in {where} do not pair: inside a quoted cell, write two."


class Undecodable(ValueError):
    """The bytes are not a text of lines; `args[0]` says why, as a sentence."""


@contextmanager
def decode_lines(stream: BinaryIO) -> Iterator[Iterator[str]]:
    """Yield the lines of `stream` with their ends, one at a time.

    The stream is left open. Iterating raises Undecodable.
    """
    # A BytesIO or an open file serves as a raw stream here; the types are narrower.
    pages = io.BufferedReader(cast("io.RawIOBase", stream), _PAGE)
    try:
        yield _detect_encoding(pages)
    finally:
        pages.detach()


def _detect_encoding(pages: io.BufferedReader[io.RawIOBase]) -> Iterator[str]:
    head = pages.peek(_PAGE)[:_PAGE]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_with_codec(pages, "utf-16")
    for start, sentence in _NO_TEXT.items():
        if head.startswith(start):
            raise Undecodable(sentence)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()[:20].lower()
    for start, sentence in _NO_TABLE.items():
        if text.startswith(start):
            raise Undecodable(sentence)
    if b"\0" in head.partition(b"\n")[0]:
        if head[:2].count(b"\0") == 1:
            return _decode_with_codec(pages, "utf-16-le" if head[1] == 0 else "utf-16-be")
        raise Undecodable("This is not a text file.")
    if b"\r" in head and b"\n" not in head:  # the line ends of old Macs
        return _decode_with_codec(pages, "utf-8" if _is_utf8(head) else "cp1252")
    return _decode_each_line(pages)


def _decode_each_line(pages: io.BufferedReader[io.RawIOBase]) -> Iterator[str]:
    if pages.peek(3).startswith(codecs.BOM_UTF8):
        pages.read(3)
    while line := pages.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise Undecodable(f"It holds a line of more than {MAX_LINE:,} characters.")
        # Each line is tried on its own: the first one in Windows-1252 may come late, and
        # hardly any text in it is valid UTF-8 by accident.
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("cp1252", errors="replace")


def _decode_with_codec(pages: io.BufferedReader[io.RawIOBase], encoding: str) -> Iterator[str]:
    text = io.TextIOWrapper(pages, encoding=encoding, newline="")
    try:
        while line := text.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise Undecodable(f"It holds a line of more than {MAX_LINE:,} characters.")
            yield line
    except UnicodeError as error:
        raise Undecodable("It begins as UTF-16 text, but does not go on so.") from error
    finally:
        text.detach()


def _is_utf8(head: bytes) -> bool:
    try:
        # Incremental, for a page may end within a character.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
