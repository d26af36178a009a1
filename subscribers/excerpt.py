"""Show a value from a file or a form in a sentence: on one line, with what can be printed.

Control characters from outside could move a terminal's cursor or write its clipboard, and those
that turn the direction of text make a sentence say something else.
"""

from __future__ import annotations


def excerpt(text: str, longest: int = 40) -> str:
    """Return `text` on one line of at most `longest` characters, each of which can be printed."""
    plain = replace_unprintable(" ".join(text[: longest * 4].split()))
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def replace_unprintable(text: str) -> str:
    """Return `text` with a replacement character for each that cannot be printed."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
