"""Import a long file by way of a stage, so that nobody has to wait while it is read.

    file ──stage_rows──▶ stage ──merge_stage──▶ the list

What comes in while a file is staged was there before the import: a person who leaves meanwhile
stays gone, and one who signs up is known.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from subscribers.models import ImportReport
from subscribers.storage import bulk
from subscribers.storage.staging import ImportStage
from subscribers.transfer.import_file import ImportFile
from subscribers.transfer.importing import (
    Progress,
    begin_import,
    count_rows,
    finish_import,
    open_writer,
    reject_all,
)


def stage_rows(
    stage: ImportStage,
    file: ImportFile,
    *,
    skip_bad: bool,
    secrets: tuple[str, ...],
    progress: Progress | None = None,
) -> None:
    """Read the whole file into the stage. Raise ImportRejected as `import_rows` does."""
    tally = file.tally
    while portion := file.portion():
        people = count_rows(portion, tally)
        if people and (skip_bad or not tally.rejected_total):
            stage.add(people)
        if progress is not None:
            progress(tally.read)
    if tally.rejected_total and not skip_bad:
        raise reject_all(tally)
    stage.prepare(secrets)


def merge_stage(
    connection: Connection,
    stage: ImportStage,
    file: ImportFile,
    *,
    source: str,
    now: datetime,
    secrets: tuple[str, ...],
) -> ImportReport:
    """Put the staged people on the list, in the transaction of `connection`.

    `source` and `now` are those of the stage.
    """
    run = begin_import(connection, file, source=source, now=now, secrets=secrets)
    file.tally.added += stage.merge(secrets)
    writer = None
    with bulk.import_settings(connection):
        for people in stage.set_aside():
            writer = writer or open_writer(connection, file, run)
            writer.write(people)
        if writer is not None:
            writer.flush()
    return finish_import(connection, file.tally, run)
