"""Plain text in messages: single lines, shortened lines, paragraphs wrapped at 76 columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

#: The widest line of a text part, in columns. RFC 5322 2.1.1 recommends at most 78.
LINE_WIDTH = 76
ELLIPSIS = "…"
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
# Browsers and mail programs give up on longer ones, and one of them could fill a message.
_LONGEST_URL = 2_000
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TERMINAL_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PICTOGRAPH = "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_MODIFIER = "[\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTOGRAPH}{_MODIFIER}*(?:\u200d{_PICTOGRAPH}{_MODIFIER}*)*"
)
_RAISED = str.maketrans(
    "0123456789+-\u2212=()abcdefghijklmnoprstuvwxyz",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
_LOWERED = str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_ABBREVIATION_LENGTH = 3
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_NO_ROMAN = 4000
_TRAILING_PUNCTUATION = " ,;:–—-(/&"
_PICTURE_ENDING = re.compile(
    r"[\w .%()\[\]@~+,&-]*\.(?:jpe?g|png|gif|webp|avif|heic|tiff?|bmp|svg)", re.IGNORECASE
)
# What cameras, telephones and programs call their pictures.
_CAMERA_NAME = re.compile(
    r"(?:img|dsc|dscn|dscf|dcim|p|pxl|dji|gopr|gp|mvimg|image|photo|picture|bild|foto|unnamed|"
    r"untitled|fullsizer(?:ender)?|screen ?shot|bildschirmfoto|captura de pantalla|"
    r"whatsapp ?image|signal|facebook|received)"
    r"[\s_-]*(?:\(?\d[\d\s_.,:()-]*(?:at|um|à|o.?clock|uhr)?[\d\s_.:()-]*\w{0,4}\)?)?"
    r"(?:\s?[([]\d{1,3}[)\]])?|[\d_-]{4,}|[0-9a-f]{8}-?[0-9a-f-]{8,}",
    re.IGNORECASE,
)
_PLAIN_NAMES = frozenset({"p", "signal", "facebook", "received", "image", "photo", "picture",
                          "bild", "foto", "gp"})  # fmt: skip
_SIZE_ENDING = re.compile(r"-(?:\d{2,4}x\d{2,4}|scaled|rotated|e\d{9,})$")
# A word of so many humps (AppleWatchSeries) is no word of a description.
_HUMPS = 3


def one_line(text: str) -> str:
    """Return `text` on one line, without control, direction-changing or invisible characters.

    Line ends and runs of white space become one space. The zero-width joiner stays, because
    emoji and several scripts need it.
    """
    if not text.isprintable():
        text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    return " ".join(text.split())


def paragraphs_of(text: str) -> str:
    """Return `text` with each paragraph on one line, and one empty line between them."""
    paragraphs = re.split(r"\n[^\S\n]*\n\s*", text.replace("\r\n", "\n"))
    return "\n\n".join(filter(None, map(one_line, paragraphs)))


def printable(text: str) -> str:
    """Return `text`, of any number of lines, as it may be written to a terminal or a log.

    Control characters are shown as "�": they could move the cursor, colour the window or write
    the clipboard. What turns the direction of text is left out. Emoji keep their joiners.
    """
    return _TERMINAL_CONTROL.sub("�", _TURNING.sub("", text))


def printable_json(text: str) -> str:
    """Return a JSON document with the same characters as escapes: it means the same."""
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def ascii_json(text: str) -> str:
    """Return a JSON document with escapes in place of all that is not ASCII: it means the same."""
    import json

    return printable_json(_NOT_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], text))


def http_url(url: str) -> str:
    """Return `url` if its scheme is http or https and it is not endless, else "".

    Keeps `javascript:`, `data:` and `file:` URLs out of links and pictures.
    """
    if len(url) > _LONGEST_URL:
        return ""
    plain = one_line(url)
    return plain if plain.lower().startswith(("https://", "http://")) else ""


def superscript(text: str) -> str:
    """Return what raised text is in plain words, so that it does not join the word before it.

    A number or a single letter is raised by Unicode's own characters ("10³"), an ending stays
    as it is ("12th").
    """
    if text.upper() in {"TM", "SM"}:
        return "™" if text.upper() == "TM" else "℠"
    is_mark = len(text) == 1 or any(character.isdecimal() for character in text)
    if is_mark and all(ord(character) in _RAISED or character in ", " for character in text):
        return text.translate(_RAISED)
    if text[:1].isdecimal():
        return f"^{text}"
    return f" {text}" if text.isalpha() and len(text) > _ABBREVIATION_LENGTH else text


def subscript(text: str) -> str:
    """Return what lowered text is in plain words: "CO2" with its "₂"."""
    is_lowered = all(ord(character) in _LOWERED or character in ", " for character in text)
    return text.translate(_LOWERED) if is_lowered else text


def list_number(number: int, kind: str = "") -> str:
    """Return the number of a list's item as its list counts: "3", "C" or "iii".

    `kind` is the `type` of an HTML list: A, a, I, i, or 1 for figures.
    """
    if kind in {"I", "i"} and 0 < number < _NO_ROMAN:
        numeral, rest = "", number
        for value, letters in _ROMAN:
            count, rest = divmod(rest, value)
            numeral += letters * count
        return numeral if kind == "I" else numeral.lower()
    if kind in {"A", "a"} and number > 0:
        letters = ""
        while number:
            number, index = divmod(number - 1, 26)
            letters = chr(ord(kind) + index) + letters
        return letters
    return str(number)


def is_file_name(text: str, url: str = "") -> bool:
    """Whether `text` is the name of a picture's file, with or without its ending.

    Cameras ("IMG_2034"), the desktop ("Screenshot 2026-11-27 at 07.30") and blogs
    ("badger-mountain-finish-2") put such names where a description belongs. `url` is the
    picture's: a name with hyphens that is also the file's is no description.
    """
    name = " ".join(text.split())
    if _PICTURE_ENDING.fullmatch(name):
        return True
    if _CAMERA_NAME.fullmatch(name) and name.casefold() not in _PLAIN_NAMES:
        return True
    if not name or " " in name:
        return False
    if "_" in name or name.endswith("]"):
        return True
    humps = sum(a.islower() and b.isupper() for a, b in pairwise(name))
    if humps >= _HUMPS:
        return True
    stem = unquote(url).partition("?")[0].rpartition("/")[2].rpartition(".")[0]
    is_its_file = name.casefold() in {stem.casefold(), _SIZE_ENDING.sub("", stem).casefold()}
    return "-" in name and (is_its_file or name.count("-") > _HUMPS)


def shorten(text: str, limit: int, *, least: int = 0) -> str:
    """Return `text` in at most `limit` characters, cut between words, with an ellipsis.

    Cuts inside a word if the result would otherwise be shorter than `least` characters or a
    third of `limit`. Text without spaces is cut between characters, never inside an emoji
    sequence or before a combining mark.
    """
    if len(text) <= limit:
        return text
    end = _character_boundary(text, limit - len(ELLIPSIS))
    cut = text[:end]
    if not text[end].isspace():
        word = cut.rfind(" ")
        cut = cut[:word] if word > max(limit // 3, least) else cut
    return cut.rstrip(_TRAILING_PUNCTUATION) + ELLIPSIS


def _character_boundary(text: str, end: int) -> int:
    """Return the last boundary between user-perceived characters at or before `end`."""
    for emoji in _EMOJI.finditer(text):
        if emoji.start() < end < emoji.end():
            return emoji.start()
        if emoji.start() >= end:
            break
    while end > 0 and _is_combining(text[end]):
        end -= 1
    return end


def _is_combining(character: str) -> bool:
    return character == "\u200d" or unicodedata.category(character) in {"Mn", "Me", "Mc"}


def calm(text: str) -> str:
    """Return `text` with at most one emoji, and none at the start.

    Screen readers speak an emoji's whole name, and Gmail shows only the first 35 to 40
    characters of a subject.
    """
    emoji = _EMOJI.match(text)
    while emoji:
        text = text[emoji.end() :].lstrip()
        emoji = _EMOJI.match(text)
    first = _EMOJI.search(text)
    if first is None:
        return text
    head, tail = text[: first.end()], _EMOJI.sub("", text[first.end() :])
    return " ".join(f"{head}{tail}".split())


def has_emoji(text: str) -> bool:
    """Whether `text` contains an emoji."""
    return _EMOJI.search(text) is not None


def direction(text: str) -> str:
    """Return the direction of `text`, "rtl" or "ltr", from its first strong character.

    Implements rules P2 and P3 of the Unicode Bidirectional Algorithm (UAX #9).
    """
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def columns(text: str) -> int:
    """Return the width of `text` in a fixed-width font; wide East Asian characters count two."""
    if _has_single_columns(text):
        return len(text)
    return sum(map(_column, text))


def _has_single_columns(text: str) -> bool:
    """Whether every character of `text` is one column wide."""
    return text.isascii() or all(_column(character) == 1 for character in set(text))


@lru_cache(maxsize=4096)
def _column(character: str) -> int:
    if _is_combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def wrap(text: str, indent: str = "", hang: str | None = None) -> str:
    """Wrap `text` at 76 columns and start every line with `indent`.

    Lines after the first start with `hang` if given. A URL (any word with ://) is never
    broken. Other words wider than a line are, so that scripts without spaces wrap too.
    """
    words = text.split()
    whole = (indent + " ".join(words)).rstrip()
    if columns(whole) <= LINE_WIDTH:
        return whole
    later = indent if hang is None else hang
    if len(later) == len(indent) and _has_single_columns(whole + later):
        simple = _wrap_single_columns(whole, indent, later)
        if simple is not None:
            return simple
    lines: list[str] = []
    line: list[str] = []
    start, width = indent, columns(indent)
    for word, wide in _break_words(words, LINE_WIDTH - max(width, columns(later))):
        if line and width + len(line) + wide > LINE_WIDTH:
            lines.append(start + " ".join(line))
            line, start, width = [], later, columns(later)
        line.append(word)
        width += wide
    return "\n".join([*lines, (start + " ".join(line)).rstrip()])


def _wrap_single_columns(whole: str, indent: str, later: str) -> str | None:
    """Wrap text in which each character has one column; None if a word is wider than a line.

    It looks for the last space of each line, and so takes a tenth of the time that a walk over
    the words does.
    """
    lines: list[str] = []
    start, rest = indent, whole[len(indent) :]
    while len(start) + len(rest) > LINE_WIDTH:
        end = rest.rfind(" ", 0, LINE_WIDTH - len(start) + 1)
        if end <= 0:
            return None
        lines.append(start + rest[:end])
        start, rest = later, rest[end + 1 :]
    return "\n".join((*lines, start + rest))


def _break_words(words: list[str], room: int) -> Iterator[tuple[str, int]]:
    """Yield each word with its width; break words wider than `room`, except URLs."""
    for word in words:
        wide = columns(word)
        if wide <= room or "://" in word:
            yield word, wide
        else:
            yield from ((piece, columns(piece)) for piece in _break_word(word, room))


def _break_word(word: str, room: int) -> list[str]:
    pieces, piece, width = [], "", 0
    for character in word:
        wide = columns(character)
        if width + wide > room:
            pieces.append(piece)
            piece, width = "", 0
        piece += character
        width += wide
    return [*pieces, piece]


def underline(text: str, line: str = "-") -> str:
    """Wrap `text` as a heading, with a rule of `line` as wide as its widest line below."""
    heading = wrap(text)
    width = max(columns(part) for part in heading.split("\n"))
    return f"{heading}\n{line * width}"
