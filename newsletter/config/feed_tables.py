"""The [[feeds]] of newsletter.toml, changed without touching the author's comments."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.config.load import FILE_NAME
from newsletter.errors import SettingsError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def add_feeds(folder: Path, urls: Sequence[str]) -> None:
    """Writes a [[feeds]] for each address after those that are there.

    Raises SettingsError, and leaves the file as it is, where that cannot be done safely.
    """
    import tomlkit

    def change(document: TOMLDocument) -> None:
        tables = _tables(document)
        for url in urls:
            table = tomlkit.table()
            table["url"] = url
            table.add(tomlkit.nl())
            tables.append(table)

    _change(folder, change, wanted=lambda before: [*before, *urls])


def remove_feed(folder: Path, url: str) -> None:
    """Takes the [[feeds]] of that address out. Raises SettingsError as `add_feeds` does."""

    def change(document: TOMLDocument) -> None:
        tables = _tables(document)
        for place in reversed(range(len(tables))):
            if tables[place].get("url") == url:
                del tables[place]

    _change(folder, change, wanted=lambda before: [one for one in before if one != url])


def _tables(document: TOMLDocument) -> Any:
    from tomlkit.items import AoT

    tables = document.get("feeds")
    if not isinstance(tables, AoT):
        raise _not_safely()
    return tables


def _change(folder: Path, change: Any, *, wanted: Any) -> None:
    import tomlkit

    path = (folder / FILE_NAME).resolve()
    with path.open(encoding="utf-8", newline="") as file:
        before = file.read()
    document = tomlkit.parse(before)
    change(document)
    after = tomlkit.dumps(document)
    was, now = tomllib.loads(before), tomllib.loads(after)
    if _urls(now) != wanted(_urls(was)) or _without_feeds(now) != _without_feeds(was):
        raise _not_safely()
    _write_whole(path, after)


def _urls(settings: dict[str, Any]) -> list[str]:
    return [feed["url"] for feed in settings["feeds"]]


def _without_feeds(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != "feeds"}


def _not_safely() -> SettingsError:
    return SettingsError(
        f"{FILE_NAME} writes its feeds in a way that cannot be changed safely from here.",
        cure="Change it by hand: each feed is a [[feeds]] with a url below it.",
    )


def _write_whole(path: Path, text: str) -> None:
    """Puts the new text in the old one's place at once: never half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
