"""Files between their preview and their import.

A list of addresses must not lie about: an upload is a file without a name, which only this
process can read (0600) and which is gone with it. It is forgotten after an hour, too.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import tempfile
import threading
import weakref
from dataclasses import dataclass, field
from typing import IO, BinaryIO, cast

from newsletter.errors import NotFound
from subscribers.models import ImportAnswers, ImportQuestion, ImportReport, RowOutcome

_KEPT_FOR = dt.timedelta(hours=1)
_MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """What would become of a file."""

    #: The figures of the import; with bad rows, those of the import that leaves them out.
    report: ImportReport
    #: What would become of the first rows.
    rows: tuple[RowOutcome, ...] = ()
    #: Why it cannot be imported, as a sentence; "" if it can.
    refusal: str = ""
    #: What the author has to answer first.
    question: ImportQuestion | None = None

    @property
    def changes(self) -> int:
        """How many rows would change the list."""
        return self.report.added + self.report.updated


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file that waits for the author's decision."""

    file: BinaryIO
    name: str
    at: dt.datetime
    #: Whether people who are new are asked to confirm.
    confirm: bool
    answers: ImportAnswers = field(default_factory=ImportAnswers)
    preview: ImportPreview | None = None
    #: Held while the file is read, since it has one position.
    lock: threading.Lock = field(default_factory=threading.Lock)


class UploadShelf:
    """The uploads of one desk, by a token that nobody guesses."""

    def __init__(self) -> None:
        self._uploads: dict[str, Upload] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._uploads)

    def keep(self, stream: IO[bytes], name: str, *, confirm: bool, now: dt.datetime) -> str:
        """Copy a stream and return the token of the copy. Of too many, the oldest goes."""
        file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # closed by `drop`
        shutil.copyfileobj(stream, file)
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._expire(now)
            while len(self._uploads) >= _MOST:
                self._close(next(iter(self._uploads)))
            self._uploads[token] = Upload(file=file, name=name, at=now, confirm=confirm)
        return token

    def find(self, token: str, now: dt.datetime) -> Upload:
        """Return an upload. Raise NotFound once it is imported, dropped or an hour old."""
        with self._lock:
            self._expire(now)
            upload = self._uploads.get(token)
        if upload is None:
            raise NotFound(
                "That file is not here any more: it was imported, or waited for more than an hour.",
                cure="Choose it again.",
            )
        return upload

    def drop(self, token: str) -> None:
        """Forget an upload, and its file with it."""
        with self._lock:
            if token in self._uploads:
                self._close(token)

    def _expire(self, now: dt.datetime) -> None:
        for token in [t for t, upload in self._uploads.items() if now - upload.at > _KEPT_FOR]:
            self._close(token)

    def _close(self, token: str) -> None:
        self._uploads.pop(token).file.close()


def _close_all(uploads: dict[str, Upload]) -> None:
    for upload in uploads.values():
        upload.file.close()
