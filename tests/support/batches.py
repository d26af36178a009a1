"""A sample edition, its envelope, batches of it for any recipients, and receipts by reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from newsletter import merge
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender.batch import Batch, Envelope

NONCE = "7f3a9c"
ADDRESS = merge.tag(NONCE, "address")
UNSUBSCRIBE = merge.tag(NONCE, "unsubscribe_url")

EDITION = Edition(
    key="north",
    hemisphere="north",
    issue=12,
    subject="Hips over foam rollers, +2 more",
    preheader="What a week on the trails.",
    html=(
        "<!doctype html>\n<html><body><h1>Hello fall running season!!</h1>\n"
        f"<p>Für {ADDRESS}: 100 % = alles.</p>\n"
        f'<a href="{UNSUBSCRIBE}">Unsubscribe</a>\n</body></html>\n'
    ),
    text=f"Hello fall running season!!\n\nFür {ADDRESS}\nUnsubscribe: {UNSUBSCRIBE}\n",
    mjml="",
    nonce=NONCE,
    content_hash="f00d",
)
ENVELOPE = Envelope(
    from_address="Happy Trails <news@example.com>",
    reply_to="author@example.com",
    list_id="weekly.example.com",
    list_title="Happy Trails Weekly",
    help_url="https://example.com/about",
)


def recipient(number: int, to: str = "", **fields: str) -> Recipient:
    """Return recipient `number`, with the merge fields of the edition unless `fields` replace
    them."""
    to = to or f"runner{number}@example.org"
    own = {"unsubscribe_url": f"https://news.example.com/unsubscribe/T{number}", "address": to}
    return Recipient(subscriber_id=number, address=to, fields=tuple((own | fields).items()))


def batch(*recipients: Recipient, envelope: dict[str, Any] | None = None, **edition: Any) -> Batch:
    """Return a batch of `EDITION` for these recipients, with fields of envelope and edition
    replaced."""
    return Batch(
        id=1,
        attempt_id="attempt-1",
        issue_number=12,
        issue_key="2026-W48",
        edition=replace(EDITION, **edition),
        recipients=recipients,
        date=dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC),
        envelope=replace(ENVELOPE, **(envelope or {})),
    )


def outcomes(receipts: Iterable[Receipt]) -> list[str]:
    """Return the outcomes in the order of the readers' numbers."""
    return [receipt.outcome for receipt in by_reader(receipts)]


def faults(receipts: Iterable[Receipt]) -> list[str]:
    """Return the faults in the order of the readers' numbers."""
    return [receipt.fault for receipt in by_reader(receipts)]


def by_reader(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return the receipts in the order of the readers' numbers."""
    return sorted(receipts, key=lambda receipt: receipt.subscriber_id)
