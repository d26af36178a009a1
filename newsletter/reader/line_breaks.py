"""The line breaks of plain text: which of them the writer meant, and which a program put in."""

from __future__ import annotations

import re
from itertools import pairwise

_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# Programs wrap at 60 to 100 columns, so a text whose lines are all shorter is not wrapped.
_SHORTEST_WRAPPED = 50
_LONGEST_WRAPPED = 110
_SENTENCE_END = (".", "!", "?", "…", ":", ";", "。")


def paragraphs_of(text: str) -> list[list[str]]:
    """Return the paragraphs of plain text, each as its lines. Empty lines separate them.

    A paragraph that was wrapped at the end of full lines, as mail programs and editors do, is
    one line.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = (
        [" ".join(line.split()) for line in paragraph.split("\n") if line.strip()]
        for paragraph in _EMPTY_LINES.split(plain)
    )
    return [
        [" ".join(lines)] if _is_wrapped(lines) else lines for lines in paragraphs if any(lines)
    ]


def _is_wrapped(lines: list[str]) -> bool:
    """Whether each line was full: the first word of the next one had no room in it."""
    width = max(map(len, lines))
    if len(lines) == 1 or not _SHORTEST_WRAPPED <= width <= _LONGEST_WRAPPED:
        return False
    is_full = all(len(line) + 1 + len(after.split()[0]) > width for line, after in pairwise(lines))
    # The first of two lines is always full. It ends inside a sentence if it was wrapped.
    return is_full and (len(lines) > 2 or not lines[0].endswith(_SENTENCE_END))  # noqa: PLR2004 - see above
