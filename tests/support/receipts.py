"""Receipts as tests look at them: by reader, whatever the order in which they were asked."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.models import Receipt


def outcomes(receipts: Iterable[Receipt]) -> list[str]:
    """Return the outcomes in the order of the readers' numbers."""
    return [receipt.outcome for receipt in by_reader(receipts)]


def faults(receipts: Iterable[Receipt]) -> list[str]:
    """Return the faults in the order of the readers' numbers."""
    return [receipt.fault for receipt in by_reader(receipts)]


def by_reader(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return the receipts in the order of the readers' numbers."""
    return sorted(receipts, key=lambda receipt: receipt.subscriber_id)
