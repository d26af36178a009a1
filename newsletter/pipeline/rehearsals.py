"""Forget the rehearsals, before the first issue is sent to real readers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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


def reset_rehearsals(context: Context) -> RehearsalReset:
    """Forget the posts, greetings and issue numbers that issues in the outbox used up.

    The next issue is number 1 again. The current draft stays a draft, and readers who
    unsubscribed during a rehearsal stay unsubscribed. Raise NotReady, and change nothing,
    once any issue was given to a mailer that reaches real readers.
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
        posts = rehearsals.delete_rehearsals(connection)
        draft_number = rehearsals.renumber(connection)
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
    target.mkdir()
    for folder in folders:
        folder.rename(target / folder.name)
    return target
