"""Read greeting files from TOML into tables that know the line of every key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import rtoml

from newsletter.composer.greetings.book import Place, Problem

#: `intro` and `opening` are the older names of `thought` and `hello`.
TABLE_KINDS = (
    "opener",
    "hello",
    "opening",
    "thought",
    "intro",
    "bridge",
    "occasion",
    "race",
    "day",
)
_AT_LINE = re.compile(r"(?<!\s)\s*\(at line (\d+), column \d+\)")
_HEADER = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]")
Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlTable:
    """One `[[thought]]`, `[[occasion]]` or other table of TABLE_KINDS."""

    kind: str
    values: dict[str, Any]
    file: str
    #: Line of its header, from 1.
    line: int
    lines: tuple[str, ...] = ()

    def place(self, key: str = "") -> Place:
        """Return the line of `key`, or of the header if it is missing."""
        if len(self.lines) > 1 and self.lines[1].startswith(f"{key} ="):
            return Place(file=self.file, line=self.line + 1)
        assignment = re.compile(rf"(?<![\w-]){re.escape(key)}\s*=")
        offset = next(
            (n for n, line in enumerate(self.lines) if key and assignment.search(line)), 0
        )
        return Place(file=self.file, line=self.line + offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroFile:
    """The contents of one greeting file."""

    tables: tuple[TomlTable, ...] = ()
    #: The BCP 47 tag at its head, "" for the newsletter's own language.
    language: str = ""
    problems: tuple[Problem, ...] = ()
    #: False if it could not be parsed; then it has no tables.
    readable: bool = True


def read_file(path: Path) -> IntroFile:
    """Read the greeting file `path`. Never raises: errors are in `problems`."""
    file = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = _parse(text)
    except OSError as error:
        return _unreadable(file, 1, f"the file cannot be read ({error.strerror}).")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return _unreadable(file, line, "the file is not plain UTF-8 text; save it as UTF-8.")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        position = _AT_LINE.search(str(error))
        line = int(position[1]) if position else text.count("\n") + 1
        reason = _AT_LINE.sub("", str(error)).replace(" (at end of document)", "")
        return _unreadable(
            file,
            line,
            f"this is not TOML as we can read it ({reason}), so the whole file is set aside. "
            "Look for a missing quotation mark, a missing bracket or a date that does not exist.",
        )
    return _tables(file, document, text.splitlines())


def _parse(text: str) -> dict[str, Any]:
    """Parse TOML. Raise tomllib.TOMLDecodeError, whose message names the line."""
    try:
        return rtoml.loads(text)
    except (rtoml.TomlParsingError, ValueError):
        # It is ten times as slow, and says where the mistake is.
        return tomllib.loads(text)


def _unreadable(file: str, line: int, message: str) -> IntroFile:
    problem = Problem(place=Place(file=file, line=line), message=message)
    return IntroFile(problems=(problem,), readable=False)


def _tables(file: str, document: dict[str, Any], lines: list[str]) -> IntroFile:
    tables: list[TomlTable] = []
    problems: list[Problem] = []
    language = document.pop("language", "")
    if not isinstance(language, str):
        problems.append(_problem(file, lines, "language", "must be a language tag such as “en”."))
        language = ""
    for kind, entries in document.items():
        if kind not in TABLE_KINDS:
            problems.append(
                _problem(
                    file,
                    lines,
                    kind,
                    "is unknown here; use [[opener]], [[hello]], [[thought]], [[bridge]], "
                    "[[occasion]], [[race]] or [[day]].",
                )
            )
        elif not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            problems.append(_problem(file, lines, kind, f"needs double brackets: [[{kind}]]."))
        else:
            blocks = _blocks(kind, lines)
            for number, values in enumerate(entries):
                start, end = blocks[number] if number < len(blocks) else (0, 0)
                block = tuple(lines[start:end])
                tables.append(
                    TomlTable(kind=kind, values=values, file=file, line=start + 1, lines=block)
                )
    return IntroFile(tables=tuple(tables), language=language, problems=tuple(problems))


def _problem(file: str, lines: list[str], key: str, message: str) -> Problem:
    beginning = re.compile(rf"\s*\[*\s*{re.escape(key)}\b")
    line = next((n for n, text in enumerate(lines, 1) if beginning.match(text)), 1)
    return Problem(place=Place(file=file, line=line), message=f"“{key}” {message}")


def _blocks(kind: str, lines: list[str]) -> list[tuple[int, int]]:
    """Return the line range of each table of `kind` in order, counted from 0."""
    headers = [(n, header[1]) for n, line in enumerate(lines) if (header := _HEADER.match(line))]
    ends = [n for n, _ in headers[1:]] + [len(lines)]
    return [(n, end) for (n, name), end in zip(headers, ends, strict=True) if name == kind]


class Fields:
    """Typed access to the keys of one table.

    A value of the wrong type is reported in `problems`, with file and line, and read as empty.
    """

    def __init__(self, table: TomlTable, problems: list[Problem] | None = None) -> None:
        self.table = table
        self.problems: list[Problem] = [] if problems is None else problems

    def report(self, key: str, message: str) -> None:
        """Add a problem at the line of `key`."""
        self.problems.append(Problem(place=self.table.place(key), message=message))

    def allow_only(self, known: tuple[str, ...]) -> None:
        """Report every key that is not in `known`."""
        for key in self.table.values:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"did you mean “{near[0]}”?" if near else f"use {', '.join(known)}."
                self.report(key, f"“{key}” is unknown here; {hint}")

    def subtable(self, key: str) -> Fields:
        """Return the inline table under `key`; it reports into the same list."""
        values = self.table.values.get(key, {})
        if not isinstance(values, dict):
            self.report(key, f'“{key}” is written in braces: {key} = {{ season = "fall" }}.')
            values = {}
        return self.with_values(values)

    def with_values(self, values: dict[str, Any]) -> Fields:
        """Return fields with other values at the same place; they report into the same list."""
        table = self.table
        inner = TomlTable(
            kind=table.kind, values=values, file=table.file, line=table.line, lines=table.lines
        )
        return Fields(inner, self.problems)

    def text(self, key: str, *, needed: bool = True) -> str:
        """Return a string. It may be missing or empty only if it is not `needed`."""
        value = self.table.values.get(key, "")
        if isinstance(value, str) and (value.strip() or not needed):
            return value.strip()
        self.report(key, f"“{key}” must be some text in quotation marks.")
        return ""

    def words(self, key: str) -> tuple[str, ...]:
        """Return a string or a list of strings as a tuple."""
        if key not in self.table.values:
            return ()
        value = self.table.values.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list) and all(isinstance(word, str) for word in listed):
            return tuple(listed)
        self.report(key, f"“{key}” must be a word in quotation marks, or a list of such words.")
        return ()

    def choices(
        self, key: str, known: tuple[Word, ...], also: Mapping[str, Word] | None = None
    ) -> tuple[Word, ...]:
        """Return words out of `known`; `also` maps other spellings to them."""
        if key not in self.table.values:
            return ()
        by_name = {**{str(word): word for word in known}, **(also or {})}
        chosen = []
        for word in self.words(key):
            if word in by_name:
                chosen.append(by_name[word])
            else:
                self.report(key, f"“{word}” is no {key} we know; use {', '.join(known)}.")
        return tuple(chosen)

    def number(self, key: str, least: int, most: int, default: int) -> int:
        """Return an integer from `least` to `most`."""
        number = self.number_or_none(key, least, most)
        return default if number is None else number

    def number_or_none(self, key: str, least: int, most: int) -> int | None:
        """Return an integer from `least` to `most`, None if missing."""
        value = self.table.values.get(key)
        if key not in self.table.values or _is_int(value, least, most):
            return None if value is None else int(value)
        self.report(key, f"“{key}” must be a whole number from {least} to {most}.")
        return None

    def numbers(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """Return an integer from `least` to `most`, or a list of them, as a tuple."""
        if key not in self.table.values:
            return ()
        value = self.table.values[key]
        listed = value if isinstance(value, list) else [value]
        if all(_is_int(number, least, most) for number in listed):
            return tuple(listed)
        self.report(key, f"“{key}” must be a whole number from {least} to {most}, or a list.")
        return ()

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a boolean, `default` if missing."""
        value = self.table.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.report(key, f"“{key}” must be true or false, without quotation marks.")
        return default

    def day(self, key: str) -> date | None:
        """Return a date, None if missing."""
        value = self.table.values.get(key)
        if value is None or _is_date(value):
            return value
        self.report(key, f"“{key}” must be a date like 2027-05-30, without quotation marks.")
        return None

    def days(self, key: str) -> tuple[date, ...]:
        """Return a list of dates."""
        value = self.table.values.get(key, [])
        if isinstance(value, list) and all(_is_date(day) for day in value):
            return tuple(value)
        self.report(key, f"“{key}” must be a list of dates like [2027-05-30].")
        return ()


def _is_int(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
