"""Add and remove [[feeds]] in newsletter.toml without touching the author's comments."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.config.settings import FILE_NAME
from newsletter.config.text_files import replace_file
from newsletter.errors import SettingsError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

# Windows' Notepad writes one. The file keeps what its author's editor chose.
_BYTE_ORDER_MARK = "\ufeff"


def add_feeds(folder: Path, urls: Sequence[str]) -> None:
    """Append a [[feeds]] table for each URL.

    Raise SettingsError, and leave the file as it is, if that cannot be done safely.
    """
    import tomlkit

    def change(document: TOMLDocument) -> None:
        tables = _tables(document)
        for url in urls:
            table = tomlkit.table()
            table["url"] = url
            table.add(tomlkit.nl())
            tables.append(table)

    _change(folder, change, expected=lambda before: [*before, *urls])


def remove_feed(folder: Path, url: str) -> None:
    """Remove the [[feeds]] table of that URL. Raise SettingsError as `add_feeds` does."""

    def change(document: TOMLDocument) -> None:
        tables = _tables(document)
        for index in reversed(range(len(tables))):
            if tables[index].get("url") == url:
                del tables[index]

    _change(folder, change, expected=lambda before: [other for other in before if other != url])


def _tables(document: TOMLDocument) -> Any:
    from tomlkit.items import AoT

    tables = document.get("feeds")
    if not isinstance(tables, AoT):
        raise _unsafe_edit_error()
    return tables


def _change(folder: Path, change: Any, *, expected: Any) -> None:
    """Apply `change`, unless it alters anything but the feeds' URLs as `expected`."""
    import tomlkit

    path = (folder / FILE_NAME).resolve()
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    before = text.removeprefix(_BYTE_ORDER_MARK)
    document = tomlkit.parse(before)
    change(document)
    after = tomlkit.dumps(document)
    old, new = tomllib.loads(before), tomllib.loads(after)
    if _urls(new) != expected(_urls(old)) or _without_feeds(new) != _without_feeds(old):
        raise _unsafe_edit_error()
    replace_file(path, f"{text[: len(text) - len(before)]}{after}")


def _urls(settings: dict[str, Any]) -> list[str]:
    return [feed["url"] for feed in settings["feeds"]]


def _without_feeds(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != "feeds"}


def _unsafe_edit_error() -> SettingsError:
    return SettingsError(
        f"{FILE_NAME} writes its feeds in a way that cannot be changed safely from here.",
        cure="Change it by hand: each feed is a [[feeds]] with a url below it.",
    )
