"""Reads the words of a language from the files in `words/` of the email templates.

A file of the author's own wins phrase by phrase over ours, a region's over its language's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from newsletter.composer.text.phrases import ENGLISH, Counted, LetterWords, Words, primary
from newsletter.errors import ComposeError
from newsletter.models import SeasonName
from newsletter.resources import template_folders

_SEASONS: tuple[SeasonName, ...] = ("winter", "spring", "summer", "fall", "wet", "dry")
_LETTERS = ("confirm", "already", "move")
_TOP = tuple(
    one.name
    for one in fields(Words)
    if one.default is MISSING and one.name not in ("language", "wanted", "foot", *_LETTERS)
)
_COUNTED = ("minutes", "comments", "fresh")
_PLURALS = ("zero", "one", "two", "few", "many", "other")
_TABLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_COUNTED, _PLURALS),
    "seasons": _SEASONS,
    "letters": ("foot", *_LETTERS),
    **{f"letters.{name}": tuple(one.name for one in fields(LetterWords)) for name in _LETTERS},
}

Phrases = dict[str, str]


def words_for(language: str, folders: tuple[Path, ...] = ()) -> Words:
    """The words for a BCP 47 language tag, English where there are none.

    `folders` are those of the email templates, first wins; ours come last.
    Raises ComposeError for a file that cannot be used, naming it and the phrase.
    """
    homes = tuple(
        folder / "words" for folder in dict.fromkeys((*folders, *template_folders("email", None)))
    )
    tag = language.replace("_", "-").lower()
    found = _files(homes, tag)
    chosen, files = (primary(tag), found) if found else (ENGLISH, _files(homes, ENGLISH))
    return _words(language, chosen, tuple((path, path.stat().st_mtime_ns) for path in files))


def _files(homes: tuple[Path, ...], tag: str) -> tuple[Path, ...]:
    """The files with words of the language, later ones winning."""
    every = [path for home in reversed(homes) for path in sorted(home.glob("*.toml"))]
    return tuple(
        path
        for name in dict.fromkeys((primary(tag), tag))
        for path in every
        if path.stem.lower() == name
    )


@lru_cache(maxsize=64)
def _words(wanted: str, language: str, files: tuple[tuple[Path, int], ...]) -> Words:
    phrases: Phrases = {}
    for path, _ in files:
        phrases |= _read(path)
    last = files[-1][0]

    def take(key: str) -> str:
        if key not in phrases:
            raise ComposeError(
                f"{last} has no words for “{key}”.",
                cure="Add them; en.toml, which came with the program, shows all there are.",
            )
        return phrases[key]

    def counted(key: str) -> Counted:
        forms = {name: phrases.get(f"{key}.{name}", "") for name in _PLURALS}
        forms["other"] = take(f"{key}.other")
        return Counted(forms=tuple((name, text) for name, text in forms.items() if text))

    def letter(name: str) -> LetterWords:
        return LetterWords(
            **{one.name: take(f"letters.{name}.{one.name}") for one in fields(LetterWords)}
        )

    made: dict[str, Any] = {name: take(name) for name in _TOP if name not in _COUNTED}
    made |= {name: counted(name) for name in _COUNTED}
    made |= {name: letter(name) for name in _LETTERS}
    seasons = tuple((name, phrases.get(f"seasons.{name}", "")) for name in _SEASONS)
    return Words(
        language=language,
        wanted=wanted,
        **made,
        foot=take("letters.foot"),
        seasons=tuple((name, word) for name, word in seasons if word),
    )


def _read(path: Path) -> Phrases:
    """The phrases of one file by their names, tables with a dot: `letters.confirm.subject`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ComposeError(
            f"{path} cannot be read as words: {error}.",
            cure="Correct it, or remove your own copy.",
        ) from error
    phrases = _flat(path, "", _TOP, document)
    for key, phrase in phrases.items():
        _check(path, key, phrase)
    return phrases


def _flat(path: Path, table: str, known: tuple[str, ...], values: Mapping[str, Any]) -> Phrases:
    phrases: Phrases = {}
    for name, value in values.items():
        key = f"{table}.{name}" if table else name
        if name not in known and key not in _TABLES:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(known)}."
            raise ComposeError(f"{path}: “{key}” is no phrase of the frame.", cure=hint)
        if isinstance(value, dict) and key in _TABLES:
            phrases |= _flat(path, key, _TABLES[key], value)
        elif isinstance(value, str) and value.strip() and key in _COUNTED:
            phrases[f"{key}.other"] = value
        elif isinstance(value, str) and value.strip() and key not in _TABLES:
            phrases[key] = value
        else:
            raise ComposeError(
                f"{path}: “{key}” must be some text in quotation marks.",
                cure="en.toml, which came with the program, shows how it is written.",
            )
    return phrases


def _check(path: Path, key: str, phrase: str) -> None:
    """Complains of a name in braces that nothing fills in."""
    allowed = _names(key)
    try:
        used = {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}
    except ValueError as error:
        raise _unfillable(path, key, phrase, allowed) from error
    if used - allowed:
        raise _unfillable(path, key, phrase, allowed)


def _names(key: str) -> set[str]:
    """The names in braces that the phrase may use: those which the English one does."""
    english = _english()
    like = next((name for name in (key, f"{key.partition('.')[0]}.other") if name in english), "")
    return {name for _, name, _, _ in Formatter().parse(english.get(like, "")) if name is not None}


@lru_cache(maxsize=1)
def _english() -> Phrases:
    path = template_folders("email", None)[-1] / "words" / f"{ENGLISH}.toml"
    return _flat(path, "", _TOP, tomllib.loads(path.read_text(encoding="utf-8")))


def _unfillable(path: Path, key: str, phrase: str, allowed: set[str]) -> ComposeError:
    names = ", ".join(f"{{{name}}}" for name in sorted(allowed))
    return ComposeError(
        f"{path}: “{key}” is {phrase!r}, which cannot be filled in.",
        cure=f"It may use {names}." if names else "It has nothing to fill in, so no braces.",
    )
