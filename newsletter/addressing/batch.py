"""Assemble a batch: an edition, its recipients, and the envelope around each message."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from newsletter.models import Edition, Fault, Issue, Recipient
from newsletter.sender.batch import Batch, Envelope, EnvelopeSender, Hold


def build_batch(
    edition: Edition,
    recipients: Sequence[Recipient],
    *,
    envelope: Envelope,
    date: dt.datetime,
    issue: Issue | None = None,
    attempt_id: str | None = None,
    batch_id: int = 0,
    fence: int = 0,
    hold: Hold | None = None,
    put_off_for: Mapping[int, Fault] | None = None,
    envelope_sender: EnvelopeSender | None = None,
) -> Batch:
    """Return a batch for a mailer.

    `issue` is None for a transactional message. `attempt_id` is a new one unless it is given.
    Only deliveries in the ledger have `batch_id`, `fence`, `hold`, `put_off_for` and
    `envelope_sender`.
    """
    return Batch(
        id=batch_id,
        attempt_id=uuid.uuid4().hex if attempt_id is None else attempt_id,
        issue_number=issue.number if issue else 0,
        issue_key=issue.key if issue else "",
        edition=edition,
        recipients=recipients,
        date=date,
        envelope=envelope,
        fence=fence,
        hold=hold,
        put_off_for=put_off_for or {},
        envelope_sender=envelope_sender,
    )
