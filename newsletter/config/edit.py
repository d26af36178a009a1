"""Change keys of newsletter.toml, and keep everything else as its author wrote it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.config.load import read_octets
from newsletter.config.settings import FILE_NAME
from newsletter.config.text_files import replace_file
from newsletter.errors import NotReady, SettingsError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_BYTE_ORDER_MARK = "\ufeff"
#: The new value of each key, by its table and its name; None takes the key out.
Changes = Mapping[tuple[str, str], Any]


def read_file(folder: Path) -> tuple[str, str]:
    """Return the text of newsletter.toml and a mark of it, which differs after every change.

    Raise SettingsError if it is not there.
    """
    octets = read_octets(folder)
    return octets.decode("utf-8", "replace"), hashlib.sha256(octets).hexdigest()


def write_file(folder: Path, text: str, *, seen: str) -> None:
    """Replace newsletter.toml, atomically and with its mode. Raise NotReady if it is not `seen`."""
    if read_file(folder)[1] != seen:
        raise NotReady(
            "newsletter.toml was changed meanwhile, in another tab or in an editor. Nothing was "
            "saved, and what you typed is still here.",
            cure="Compare it with what the file says now, then save again.",
        )
    replace_file((folder / FILE_NAME).resolve(), text)


def apply_changes(text: str, changes: Changes) -> str:
    """Return the text of a newsletter.toml with other values, comments and order as they were.

    Raise SettingsError if that cannot be done safely.
    """
    import tomlkit

    plain = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        expected = tomllib.loads(plain)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{FILE_NAME} cannot be read: {error}.", cure="Correct it in the file itself first."
        ) from error
    document = tomlkit.parse(plain)
    for (table, key), value in changes.items():
        _set(document, table, key, value)
        _set_plain(expected, table, key, value)
    changed = tomlkit.dumps(document)
    if tomllib.loads(changed) != expected:
        raise SettingsError(
            f"{FILE_NAME} is written in a way that cannot be changed safely from here.",
            cure="Change it by hand, in the file itself.",
        )
    return f"{text[: len(text) - len(plain)]}{changed}"


def _set(document: TOMLDocument, table: str, key: str, value: Any) -> None:
    import tomlkit

    place: Any = document
    for part in table.split("."):
        if part not in place:
            if value is None:
                return
            if place is document and not document.as_string().endswith("\n\n"):
                document.add(tomlkit.nl())
            place[part] = tomlkit.table()
        place = place[part]
    if value is None:
        place.pop(key, None)
    else:
        place[key] = value


def _set_plain(settings: dict[str, Any], table: str, key: str, value: Any) -> None:
    place = settings
    for part in table.split("."):
        if part not in place and value is None:
            return
        place = place.setdefault(part, {})
    if value is None:
        place.pop(key, None)
    else:
        place[key] = value


def values_of(text: str) -> Mapping[tuple[str, str], Any]:
    """Return the values in plain tables of a newsletter.toml; {} if it cannot be parsed."""
    try:
        document = tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except tomllib.TOMLDecodeError:
        return {}
    values: dict[tuple[str, str], Any] = {}

    def walk(table: str, content: dict[str, Any]) -> None:
        for key, value in content.items():
            values[table, key] = value
            if isinstance(value, dict):
                walk(f"{table}.{key}".lstrip("."), value)

    walk("", document)
    return values
