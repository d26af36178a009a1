"""Forgets what has served its time: sign-ups nobody confirmed, and the counts of the form."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.storage.database.engine import transaction
from subscribers.storage import address_change, double_opt_in, sign_up_queue


def tidy(context: Context) -> int:
    """Returns how many sign-ups and changes of address ran out unconfirmed."""
    with transaction(context.engine) as connection:
        sign_up_queue.delete_expired(connection, now=context.real_clock())
        return double_opt_in.expire_pending(
            connection, at=context.clock()
        ) + address_change.expire_requests(connection, at=context.clock())
