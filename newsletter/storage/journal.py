"""The journal: what must not be forgotten when an older copy of the database is put back.

It lies in the newsletter's folder, outside the database, and lines are only ever added. Each is
one JSON object that ends with a line break::

    {"at": "2026-11-29T14:00:00+00:00", "event": "people", "up_to": 1204}

`at` and `event` are in every line, what else there is depends on the event:

- `people`: the numbers of the list's rows up to `up_to` are given. No database of this folder
  gives one of them again.
- `wish`: somebody whom the list does not know has left by a link, or wants to be erased. `mark`
  is the HMAC of the link, `wish` is "left" or "erased", or "" once they confirmed a new sign-up.
- `freeze`: the delivery of the issue with this key begins, by this `mailer`. `up_to` as above.
- `claim`: a batch of it is about to be handed to the mailer. `attempt` is the id of the attempt.
- `reset`: the rehearsals before this line are forgotten.

A freeze or claim is written after its commit and before anything is sent. So a database that does
not know the newest one is older than what went out.

The same freezes and claims are appended to a second file, in the user's state directory, which
stays as it is when the whole folder is put back from a copy. Rehearsals with the outbox have a
file for each folder, since a copy of the newsletter may be tried out in another one.

A reader passes over events that it does not know, and a line that a crash cut short.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from newsletter.errors import StorageError

FILE_NAME = "newsletter.journal"
_BLOCK = 64 * 1024
_OUTBOX = "outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalDelivery:
    """A freeze, or a claim if it names an attempt."""

    issue_key: str
    #: The id of the attempt at a batch, "" for a freeze.
    attempt_id: str = ""


class Journal:
    """The journal of one newsletter folder. Any number of processes may write to it.

    `state` is the user's directory for the second file, and `newsletter` the id of the newsletter
    in its name. Without them there is no second file.
    """

    def __init__(self, folder: Path, *, state: Path | None = None, newsletter: str = "") -> None:
        self._path = folder / FILE_NAME
        self._state = state if newsletter else None
        here = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
        self._newsletter, self._rehearsals = newsletter, f"{newsletter}-{here}"

    def highest_person(self) -> int:
        """Return up to which number the rows of the list were given; 0 before the first."""
        newest = next(self.backwards("people", "freeze"), {})
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

    def record_freeze(self, issue_key: str, *, mailer: str, up_to: int, at: dt.datetime) -> None:
        """Note that an issue's delivery begins, and up to which number rows of the list were given.

        Nothing if its freeze or a claim of it is the newest line of this kind. Raise StorageError.
        """
        newest = _newest_delivery(self._path)
        if newest is None or newest.issue_key != issue_key:
            self.append("freeze", at=at, issue=issue_key, mailer=mailer, up_to=up_to)
            self._append_mark("freeze", at, {"issue": issue_key}, mailer=mailer, anew=True)

    def record_claim(
        self, issue_key: str, attempt_id: str, *, mailer: str, at: dt.datetime
    ) -> None:
        """Note an attempt at a batch, before anything of it is sent. Raise StorageError."""
        values = {"issue": issue_key, "attempt": attempt_id}
        self.append("claim", at=at, **values)
        self._append_mark("claim", at, values, mailer=mailer)

    def record_reset(self, *, at: dt.datetime) -> None:
        """Note that all rehearsals so far are forgotten. Raise StorageError."""
        self.append("reset", at=at)
        if self._state is not None:
            with suppress(OSError):
                self._mark_path(_OUTBOX).unlink(missing_ok=True)

    def newest_deliveries(self) -> tuple[JournalDelivery, ...]:
        """Return the newest freeze or claim of each file. Raise StorageError.

        Each database that is not older than what went out knows all of them. A second file that
        cannot be read tells nothing.
        """
        newest = [_newest_delivery(self._path)]
        if self._state is not None:
            for mailer in ("", _OUTBOX):
                with suppress(StorageError):
                    newest.append(_newest_delivery(self._mark_path(mailer)))
        return tuple(dict.fromkeys(filter(None, newest)))

    def append(self, event: str, *, at: dt.datetime, **fields: int | str) -> None:
        """Write a line; it is on the disk when this returns. Raise StorageError."""
        try:
            _append_line(self._path, event, at, fields, durable=True)
        except OSError as error:
            raise StorageError(
                f"{FILE_NAME} could not be written: {error.strerror or error}.",
                cure="See that its disk has room and that you may write there.",
            ) from error

    def backwards(self, *events: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of these events, the newest first. Memory is flat.

        Raise StorageError if the file cannot be read.
        """
        return _entries_backwards(self._path, events)

    def _append_mark(
        self,
        event: str,
        at: dt.datetime,
        fields: Mapping[str, int | str],
        *,
        mailer: str,
        anew: bool = False,
    ) -> None:
        """Append a line to the second file; if `anew` is true, delete the file first.

        A home without room or a home that cannot be written to holds up no issue. The line is in
        the hands of the system when this returns, which a crash of ours does not undo.
        """
        if self._state is None:
            return
        path = self._mark_path(mailer)
        with suppress(OSError):
            if anew:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
            _append_line(path, event, at, fields, durable=False)

    def _mark_path(self, mailer: str) -> Path:
        """Return the path of the second file for a mailer; call it only if there is a state."""
        name = self._rehearsals if mailer == _OUTBOX else self._newsletter
        return (self._state or Path()) / f"{name}.journal"


def state_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the user's directory for what a program remembers, None if the user has no home.

    It follows the XDG base directory specification, and on Windows the folder for local data:
    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    root = environ.get("XDG_STATE_HOME") or environ.get("LOCALAPPDATA") or ""
    if not root and environ.get("HOME"):
        root = str(Path(environ["HOME"], ".local", "state"))
    folder = Path(root, "happy-trails")
    return folder if folder.is_absolute() else None


def _append_line(
    path: Path,
    event: str,
    at: dt.datetime,
    fields: Mapping[str, int | str],
    *,
    durable: bool,
) -> None:
    line = json.dumps({"at": at.isoformat(), "event": event, **fields}) + "\n"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab+", buffering=0) as file:
        # One write, so that lines of two processes do not mix.
        file.write((_line_break(file) + line).encode())
        if durable:
            os.fsync(file.fileno())


def _newest_delivery(path: Path) -> JournalDelivery | None:
    """Return the newest freeze or claim of a file; None if there is none, or a reset followed."""
    entry = next(_entries_backwards(path, ("freeze", "claim", "reset")), {})
    if not entry.get("issue"):
        return None
    return JournalDelivery(issue_key=str(entry["issue"]), attempt_id=str(entry.get("attempt", "")))


def _entries_backwards(path: Path, events: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    # Most lines are claims; those of another event are not decoded.
    needles = [f'"event": "{event}"'.encode() for event in events]
    try:
        for line in _lines_backwards(path):
            if any(needle in line for needle in needles):
                entry = _decode(line)
                if entry.get("event") in events:
                    yield entry
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(
            f"{path.name} cannot be read: {error.strerror or error}.",
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
