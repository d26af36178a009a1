"""The sender's ledger, kept in the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from newsletter.models import DeliveryStatus, Issue, Receipt
from newsletter.pipeline.context import Context
from newsletter.pipeline.envelope import envelope
from newsletter.pipeline.readers import recipient
from newsletter.sender.batch import Batch
from newsletter.sender.states import after
from newsletter.storage import deliveries, issues
from newsletter.storage.deliveries import Claimed
from newsletter.storage.engine import reading, writing
from subscribers import storage as people


class StoredLedger:
    """The deliveries of one frozen issue. Each call commits before it returns."""

    def __init__(self, context: Context, issue: Issue) -> None:
        if issue.frozen_at is None:
            raise ValueError("only a frozen issue has deliveries")
        self._context = context
        self._issue = issue
        self._date = issue.frozen_at
        self._envelope = envelope(context.settings)
        with reading(context.engine) as connection:
            self._editions = {one.key: one for one in issues.editions_of(connection, issue)}

    def claim(self) -> Batch | None:
        """The next batch, its intent committed; None when none is left or it is stopped."""
        with writing(self._context.engine) as connection:
            fresh = issues.by_number(connection, self._issue.number)
            if fresh is None or fresh.status not in ("frozen", "sending"):
                return None
            if fresh.status == "frozen":
                issues.set_status(connection, fresh.id, "sending")
            claimed = deliveries.claim(
                connection,
                self._issue.id,
                attempt_id=uuid.uuid4().hex,
                mailable=lambda ids: people.mailable_ids(connection, ids),
                now=self._context.clock(),
            )
        return self._batch(claimed) if claimed else None

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Writes what became of a batch; what was not sent may be claimed again."""
        statuses = dict(after(receipts).deliveries)
        outcomes: dict[DeliveryStatus, list[tuple[int, str]]] = {}
        for receipt in receipts:
            found = outcomes.setdefault(statuses[receipt.subscriber_id], [])
            found.append((receipt.subscriber_id, receipt.detail))
        with writing(self._context.engine) as connection:
            deliveries.record(
                connection,
                batch.id,
                outcomes,
                provider_id=next((r.provider_id for r in receipts if r.provider_id), ""),
                detail=next((r.detail for r in receipts if r.detail), ""),
                now=self._context.clock(),
            )

    def unsettled(self) -> Iterator[Batch]:
        """Batches whose outcome is unknown."""
        with reading(self._context.engine) as connection:
            found = deliveries.unsettled(connection, self._issue.id)
        for claimed in found:
            yield self._batch(claimed)

    def _batch(self, claimed: Claimed) -> Batch:
        return Batch(
            id=claimed.id,
            attempt_id=claimed.attempt_id,
            issue=self._issue.number,
            issue_key=self._issue.key,
            edition=self._editions[claimed.edition],  # type: ignore[index]  # stored keys are hemispheres
            recipients=tuple(
                recipient(self._context, subscriber, address)
                for subscriber, address in claimed.deliveries
            ),
            date=self._date,
            envelope=self._envelope,
        )
