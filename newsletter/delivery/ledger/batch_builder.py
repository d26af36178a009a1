"""A claimed batch becomes one that a mailer can send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsletter.addressing.envelope import envelope, verp
from newsletter.addressing.recipients import recipients
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import origins
from newsletter.models import Issue
from newsletter.sender.batch import Batch, Hold
from newsletter.storage import issues
from newsletter.storage.database.engine import retry_snapshot, snapshot
from newsletter.storage.ledger.batches import ClaimedBatch
from subscribers import storage as people


class BatchBuilder:
    """What the batches of a frozen issue have in common. Raises ValueError for a draft."""

    def __init__(self, context: Context, issue: Issue) -> None:
        if issue.frozen_at is None:
            raise ValueError("only a frozen issue has deliveries")
        self._context, self._issue = context, issue
        self._date = issue.frozen_at
        # What has no secret to sign with is never sent.
        origin = next(iter(origins(context.secrets.signing)), "")
        self._envelope = envelope(context.settings, origin=origin)
        self._verp = verp(context.settings, context.secrets, issue.number)
        with snapshot(context.engine) as connection:
            self._editions = {one.key: one for one in issues.editions_of(connection, issue)}

    def batch_of(self, claimed: ClaimedBatch) -> Batch:
        """A claimed batch as a mailer wants it."""
        hold = Hold(id=claimed.hold_id, send_at=claimed.send_at) if claimed.send_at else None
        names = self._names([subscriber for subscriber, _ in claimed.deliveries])
        return Batch(
            id=claimed.id,
            attempt_id=claimed.attempt_id,
            fence=claimed.fence,
            hold=hold,
            issue_number=self._issue.number,
            issue_key=self._issue.key,
            edition=self._editions[claimed.edition],
            recipients=recipients(
                self._context.config, self._context.secrets, claimed.deliveries, names
            ),
            date=self._date,
            envelope=self._envelope,
            verp=self._verp,
        )

    def _names(self, ids: Sequence[int]) -> Mapping[int, str]:
        """The readers' names, asked for only where messages greet by name."""
        if not self._context.settings.newsletter.salutation:
            return {}
        return retry_snapshot(
            self._context.engine, lambda connection: people.names_of(connection, ids)
        )
