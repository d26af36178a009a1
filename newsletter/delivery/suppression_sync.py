"""Synchronise our suppressions with the list of suppressed addresses that the mailer keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from newsletter.errors import MailerError
from newsletter.sender.mailers import Mailer, NotNow, SuppressedAddress, SuppressionListMailer
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import events
from subscribers import storage as people
from subscribers.errors import InvalidAddress
from subscribers.storage.consent_log import changed_since, resubscribed_since

# The server's clock may differ from ours. Reading an entry twice is harmless.
_OVERLAP = dt.timedelta(days=1)


def sync_suppressions(engine: Engine, mailer: Mailer, *, clock: Callable[[], dt.datetime]) -> str:
    """Report our changes to the mailer, and suppress the addresses that it suppresses.

    Return what went wrong, "" for nothing. A failure does not hold up the issue, since our own
    list decides who gets it, and the next call repeats everything.
    """
    if not isinstance(mailer, SuppressionListMailer):
        return ""
    now = clock()
    with snapshot(engine) as connection:
        last = events.last_reconciled(connection)
        since = last - _OVERLAP if last else None
        unsubscribed = changed_since(connection, "unsubscribed", "unsubscribed", since)
        returned = resubscribed_since(connection, since)
    try:
        # Remove before listing: the old entry of a reader who came back would suppress them again.
        for address in returned:
            mailer.remove_suppression(address)
        if unsubscribed:
            mailer.add_suppressions(unsubscribed)
        for entry in mailer.list_suppressions(since):
            with transaction(engine) as connection:
                _suppress(connection, entry, clock())
    except (NotNow, MailerError) as error:
        return f"Who left or bounced elsewhere could not be looked up: {error}"
    with transaction(engine) as connection:
        events.set_reconciled(connection, now)
    return ""


def _suppress(connection: Connection, entry: SuppressedAddress, now: dt.datetime) -> None:
    try:
        subscriber = people.find_by_address(connection, entry.address)
    except InvalidAddress:
        return
    if subscriber is not None:
        people.change_status(
            connection,
            subscriber.id,
            entry.status,
            by="mailer",
            at=now,
            source="the mailer's own list",
        )
