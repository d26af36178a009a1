"""`/healthz`: the health check for a monitor.

It answers 503 for what keeps every page from working: the database, or a disk without room. When
`newsletter run` last came by is a field of the answer, and no fault of the site.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.storage.database.engine import snapshot
from newsletter.storage.runs import last_run
from subscribers import storage as people
from subscribers.errors import BadToken
from subscribers.tokens import read_token

_NO_SUBSCRIBER = 0
# What a commit may need: it is written to try, and must be left.
_ROOM_BYTES, _LEAST_FREE = 64 * 1024, 1024 * 1024


def health_pages(context: Context) -> Blueprint:
    """Return the route of the health check."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> tuple[Response, int]:
        try:
            document = check_database(context)
        except NewsletterError:
            # The public learns no details.
            return _unavailable("The database does not answer.")
        if not has_room(context.folder):
            return _unavailable("Nothing can be written to the disk, or it is full.")
        return jsonify(status="ok", **document, **_describe_visitor(context)), 200

    return pages


def check_database(context: Context) -> dict[str, Any]:
    """Read from the database; return the fields of the answer. Raise NewsletterError.

    It reads a table of ours, because SQLite creates a missing file instead of failing.
    """
    with snapshot(context.engine) as connection:
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


def _unavailable(what: str) -> tuple[Response, int]:
    reason = f"{what} Run `newsletter doctor` on the server."
    return jsonify(status="unavailable", reason=reason), 503


def _describe_visitor(context: Context) -> dict[str, Any]:
    """Return how the site sees this visitor, to whoever holds its secret (`newsletter doctor`)."""
    try:
        read_token("probe", request.args.get("probe", ""), context.secrets.signing)
    except BadToken:
        return {}
    return {"seen": {"scheme": request.scheme, "address": request.remote_addr or ""}}
