"""A marked copy of an issue for the author's own inbox. Changes no state."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import closing

from newsletter.addressing.envelope import envelope, require_sendable
from newsletter.addressing.recipients import stranger
from newsletter.context import Context
from newsletter.editorial.editions import editions_of
from newsletter.editorial.find_issue import find
from newsletter.errors import NotFound
from newsletter.models import Edition, Issue, Receipt
from newsletter.sender.batch import Batch
from newsletter.storage.database.engine import snapshot


def send_test(
    context: Context, name: str, addresses: Sequence[str], *, edition: str | None = None
) -> tuple[tuple[str, Receipt], ...]:
    """Sends a copy marked [Test] to each address; returns what became of each."""
    require_sendable(context)
    with snapshot(context.engine) as connection:
        issue = find(context, connection, name)
        chosen = pick(editions_of(context, connection, issue), edition)
    return send_copy(context, issue, chosen, addresses)


def send_copy(
    context: Context, issue: Issue, edition: Edition, addresses: Sequence[str]
) -> tuple[tuple[str, Receipt], ...]:
    """Sends these bytes, marked, to these addresses."""
    unique = tuple(dict.fromkeys(addresses))
    recipients = tuple(stranger(context, one, place) for place, one in enumerate(unique))
    batch = Batch(
        id=0,
        attempt_id=uuid.uuid4().hex,
        issue=issue.number,
        issue_key=issue.key,
        edition=edition,
        recipients=recipients,
        date=context.clock(),
        envelope=envelope(context.settings, kind="test"),
    )
    with closing(context.mailer()) as mailer:
        receipts = {receipt.subscriber_id: receipt for receipt in mailer.send(batch)}
    return tuple((one.address, receipts[one.subscriber_id]) for one in recipients)


def pick(editions: tuple[Edition, ...], key: str | None) -> Edition:
    """The edition of that key, the author's own when none is named."""
    if key is None:
        return editions[0]
    found = next((one for one in editions if one.key == key), None)
    if found is None:
        there = ", ".join(one.key for one in editions)
        raise NotFound(f"This issue has no edition {key!r}.", cure=f"It has: {there}.")
    return found
