"""Bring our list and the mailer's own list of whom it does not write to together."""

from __future__ import annotations

import datetime as dt

from newsletter.context import Context
from newsletter.errors import MailerError
from newsletter.sender.mailers import Mailer, NotNow, SuppressedAddress, SuppressionListMailer
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import events
from subscribers import storage as people
from subscribers.errors import InvalidAddress
from subscribers.storage.consent_log import changed_since, resubscribed_since

# Clocks differ; what is read twice does no harm.
_OVERLAP = dt.timedelta(days=1)


def reconcile(context: Context, mailer: Mailer) -> str:
    """Takes in whom the mailer gave up, and tells it who left or came back to us.

    Returns what went wrong, in words: then it is all done again the next time, and the
    issue goes out all the same, for our own list alone decides who gets it.
    """
    if not isinstance(mailer, SuppressionListMailer):
        return ""
    now = context.clock()
    with snapshot(context.engine) as connection:
        last = events.last_reconciled(connection)
    since = last - _OVERLAP if last else None
    try:
        # First who came back: their old entry must not send them away again.
        _tell(context, mailer, since)
        for one in mailer.list_suppressions(since):
            _take_in(context, one)
    except (NotNow, MailerError) as error:
        return f"Who left or bounced elsewhere could not be looked up: {error}"
    with transaction(context.engine) as connection:
        events.set_reconciled(connection, now)
    return ""


def _tell(context: Context, mailer: SuppressionListMailer, since: dt.datetime | None) -> None:
    with snapshot(context.engine) as connection:
        left = changed_since(connection, "unsubscribed", "unsubscribed", since)
        back = resubscribed_since(connection, since)
    for address in back:
        mailer.remove_suppression(address)
    if left:
        mailer.add_suppressions(left)


def _take_in(context: Context, one: SuppressedAddress) -> None:
    with transaction(context.engine) as connection:
        try:
            person = people.find_by_address(connection, one.address)
        except InvalidAddress:
            return
        if person is not None:
            people.change_status(
                connection,
                person.id,
                one.status,
                by="mailer",
                at=context.clock(),
                source="the mailer's own list",
            )
