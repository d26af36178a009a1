"""Texts that readers take for the same, and texts made to cost the square of their length."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.reader.identity.canonical import normalise_text

_PIECES = ("https://", "http://", "ftp://", "a", "B", "?", "#", "/", " ", "\n", "x.example", "(")


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_query_strings_of_addresses_do_not_count(text: str) -> None:
    plain = re.sub(r"(https?://[^\s?#]+)[?#]\S*", r"\1", unicodedata.normalize("NFKC", text))
    assert normalise_text(text) == " ".join(plain.casefold().split())


# With a pattern for a whole address each of these took hours.
@pytest.mark.parametrize(
    "piece", ["https://", "https://a", "http://http", "https://a?", "://", "?"]
)
def test_an_endless_word_is_read_once(piece: str) -> None:
    assert normalise_text(piece * 500_000)
