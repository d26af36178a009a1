"""Forgets what has served its time: sign-ups nobody confirmed, and the counts of the form."""

from __future__ import annotations

from newsletter.pipeline.context import Context
from newsletter.storage.engine import writing
from subscribers.storage import joining, moving, sign_ups


def tidy(context: Context) -> int:
    """Returns how many sign-ups and changes of address ran out unconfirmed."""
    with writing(context.engine) as connection:
        sign_ups.sweep(connection, now=context.real_clock())
        return joining.expire(connection, at=context.clock()) + moving.expire_moves(
            connection, at=context.clock()
        )
