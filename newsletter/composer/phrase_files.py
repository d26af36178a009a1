"""Load the phrases of a language from the TOML files in `words/` of the email templates.

A file in the newsletter folder overrides the shipped one phrase by phrase. A file for a
region ("pt-pt.toml") overrides the one for its language ("pt.toml") in the same way.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from newsletter.composer.phrases import (
    ENGLISH,
    MailPhrases,
    Phrases,
    PluralPhrase,
    primary_language,
)
from newsletter.errors import ComposeError
from newsletter.models import SeasonName
from newsletter.resources import template_folders

_SEASONS: tuple[SeasonName, ...] = (
    "winter",
    "spring",
    "summer",
    "fall",
    "wet",
    "dry",
    "year-round",
)
_MAILS = ("confirm", "already", "move")
_TOP_LEVEL = tuple(
    field.name
    for field in fields(Phrases)
    if field.default is MISSING and field.name not in ("language", "wanted", "foot", *_MAILS)
)
#: Phrases that a language file may lack: messages then do without them.
_OPTIONAL = ("by_mail",)
_PLURALS = ("minutes", "comments", "fresh")
_PLURAL_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
#: The keys each TOML table may hold, by the table's name.
_TABLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_PLURALS, _PLURAL_CATEGORIES),
    "seasons": _SEASONS,
    "letters": ("foot", *_MAILS),
    **{f"letters.{name}": tuple(field.name for field in fields(MailPhrases)) for name in _MAILS},
}

#: Phrases by key; keys inside a table are dotted: `letters.confirm.subject`.
_ByKey = dict[str, str]


def load_phrases(language: str, folders: tuple[Path, ...] = ()) -> Phrases:
    """Return the phrases for a BCP 47 language tag, or English ones if it has no file.

    `folders` are email template folders, the first overriding the next; the shipped folder
    always comes last. Raise ComposeError if a file cannot be used, naming file and phrase.
    """
    homes = tuple(
        folder / "words" for folder in dict.fromkeys((*folders, *template_folders("email", None)))
    )
    tag = language.replace("_", "-").lower()
    files, source = _files_for(homes, tag), primary_language(tag)
    if not files:
        files, source = _files_for(homes, ENGLISH), ENGLISH
    return _build(language, source, tuple((path, path.stat().st_mtime_ns) for path in files))


def _files_for(homes: tuple[Path, ...], tag: str) -> tuple[Path, ...]:
    """Return the files for the language `tag`, in order of increasing precedence."""
    listed = [
        (home, sorted(os.listdir(home)))  # noqa: PTH208  # each message asks: no objects for names
        for home in reversed(homes)
        if home.is_dir()
    ]
    return tuple(
        home / file
        for name in dict.fromkeys((primary_language(tag), tag))
        for home, files in listed
        for file in files
        if file.endswith(".toml") and file[: -len(".toml")].lower() == name
    )


# Keyed by modification time too, so that an edited file is read again.
@lru_cache(maxsize=64)
def _build(wanted: str, language: str, files: tuple[tuple[Path, int], ...]) -> Phrases:
    by_key: _ByKey = {}
    for path, _ in files:
        by_key |= _read(path)
    last = files[-1][0]

    def take(key: str) -> str:
        if key not in by_key:
            raise ComposeError(
                f"{last} has no words for “{key}”.",
                cure="Add them; en.toml, which came with the program, shows all there are.",
            )
        return by_key[key]

    def plural(key: str) -> PluralPhrase:
        forms = {name: by_key.get(f"{key}.{name}", "") for name in _PLURAL_CATEGORIES}
        forms["other"] = take(f"{key}.other")
        return PluralPhrase(forms=tuple((name, text) for name, text in forms.items() if text))

    def mail(name: str) -> MailPhrases:
        return MailPhrases(
            **{field.name: take(f"letters.{name}.{field.name}") for field in fields(MailPhrases)}
        )

    values: dict[str, Any] = {name: take(name) for name in _TOP_LEVEL if name not in _PLURALS}
    values |= {name: plural(name) for name in _PLURALS}
    values |= {name: mail(name) for name in _MAILS}
    values |= {name: by_key.get(name, "") for name in _OPTIONAL}
    seasons = tuple((name, by_key.get(f"seasons.{name}", "")) for name in _SEASONS)
    return Phrases(
        language=language,
        wanted=wanted,
        **values,
        foot=take("letters.foot"),
        seasons=tuple((name, word) for name, word in seasons if word),
    )


def _read(path: Path) -> _ByKey:
    """Return the phrases in the file `path`. Raise ComposeError if one cannot be used."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ComposeError(
            f"{path} cannot be read as words: {error}.",
            cure="Correct it, or remove your own copy.",
        ) from error
    by_key = _flatten(path, "", (*_TOP_LEVEL, *_OPTIONAL), document)
    for key, phrase in by_key.items():
        _check_placeholders(path, key, phrase)
    return by_key


def _flatten(path: Path, table: str, known: tuple[str, ...], values: Mapping[str, Any]) -> _ByKey:
    """Return the phrases of a TOML table and the tables inside it, by dotted key."""
    by_key: _ByKey = {}
    for name, value in values.items():
        key = f"{table}.{name}" if table else name
        if name not in known and key not in _TABLES:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(known)}."
            raise ComposeError(f"{path}: “{key}” is no phrase of the frame.", cure=hint)
        if isinstance(value, dict) and key in _TABLES:
            by_key |= _flatten(path, key, _TABLES[key], value)
        elif isinstance(value, str) and value.strip() and key in _PLURALS:
            by_key[f"{key}.other"] = value
        elif isinstance(value, str) and value.strip() and key not in _TABLES:
            by_key[key] = value
        else:
            raise ComposeError(
                f"{path}: “{key}” must be some text in quotation marks.",
                cure="en.toml, which came with the program, shows how it is written.",
            )
    return by_key


def _check_placeholders(path: Path, key: str, phrase: str) -> None:
    """Raise ComposeError if `phrase` has a placeholder that the English phrase lacks."""
    allowed = _allowed_placeholders(key)
    try:
        used = _placeholders(phrase)
    except ValueError as error:
        raise _placeholder_error(path, key, phrase, allowed) from error
    if used - allowed:
        raise _placeholder_error(path, key, phrase, allowed)


def _placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


def _allowed_placeholders(key: str) -> set[str]:
    english = _english()
    candidates = (key, f"{key.partition('.')[0]}.other")
    like = next((name for name in candidates if name in english), "")
    return _placeholders(english.get(like, ""))


@lru_cache(maxsize=1)
def _english() -> _ByKey:
    path = template_folders("email", None)[-1] / "words" / f"{ENGLISH}.toml"
    known = (*_TOP_LEVEL, *_OPTIONAL)
    return _flatten(path, "", known, tomllib.loads(path.read_text(encoding="utf-8")))


def _placeholder_error(path: Path, key: str, phrase: str, allowed: set[str]) -> ComposeError:
    names = ", ".join(f"{{{name}}}" for name in sorted(allowed))
    return ComposeError(
        f"{path}: “{key}” is {phrase!r}, which cannot be filled in.",
        cure=f"It may use {names}." if names else "It has nothing to fill in, so no braces.",
    )
