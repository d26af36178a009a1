"""Lines of a plain-text message: wrapped by what the eye sees, addresses left whole."""

from __future__ import annotations

from newsletter.composer.plain_line import columns

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
    for word in _fitting(words, LINE - max(width, columns(later))):
        wide = columns(word)
        if line and width + len(line) + wide > LINE:
            lines.append(start + " ".join(line))
            line, start, width = [], later, columns(later)
        line.append(word)
        width += wide
    return "\n".join([*lines, (start + " ".join(line)).rstrip()])


def _fitting(words: list[str], room: int) -> list[str]:
    """`words` with those wider than `room` cut into pieces, addresses excepted."""
    fitting: list[str] = []
    for word in words:
        if "://" in word or columns(word) <= room:
            fitting.append(word)
        else:
            fitting.extend(_pieces(word, room))
    return fitting


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
