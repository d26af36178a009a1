"""Forget the rehearsals, before the first issue goes to real people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from newsletter.context import Context
from newsletter.errors import NotReady
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import rehearsals


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalReset:
    """What was forgotten: `issues` rehearsed, `posts` that wait again; `moved_to` is where
    the outbox's issues went, None if there were none. `kept` is the draft that stays.
    """

    issues: int
    posts: int
    kept: int | None
    moved_to: Path | None


def reset_rehearsals(context: Context) -> RehearsalReset:
    """Forgets posts, greetings and issue numbers that outbox trials used up.

    The next issue is number 1 again. A draft in the making stays, as a draft. Readers who
    left during a rehearsal stay out. Raises NotReady once any issue was given to a mailer
    that reaches people: then nothing is changed.
    """
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
        posts = rehearsals.forget(connection)
        kept = rehearsals.renumber(connection)
        # Before the commit: where moving fails, the numbers stay taken.
        moved_to = _move_aside(context, numbers)
    return RehearsalReset(issues=len(numbers), posts=posts, kept=kept, moved_to=moved_to)


def _move_aside(context: Context, numbers: tuple[int, ...]) -> Path | None:
    outbox = context.folder / context.settings.sender.outbox.folder
    there = [outbox / str(number) for number in numbers if (outbox / str(number)).is_dir()]
    if not there:
        return None
    count = 1
    while (aside := outbox / f"rehearsal-{count}").exists():
        count += 1
    aside.mkdir()
    for folder in there:
        folder.rename(aside / folder.name)
    return aside
