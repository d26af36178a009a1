"""Bytes of a file into lines of text, whatever program saved it.

UTF-8 with or without a byte order mark, UTF-16 with one, and Windows-1252 (what Excel in
Western Europe and the Americas writes) are told apart without reading ahead of a page.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

MAX_LINE = 1_000_000  # characters; more is no line about a person
_PAGE = 65_536


class Undecodable(ValueError):
    """The bytes are not a text of lines; `args[0]` says why, as a sentence."""


@contextmanager
def lines_of(stream: BinaryIO) -> Iterator[Iterator[str]]:
    """The lines of `stream` with their ends, one at a time.

    The stream is left open. Iterating raises Undecodable.
    """
    # A BytesIO or an open file serves as a raw stream here; the types are narrower.
    pages = io.BufferedReader(cast("io.RawIOBase", stream), _PAGE)
    try:
        yield _decoded(pages)
    finally:
        pages.detach()


def _decoded(pages: io.BufferedReader[io.RawIOBase]) -> Iterator[str]:
    head = pages.peek(_PAGE)[:_PAGE]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _through_codec(pages, "utf-16")
    if b"\0" in head.partition(b"\n")[0]:
        if head[:2].count(b"\0") == 1:
            return _through_codec(pages, "utf-16-le" if head[1] == 0 else "utf-16-be")
        raise Undecodable("This is not a text file.")
    if b"\r" in head and b"\n" not in head:  # as old Macs end their lines
        return _through_codec(pages, "utf-8" if _is_utf8(head) else "cp1252")
    return _line_by_line(pages)


def _line_by_line(pages: io.BufferedReader[io.RawIOBase]) -> Iterator[str]:
    if pages.peek(3).startswith(codecs.BOM_UTF8):
        pages.read(3)
    while line := pages.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise Undecodable(f"It holds a line of more than {MAX_LINE:,} characters.")
        # Decided anew for each line: a single one in Windows-1252 does not show before it
        # comes, and hardly any text in it happens to be UTF-8.
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("cp1252", errors="replace")


def _through_codec(pages: io.BufferedReader[io.RawIOBase], encoding: str) -> Iterator[str]:
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
        # A page may end within a character.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
