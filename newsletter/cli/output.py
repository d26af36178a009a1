"""Values as the JSON that scripts rely on (contract.md) and as lines for people. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from newsletter.models import Figures, Issue, Post

if TYPE_CHECKING:
    from newsletter.collecting.collect import FeedReport


def moment(value: dt.datetime | None) -> str | None:
    """ISO 8601 in UTC, or None."""
    return value.astimezone(dt.UTC).isoformat() if value else None


def local(value: dt.datetime | None, zone: ZoneInfo) -> str:
    """A moment on the author's clock, or "" when there is none."""
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M}" if value else ""


def post_json(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "title": post.title,
        "url": post.url,
        "published": moment(post.published),
        "state": post.state,
        "reason": post.reason,
        "issue": post.issue if post.state == "issued" else None,
    }


def feed_json(report: FeedReport) -> dict[str, Any]:
    return {
        "url": report.url,
        "status": report.status,
        "new": report.new,
        "changed": report.changed,
        "withdrawn": report.withdrawn,
        "held": report.held,
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
        "planned_for": moment(issue.planned_for),
        "sent_at": moment(issue.sent_at),
        "passed_over": issue.passed_over,
        **asdict(figures),
    }


def sent_json(issue: Issue, figures: Figures, reason: str) -> dict[str, Any]:
    return {
        "issue": issue.number,
        "status": issue.status,
        **asdict(figures),
        "reason": reason,
    }


def columns(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Rows under their heads, each column as wide as its widest cell; the last is free."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads) - 1)]
    lines = []
    for row in (heads, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join((*cells, row[-1])).rstrip())
    return "\n".join(lines)
