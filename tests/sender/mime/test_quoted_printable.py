"""Pieces encoded alone and joined equal the text encoded as a whole."""

from __future__ import annotations

import quopri
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sender.mime.message import encode_inline, encode_pieces, encode_quoted_printable

TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("\r\n =.F é🏃"),
    max_size=200,
)


def canonical(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


@given(text=TEXT)
def test_encoding_loses_nothing_and_keeps_lines_short(text: str) -> None:
    encoded = encode_quoted_printable(text)
    assert quopri.decodestring(encoded).decode() == canonical(text)
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", encoded)


@settings(max_examples=200)
@given(pieces=st.lists(TEXT, min_size=2, max_size=5), values=st.data())
def test_values_joined_between_pieces_leave_both_as_they_were(
    pieces: list[str], values: st.DataObject
) -> None:
    between = [
        values.draw(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])))
        for _ in pieces[1:]
    ]
    parts = encode_pieces(tuple(pieces))
    joined = parts[0] + b"".join(
        encode_inline(value) + part for value, part in zip(between, parts[1:], strict=True)
    )
    # A value is inside a line: "\r" before it and "\n" after it are two line ends.
    expected = canonical(pieces[0]) + "".join(
        value + canonical(piece) for value, piece in zip(between, pieces[1:], strict=True)
    )
    assert quopri.decodestring(joined).decode() == expected
    assert all(len(line) <= 76 for line in joined.split(b"\r\n"))


def test_from_at_a_lines_start_is_escaped() -> None:
    line = "From " + "x" * 71
    encoded = encode_quoted_printable(f"{line}\nFrom here\n")
    assert not re.search(rb"^From ", encoded, re.MULTILINE)
    assert quopri.decodestring(encoded).decode() == f"{line}\r\nFrom here\r\n"
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
