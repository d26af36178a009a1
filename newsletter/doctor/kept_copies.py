"""Copies of the list that lie in the folder: who was erased must not live on there unnoticed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from newsletter.doctor.diagnosis import Diagnosis, note, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import StorageError
from newsletter.storage.database.engine import snapshot_at
from newsletter.storage.database.sqlite_file import sqlite_path
from newsletter.storage.kept_copies import KeptCopy, find_kept_copies, held_copies
from subscribers import storage as people


def check_kept_copies(installation: Installation) -> Iterator[Diagnosis]:
    """Look for the copies that a restore or a move left."""
    try:
        with snapshot_at(installation.database_url, installation.folder) as connection:
            erased_at = people.last_erasure(connection)
            database = sqlite_path(connection.engine)
    except StorageError:
        # The check of the database says why.
        return
    copies = find_kept_copies(installation.folder, database)
    yield from judge_copies(copies, held_copies(copies, erased_at))


def judge_copies(copies: tuple[KeptCopy, ...], held: tuple[KeptCopy, ...]) -> Iterator[Diagnosis]:
    """Judge the copies; `held` are those with somebody in them who was erased. Pure."""
    for copy in copies:
        command = f"rm -r {shlex.quote(str(copy.path))}"
        when = f"{copy.at:%Y-%m-%d}"
        if copy in held:
            goes = f" A run deletes it after {copy.until:%Y-%m-%d}." if copy.until else ""
            yield warning(
                "kept-copies",
                f"{copy.path.name} holds your readers as they were on {when}, and somebody who was "
                f"erased since.{goes}",
                f"Delete it as soon as you need nothing of it: {command}",
            )
        else:
            yield note(
                "kept-copies",
                f"{copy.path.name} holds your readers as they were on {when}.",
                f"Delete it when all is well: {command}",
            )
