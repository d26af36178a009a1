"""The journal: what must not be forgotten when an older copy of the database is put back.

It lies in the newsletter's folder, outside the database, and lines are only ever added. Each is
one JSON object that ends with a line break::

    {"at": "2026-11-29T14:00:00+00:00", "event": "people", "up_to": 1204}

`at` and `event` are in every line, what else there is depends on the event:

- `people`: the numbers of the list's rows up to `up_to` are given. No database of this folder
  gives one of them again.
- `wish`: somebody whom the list does not know has left by a link, or wants to be erased. `mark`
  is the HMAC of the link, `wish` is "left" or "erased", or "" once they confirmed a new sign-up.

A reader passes over events that it does not know, and a line that a crash cut short.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from newsletter.errors import StorageError

FILE_NAME = "newsletter.journal"
_BLOCK = 64 * 1024


class Journal:
    """The journal of one newsletter folder. Any number of processes may write to it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def highest_person(self) -> int:
        """Return up to which number the rows of the list were given; 0 before the first."""
        newest = next(self.backwards("people"), {})
        return int(newest.get("up_to", 0))

    def record_people(self, up_to: int, *, at: dt.datetime) -> None:
        """Note that the numbers up to this one are given; nothing if that is noted already.

        Call it before the transaction that gives them is committed: a number that is noted and
        not given does no harm. Raise StorageError.
        """
        if up_to > self.highest_person():
            self.append("people", at=at, up_to=up_to)

    def record_wish(self, mark: str, wish: str | None, *, at: dt.datetime) -> None:
        """Note a wish by the HMAC of a link; None withdraws it. Raise StorageError."""
        self.append("wish", at=at, mark=mark, wish=wish or "")

    def wishes(self) -> dict[str, tuple[str, dt.datetime]]:
        """Return each wish that stands, by the HMAC of its link, and when it was made."""
        entries: dict[str, tuple[str, dt.datetime]] = {}
        for entry in self.backwards("wish"):
            at = _moment(entry.get("at"))
            if at is not None:
                entries.setdefault(str(entry.get("mark", "")), (str(entry.get("wish", "")), at))
        return {mark: (wish, at) for mark, (wish, at) in entries.items() if mark and wish}

    def append(self, event: str, *, at: dt.datetime, **fields: int | str) -> None:
        """Write a line; it is on the disk when this returns. Raise StorageError."""
        line = json.dumps({"at": at.isoformat(), "event": event, **fields}) + "\n"
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab+", buffering=0) as file:
                # One write, so that lines of two processes do not mix.
                file.write((_line_break(file) + line).encode())
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"{FILE_NAME} could not be written: {error.strerror or error}.",
                cure="See that its disk has room and that you may write there.",
            ) from error

    def backwards(self, event: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of an event, the newest first. Memory does not grow with the file.

        Raise StorageError if the file cannot be read.
        """
        try:
            for line in _lines_backwards(self._path):
                entry = _decode(line)
                if entry.get("event") == event:
                    yield entry
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(
                f"{FILE_NAME} cannot be read: {error.strerror or error}.",
                cure="See that you may read it.",
            ) from error


def _moment(value: object) -> dt.datetime | None:
    try:
        at = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _line_break(file: FileIO) -> str:
    """Return what ends a line that a crash cut short; "" if the last one is whole."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return ""
    file.seek(size - 1)
    return "" if file.read(1) == b"\n" else "\n"


def _lines_backwards(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        place, rest = file.seek(0, os.SEEK_END), b""
        while place:
            length = min(_BLOCK, place)
            place -= length
            file.seek(place)
            first, *others = (file.read(length) + rest).split(b"\n")
            yield from reversed(others)
            rest = first
        yield rest


def _decode(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
