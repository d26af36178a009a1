"""Greeting files, read from TOML into tables that know their lines."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.composer.greetings.book import Place, Problem

KINDS = ("intro", "opening", "occasion", "race", "day")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)")
_HEADER = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlTable:
    """One `[[intro]]`, `[[occasion]]` or other table of `KINDS`, as written."""

    kind: str
    values: dict[str, Any]
    file: str
    line: int
    lines: tuple[str, ...] = ()

    def place(self, key: str = "") -> Place:
        """Where `key` is written, or where the table begins."""
        wanted = re.compile(rf"(?<![\w-]){re.escape(key)}\s*=")
        away = next((n for n, line in enumerate(self.lines) if key and wanted.search(line)), 0)
        return Place(file=self.file, line=self.line + away)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroFile:
    """What one file holds. `tables` is empty when it could not be read at all."""

    tables: tuple[TomlTable, ...] = ()
    language: str = "en"
    problems: tuple[Problem, ...] = ()
    readable: bool = True


def read_file(path: Path) -> IntroFile:
    """The tables of the greeting file `path`; what is wrong with it is in `problems`."""
    file = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        return _unreadable(file, 1, f"the file cannot be read ({error.strerror}).")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return _unreadable(file, line, "the file is not plain UTF-8 text; save it as UTF-8.")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        reason = _AT_LINE.sub("", str(error)).replace(" (at end of document)", "")
        return _unreadable(
            file,
            line,
            f"this is not TOML as we can read it ({reason}), so the whole file is set aside. "
            "Look for a missing quotation mark, a missing bracket or a date that does not exist.",
        )
    return _tables(file, document, text.splitlines())


def _unreadable(file: str, line: int, message: str) -> IntroFile:
    problem = Problem(place=Place(file=file, line=line), message=message)
    return IntroFile(problems=(problem,), readable=False)


def _tables(file: str, document: dict[str, Any], lines: list[str]) -> IntroFile:
    tables: list[TomlTable] = []
    problems: list[Problem] = []
    language = document.pop("language", "en")
    if not isinstance(language, str) or not language:
        problems.append(_wrong(file, lines, "language", "must be a language tag such as “en”."))
        language = "en"
    for kind, entries in document.items():
        if kind not in KINDS:
            problems.append(
                _wrong(
                    file,
                    lines,
                    kind,
                    "is unknown here; use [[intro]], [[occasion]], [[race]] or [[day]].",
                )
            )
        elif not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            problems.append(_wrong(file, lines, kind, f"needs double brackets: [[{kind}]]."))
        else:
            blocks = _blocks(kind, lines)
            for number, values in enumerate(entries):
                start, end = blocks[number] if number < len(blocks) else (0, 0)
                block = tuple(lines[start:end])
                tables.append(
                    TomlTable(kind=kind, values=values, file=file, line=start + 1, lines=block)
                )
    return IntroFile(tables=tuple(tables), language=language, problems=tuple(problems))


def _wrong(file: str, lines: list[str], key: str, message: str) -> Problem:
    wanted = re.compile(rf"\s*\[*\s*{re.escape(key)}\b")
    line = next((n for n, text in enumerate(lines, 1) if wanted.match(text)), 1)
    return Problem(place=Place(file=file, line=line), message=f"“{key}” {message}")


def _blocks(kind: str, lines: list[str]) -> list[tuple[int, int]]:
    """First and last-but-one line (from 0) of each table of this kind, in order."""
    headers = [(n, found[1]) for n, line in enumerate(lines) if (found := _HEADER.match(line))]
    ends = [n for n, _ in headers[1:]] + [len(lines)]
    return [(n, end) for (n, name), end in zip(headers, ends, strict=True) if name == kind]
