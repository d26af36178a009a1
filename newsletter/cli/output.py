"""Values as the JSON that scripts rely on (docs/contract.md), and as text in columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from newsletter.models import Figures, Issue, Post

if TYPE_CHECKING:
    from newsletter.collecting.collect import FeedReport
    from newsletter.delivery.mailboxes import BounceResult
    from newsletter.subscriptions.unsubscribe_mailbox import MailboxResult


def isoformat(moment: dt.datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC, or None."""
    return moment.astimezone(dt.UTC).isoformat() if moment else None


def format_local_time(moment: dt.datetime | None, zone: ZoneInfo) -> str:
    """Return `2026-10-11 07:00` in the author's time zone, or "" for None."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""


def format_day(day: dt.date) -> str:
    """Return `3 September 2026`."""
    return f"{day.day} {day:%B %Y}"


def format_columns(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Return rows under their heads, each column as wide as its widest cell but the last."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads) - 1)]
    lines = []
    for row in (heads, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join((*cells, row[-1])).rstrip())
    return "\n".join(lines)


def post_json(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "title": post.title,
        "url": post.url,
        "published": isoformat(post.published),
        "state": post.state,
        "reason": post.reason,
        "issue": post.issue if post.state == "issued" else None,
    }


def feed_report_json(report: FeedReport) -> dict[str, Any]:
    return {
        "url": report.url,
        "status": report.status,
        "new": report.new,
        "changed": report.changed,
        "withdrawn": report.withdrawn,
        "held": report.held,
        "older": report.older,
        "error": report.error or None,
        "note": report.note or None,
        "pictures": report.pictures or None,
    }


def issue_json(issue: Issue, figures: Figures) -> dict[str, Any]:
    return {
        "number": issue.number,
        "key": issue.key,
        "rhythm": issue.rhythm,
        "status": issue.status,
        "subject": issue.subject,
        "planned_for": isoformat(issue.planned_for),
        "sent_at": isoformat(issue.sent_at),
        "passed_over": issue.passed_over,
        **asdict(figures),
    }


def progress_json(issue: Issue, figures: Figures, reason: str) -> dict[str, Any]:
    return {
        "issue": issue.number,
        "status": issue.status,
        **asdict(figures),
        "reason": reason,
    }


def mailbox_json(result: MailboxResult) -> dict[str, Any]:
    return {
        "read": result.read,
        "unsubscribed": result.unsubscribed,
        "already": result.already,
        "test": result.test,
        "ignored": result.ignored,
        "automatic": result.automatic,
        "forged": result.forged,
        "without_token": result.without_token,
        "more": result.has_more,
        "error": str(result.error) if result.error else None,
    }


def bounces_json(result: BounceResult) -> dict[str, Any]:
    return {
        "read": result.read,
        "bounced": result.bounced,
        "complained": result.complained,
        "recorded": result.recorded,
        "ignored": result.ignored,
        "outdated": result.outdated,
        "repeated": result.repeated,
        "automatic": result.automatic,
        "forged": result.forged,
        "unreadable": result.unreadable,
        "more": result.has_more,
        "error": str(result.error) if result.error else None,
    }
