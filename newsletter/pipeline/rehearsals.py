"""Rehearsals with the outbox, before the first issue is sent to real readers: a reminder of the
posts that they hold, and `reset --rehearsals`, which forgets them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.errors import NotReady
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import rehearsals


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalReset:
    """The rehearsals that were forgotten."""

    #: How many rehearsed issues.
    issues: int
    #: How many of their posts wait for an issue again.
    posts: int
    #: The number of the draft that stays, None if there is none.
    draft_number: int | None
    #: The folder that the outbox's files were moved to, None if there were none.
    moved_to: Path | None


def rehearsal_reminder(connection: Connection, settings: Settings) -> str:
    """Return that rehearsed issues hold posts which no reader got, "" if it was said before.

    It is said while `reset --rehearsals` can still let these posts go out: from when a real
    mailer is configured until the first issue is given to it.
    """
    if settings.sender.mailer == "outbox":
        return ""
    summary = rehearsals.find_rehearsals(connection)
    if summary is None or rehearsals.is_reminded(connection, summary):
        return ""
    issues = (
        "1 rehearsed issue holds"
        if summary.issues == 1
        else f"{summary.issues} rehearsed issues hold"
    )
    posts = "1 post" if summary.posts == 1 else f"{summary.posts} posts"
    lets = "lets it go out" if summary.posts == 1 else "lets them go out"
    return (
        f"{issues} {posts} that no reader got: `newsletter reset --rehearsals` {lets} and "
        "numbers the issues from 1 again. Once a real issue is sent, that is no longer possible. "
        "Nothing is sent this time; this is said once."
    )


def remember_reminder(connection: Connection, now: dt.datetime) -> None:
    """Store that the author was reminded, so that the next `run` or `send` goes on."""
    summary = rehearsals.find_rehearsals(connection)
    if summary is not None:
        rehearsals.add_reminder(connection, summary, now)


def reset_rehearsals(context: Context) -> RehearsalReset:
    """Forget the posts, greetings and issue numbers that issues in the outbox used up.

    The next issue is number 1 again. An approved one is a draft again, because its number is part
    of what was approved. Readers who unsubscribed during a rehearsal stay unsubscribed. Without a
    rehearsal nothing changes. Raise NotReady, and change nothing, once any issue was given to a
    mailer that reaches real readers.
    """
    outbox = context.folder / context.settings.sender.outbox.folder
    with context.lock(), transaction(context.engine) as connection:
        real = rehearsals.first_real(connection)
        if real is not None:
            number, mailer = real
            raise NotReady(
                f"Issue {number} went out by {mailer}: that was no rehearsal, and nothing "
                "was forgotten.",
                cure="From now on, rehearse in a folder of its own.",
            )
        numbers = rehearsals.frozen_numbers(connection)
        if not numbers:
            draft_number = rehearsals.newest_number(connection)
            return RehearsalReset(issues=0, posts=0, draft_number=draft_number, moved_to=None)
        posts = rehearsals.delete_rehearsals(connection)
        draft_number = rehearsals.renumber(connection)
        # Before the commit, because the journal holds nothing of a database that was reset.
        context.journal.record_reset(at=context.real_clock())
        # Before the commit: if moving the files fails, the issue numbers stay used.
        moved_to = _move_aside(outbox, numbers)
    return RehearsalReset(
        issues=len(numbers), posts=posts, draft_number=draft_number, moved_to=moved_to
    )


def _move_aside(outbox: Path, numbers: tuple[int, ...]) -> Path | None:
    """Move the issues' folders into a new folder of the outbox, and return that."""
    folders = [outbox / str(number) for number in numbers if (outbox / str(number)).is_dir()]
    if not folders:
        return None
    count = 1
    while (target := outbox / f"rehearsal-{count}").exists():
        count += 1
    target.mkdir(mode=0o700)
    for folder in folders:
        folder.rename(target / folder.name)
    return target
