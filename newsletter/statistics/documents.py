"""Figures as the JSON and CSV that scripts rely on (docs/contract.md). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, get_args

from newsletter.models import Fault
from newsletter.statistics.figures import (
    IssueFigures,
    NewsletterFigures,
    PostFigures,
    group_by_weekday,
    rank_posts,
    sum_issues,
)
from newsletter.statistics.notes import notes_on
from subscribers.transfer.cells import guard

FAULTS: tuple[str, ...] = get_args(Fault)
_MOST_POSTS = 20
_ISSUE_COLUMNS = (
    "number",
    "key",
    "rhythm",
    "status",
    "subject",
    "frozen_at",
    "sent_at",
    "rehearsal",
    "planned",
    "accepted",
    "suppressed",
    "failed",
    "unknown",
    "pending",
    *(f"failed_{fault}" for fault in FAULTS),
    "delivered",
    "bounced",
    "complained",
    "unsubscribed",
    "opened",
    "opened_by_machine",
    "clicked",
    "clicked_by_machine",
)
_POST_COLUMNS = ("issue", "id", "title", "url", "clicked", "comments")


def figures_document(figures: NewsletterFigures | IssueFigures) -> dict[str, Any]:
    """Return the JSON document of all issues and the list, or of one issue."""
    if isinstance(figures, IssueFigures):
        return _issue(figures) | {
            "posts": [_post(post) for post in figures.posts],
            "notes": list(notes_on((figures,))),
        }
    counted = figures.counted
    totals = sum_issues(counted)
    return {
        "at": figures.at.isoformat(),
        "readers": dict(figures.readers),
        "growth": [
            {
                "month": f"{month.year:04}-{month.month:02}",
                "came": month.came,
                "left": month.left,
                "bounced": month.bounced,
            }
            for month in figures.months
        ],
        "totals": {
            "issues": totals.issues,
            **asdict(totals.deliveries),
            "failed_by": _faults(totals.failed_by),
            "delivered": totals.delivered,
            "bounced": totals.bounced,
            "complained": totals.complained,
            "unsubscribed": totals.unsubscribed,
            "opened": totals.opened,
            "clicked": totals.clicked,
        },
        "issues": [_issue(issue) for issue in figures.issues],
        "best_posts": [_post(post) for post in rank_posts(counted, _MOST_POSTS)],
        "weekdays": [
            {
                "weekday": day.name,
                "issues": day.issues,
                "accepted": day.accepted,
                "clicked": day.clicked,
                "unsubscribed": day.unsubscribed,
            }
            for day in group_by_weekday(counted, figures.zone)
        ],
        "notes": list(notes_on(figures.issues)),
    }


def figures_csv(figures: NewsletterFigures | IssueFigures) -> str:
    """Return a table with a row for each issue, or for each post of one issue.

    An empty cell is a figure that nobody knows.
    """
    if isinstance(figures, NewsletterFigures):
        return _table(_ISSUE_COLUMNS, map(_issue_row, figures.issues))
    rows = ([_post(post)[name] for name in _POST_COLUMNS] for post in figures.posts)
    return _table(_POST_COLUMNS, rows)


def is_table(head: bytes) -> bool:
    """Whether a file that begins so is a table of ours, which a new one may replace."""
    return any(
        head.startswith(",".join(names).encode()) for names in (_ISSUE_COLUMNS, _POST_COLUMNS)
    )


def _issue(issue: IssueFigures) -> dict[str, Any]:
    engagement = issue.engagement
    return {
        "number": issue.number,
        "key": issue.key,
        "rhythm": issue.rhythm,
        "status": issue.status,
        "subject": issue.subject,
        "frozen_at": issue.frozen_at.isoformat(),
        "sent_at": issue.sent_at.isoformat() if issue.sent_at else None,
        "rehearsal": issue.is_rehearsal,
        **asdict(issue.deliveries),
        "failed_by": _faults(issue.failed_by),
        "delivered": issue.delivered,
        "bounced": issue.bounced,
        "complained": issue.complained,
        "unsubscribed": issue.unsubscribed,
        "unsubscribed_until": issue.effect_until.isoformat(),
        "opened": issue.opened,
        "opened_by_machine": engagement.opened_by_machine if engagement.knows_opens else None,
        "clicked": issue.clicked,
        "clicked_by_machine": engagement.clicked_by_machine if engagement.knows_clicks else None,
    }


def _faults(failed_by: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"fault": fault or None, "count": count} for fault, count in failed_by]


def _post(post: PostFigures) -> dict[str, Any]:
    return {
        "issue": post.issue,
        "id": post.id,
        "title": post.title,
        "url": post.url,
        "clicked": post.clicked,
        "comments": post.comments,
    }


def _issue_row(issue: IssueFigures) -> list[object]:
    values = _issue(issue)
    faults = dict(issue.failed_by)
    values |= {f"failed_{fault}": faults.get(fault, 0) for fault in FAULTS}
    return [values[name] for name in _ISSUE_COLUMNS]


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, str):
        # Subjects and titles come from a feed.
        return guard(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
