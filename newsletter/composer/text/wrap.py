"""Lines of a plain-text message: wrapped by what the eye sees, addresses left whole."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.text.line import columns

LINE = 76


def wrapped(text: str, indent: str = "", hang: str | None = None) -> str:
    """`text` in lines of at most 76 columns; every line starts with `indent`.

    Lines after the first start with `hang` where given. An address (anything with ://)
    is never broken. A longer word is, so that scripts without spaces wrap as well.
    """
    words = text.split()
    whole = (indent + " ".join(words)).rstrip()
    if columns(whole) <= LINE:
        return whole
    later = indent if hang is None else hang
    lines: list[str] = []
    line: list[str] = []
    start, width = indent, columns(indent)
    for word, wide in _fitting(words, LINE - max(width, columns(later))):
        if line and width + len(line) + wide > LINE:
            lines.append(start + " ".join(line))
            line, start, width = [], later, columns(later)
        line.append(word)
        width += wide
    return "\n".join([*lines, (start + " ".join(line)).rstrip()])


def _fitting(words: list[str], room: int) -> Iterator[tuple[str, int]]:
    """`words` with their columns, those wider than `room` cut up, addresses excepted."""
    for word in words:
        wide = columns(word)
        if wide <= room or "://" in word:
            yield word, wide
        else:
            yield from ((piece, columns(piece)) for piece in _pieces(word, room))


def _pieces(word: str, room: int) -> list[str]:
    pieces, piece, width = [], "", 0
    for character in word:
        wide = columns(character)
        if width + wide > room:
            pieces.append(piece)
            piece, width = "", 0
        piece += character
        width += wide
    return [*pieces, piece]


def underlined(text: str, line: str = "-") -> str:
    """`text`, wrapped, with a line of the same width below, as a heading."""
    heading = wrapped(text)
    width = max(columns(part) for part in heading.split("\n"))
    return f"{heading}\n{line * width}"
