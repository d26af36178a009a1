"""Decode the bytes of a file into lines, whatever program saved it.

UTF-8 with or without a byte order mark, UTF-16 with one, and Windows-1252 (Excel in Western
Europe and the Americas) are recognised without reading ahead more than a page.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

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
