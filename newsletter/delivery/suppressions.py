"""Keep our list and the mailer's suppression lists the same: who left or bounced, here and there.

Before each freeze, and once a day where SendGrid's link unsubscribes (`[site] unsubscribe`). There
its lists are the only sign of who left, so an issue waits until they were read; elsewhere our own
list decides, and a failure is only told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from sqlalchemy import Connection, Engine

from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.errors import LeaversUnknown, MailerError
from newsletter.models import Issue
from newsletter.sender.mailers import Mailer, NotNow, SuppressedAddress, SuppressionListMailer
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import events
from subscribers import storage as people
from subscribers.errors import InvalidAddress
from subscribers.lifecycle import may_become
from subscribers.models import Subscriber
from subscribers.storage.consent_log import changed_since, resubscribed_since

# The server's clock may differ from ours. Reading an entry twice is harmless.
_OVERLAP = dt.timedelta(days=1)
_DAY = dt.timedelta(days=1)
# Entries that share a transaction.
_TOGETHER = 500


def require_leavers(
    engine: Engine,
    mailer: Mailer,
    settings: Settings,
    issue: Issue,
    *,
    clock: Callable[[], dt.datetime],
) -> str:
    """Take over the mailer's lists before `issue` is frozen; return what went wrong.

    Return "" for nothing. Raise LeaversUnknown if SendGrid's link unsubscribes and its lists could
    not be read.
    """
    problem = sync_suppressions(engine, mailer, clock=clock)
    if problem and settings.site.unsubscribe == "sendgrid":
        raise LeaversUnknown(
            f"Issue {issue.number} waits, and nobody got it: {_lower_first(problem)} The lists at "
            "SendGrid are the only sign of who unsubscribed there.",
            cure="The next run tries again. The key needs access to Suppressions and Unsubscribe "
            "Groups; `newsletter doctor` looks at it.",
        )
    return problem


def sync_daily(context: Context) -> str:
    """Take over SendGrid's lists if its link unsubscribes and a day has passed since the last time.

    Return what went wrong, "" for nothing. So a reader who left counts as gone within a day, and
    not only when the next issue is due.
    """
    sender = context.settings.sender
    if context.settings.site.unsubscribe != "sendgrid" or sender.mailer != "sendgrid":
        return ""
    with snapshot(context.engine) as connection:
        last = events.last_reconciled(connection)
    if last is not None and last <= context.clock() < last + _DAY:
        return ""
    with closing(context.mailer()) as mailer:
        return sync_suppressions(context.engine, mailer, clock=context.clock)


def sync_suppressions(engine: Engine, mailer: Mailer, *, clock: Callable[[], dt.datetime]) -> str:
    """Report our changes to the mailer, and suppress the addresses that it suppresses.

    Return what went wrong, "" for nothing. The next call repeats everything then.
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
        listed = iter(mailer.list_suppressions(since))
        while entries := tuple(islice(listed, _TOGETHER)):
            _suppress(engine, entries, started=now, clock=clock)
    except (NotNow, MailerError) as error:
        return f"Who left or bounced elsewhere could not be looked up: {error}"
    with transaction(engine) as connection:
        events.set_reconciled(connection, now)
    return ""


def _suppress(
    engine: Engine,
    entries: Sequence[SuppressedAddress],
    *,
    started: dt.datetime,
    clock: Callable[[], dt.datetime],
) -> None:
    now = clock()
    with snapshot(engine) as connection:
        # Most entries are known, or of people who are on no list of ours.
        news = [entry for entry, _ in _to_change(connection, entries, started, now)]
    if not news:
        return
    with transaction(engine) as connection:
        for entry, reader in _to_change(connection, news, started, now):
            people.change_status(
                connection,
                reader.id,
                entry.status,
                by="mailer",
                at=now,
                source="the mailer's own list",
            )


def _to_change(
    connection: Connection,
    entries: Sequence[SuppressedAddress],
    started: dt.datetime,
    now: dt.datetime,
) -> Iterator[tuple[SuppressedAddress, Subscriber]]:
    """Yield the entries that change a reader's status, with the reader."""
    for entry in entries:
        try:
            reader = people.find_by_address(connection, entry.address)
        except InvalidAddress:
            continue
        if reader is None or not may_become(reader.status, entry.status, "mailer"):
            continue
        consent_at = people.last_consent_at(connection, reader.id)
        if consent_at is not None and started < consent_at <= now:
            # They came back while the lists were read; their entry is removed next time. A
            # consent from the future is a wrong clock's, and must not outweigh the wish to leave.
            continue
        yield entry, reader


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
