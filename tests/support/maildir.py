"""A Maildir as a mail server fills it."""

from __future__ import annotations

import os
from pathlib import Path

_BEGUN = 1_791_700_000


def create_maildir(folder: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)


def arrive(folder: Path, *messages: bytes) -> None:
    """Deliver messages, the newest last."""
    for raw in messages:
        number = len(list(folder.glob("*/*")))
        path = folder / "new" / f"{_BEGUN}.M{number:04}.host"
        path.write_bytes(raw)
        os.utime(path, (_BEGUN + number,) * 2)


def flags_in(folder: Path) -> list[str]:
    """Return the flags of each message in order of arrival, or `new`."""
    paths = sorted(folder.glob("[nc]*/*"), key=lambda path: path.name)
    return [path.name.partition(":2,")[2] if path.parent.name == "cur" else "new" for path in paths]
