"""What came of an action, told in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.collecting.collect import FeedReport
from newsletter.config.settings import Settings
from newsletter.models import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReport:
    """A sentence, and whether it is good news or wants a look."""

    sentence: str
    tone: Literal["good", "look"] = "good"


def feeds_told(reports: Sequence[FeedReport]) -> ActionReport:
    """How reading the blog went."""
    broken = [report.error for report in reports if report.status == "failed"]
    if broken:
        return ActionReport(sentence=" ".join(broken), tone="look")
    found = [
        f"{count} {words}"
        for count, words in (
            (sum(report.new for report in reports), "new"),
            (sum(report.changed for report in reports), "changed"),
            (sum(report.withdrawn for report in reports), "withdrawn"),
        )
        if count
    ]
    return ActionReport(sentence=f"The blog was read: {', '.join(found) or 'nothing new'}.")


def copies_told(settings: Settings, copies: Sequence[tuple[str, Receipt]]) -> ActionReport:
    """What became of a test copy."""
    address, receipt = copies[0]
    if receipt.outcome == "accepted":
        if settings.sender.mailer == "outbox":
            where = f"{settings.sender.outbox.folder}/test"
            return ActionReport(sentence=f"The test copy for {address} is in the folder {where}.")
        return ActionReport(sentence=f"A test copy is on its way to {address}.")
    why = receipt.detail.rstrip(".") or "the mailer gave no reason"
    if receipt.outcome == "unknown":
        return ActionReport(
            sentence=f"Nobody can say whether the copy was sent: {why}.", tone="look"
        )
    return ActionReport(sentence=f"The test copy was not sent: {why}.", tone="look")
