"""Keep those away who left after a backup was made, when it replaces a newer list.

    present list ──▶ who left, was suppressed or erased after the backup ──▶ the same in the backup

Nobody who left is written to again (GDPR Art. 7(3), 17), whatever is put back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection

from newsletter.backup.portable import history_of, open_portable
from newsletter.storage import reader_records
from newsletter.storage.database import vacuum
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.database.sqlite_file import make_single_file
from subscribers import storage as people

_SOURCE = "left before an older backup was put back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """How many people of a backup stay away."""

    #: Who unsubscribed, bounced or complained after it was made, or was suppressed.
    left: int = 0
    #: Who was erased after it was made.
    erased: int = 0


def carry_departures(
    present: Path, staged: Path, *, secrets: tuple[str, ...], now: dt.datetime
) -> Departures:
    """Take over into `staged` who left according to `present`; both are SQLite files.

    `secrets` sign the fingerprints of who is erased, and may be empty. Does nothing for another
    newsletter, or if `staged` is the newer one. Raise StorageError.
    """
    source, target = (open_portable(path, make=False) for path in (present, staged))
    try:
        with snapshot(source) as before, transaction(target) as after:
            newer, older = history_of(before), history_of(after)
            if newer.newsletter != older.newsletter:
                return Departures()
            return _carry(before, after, secrets=secrets, now=now)
    finally:
        source.dispose()
        target.dispose()
        make_single_file(staged)


def _carry(
    present: Connection, staged: Connection, *, secrets: tuple[str, ...], now: dt.datetime
) -> Departures:
    known = people.newest_entry(staged)
    left = 0
    for subscriber_id, status in people.gone_since(present, known):
        left += people.change_status(
            staged,
            subscriber_id,
            status,
            by="author" if status == "unsubscribed" else "mailer",
            at=now,
            source=_SOURCE,
        )
    erased = 0
    # Their fingerprints are in `present`, so that those made here may be of a secret of their own.
    signing = secrets or (token_hex(32),)
    for subscriber_id in people.erased_since(present, known):
        person = people.find_by_id(staged, subscriber_id)
        if person is not None:
            people.erase(staged, person.address, by="author", at=now, secrets=signing)
            reader_records.erase_reader(staged, person.id, person.address)
            vacuum.request(staged, now)
            erased += 1
    if people.newest_entry(present) > known:
        people.copy_suppressions(present, staged)
    return Departures(left=left, erased=erased)
