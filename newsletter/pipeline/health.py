"""Whether the newsletter works right now: its database answers, and its disk takes more.

The site's `/healthz` and the command `health` both ask here. When `newsletter run` last came by is
told, and no fault: whatever has to be repaired then is not this process.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from newsletter.errors import FetchError, StorageError
from newsletter.storage.runs import last_run
from subscribers import storage as people

_NO_SUBSCRIBER = 0
# What a commit may need: it is written to try, and must be left.
_ROOM_BYTES, _LEAST_FREE = 64 * 1024, 1024 * 1024
#: The reason given when the disk is full or read-only.
NO_ROOM = "Nothing can be written to the disk, or it is full."
_SECONDS = 10.0
_OK = 200


def require_health(connection: Connection, folder: Path) -> dict[str, Any]:
    """Return what `/healthz` answers. Raise StorageError if the database or the disk fails."""
    document = read_last_run(connection)
    if not has_room(folder):
        raise StorageError(
            NO_ROOM, cure=f"See to the disk of {folder}: `newsletter doctor` tells more."
        )
    return {"status": "ok", **document}


def ask_site(url: str) -> dict[str, Any]:
    """Return what the site at `url` answers to a monitor. Raise FetchError if it is not well."""
    from newsletter.reader.http.call import Call, call

    answer = call(Call(url=url), seconds=_SECONDS, allow_private=True)
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = None
    if not isinstance(document, dict) or "status" not in document:
        raise FetchError(
            f"{url} answered {answer.status}, and not as the site of a newsletter does.",
            url=url,
            cure="Name the address of `newsletter serve`, with /healthz at its end.",
        )
    if answer.status != _OK:
        raise FetchError(
            f"The site is up, and says: {document.get('reason', answer.status)}", url=url
        )
    return document


def read_last_run(connection: Connection) -> dict[str, Any]:
    """Read from the database when a run last came by. Raise StorageError.

    It reads a table of ours, because SQLite creates a missing file instead of failing.
    """
    people.find_by_id(connection, _NO_SUBSCRIBER)
    run = last_run(connection)
    return {"last_run": run.at.isoformat() if run else None}


def has_room(folder: Path) -> bool:
    """Whether the disk of the newsletter folder takes more.

    Free space alone is no answer: a quota, or a disk that became read-only, does not change it.
    """
    try:
        if shutil.disk_usage(folder).free < _LEAST_FREE:
            return False
        with tempfile.TemporaryFile(dir=folder, prefix=".room-") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, _ROOM_BYTES)
            else:
                file.write(bytes(_ROOM_BYTES))
                file.flush()
    except OSError:
        return False
    return True
