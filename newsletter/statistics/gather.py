"""Read the figures from the database: of one issue, or of all and the list.

Each query is an aggregate of all issues at once, so a million readers cost the database a scan of
indexes and this process nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.delivery.engagement import count_engagement
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import DeliveryStatus, Figures, Issue
from newsletter.statistics.figures import (
    IssueFigures,
    NewsletterFigures,
    PostFigures,
    effect_end,
)
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import rehearsals, totals
from newsletter.storage.ledger.totals import PostLine
from newsletter.subscriptions.growth import GrowthCounter
from subscribers import storage as people

_REPORTS = ("bounce", "dropped", "spamreport", "delivered", "deferred", "blocked")


def issue_statistics(context: Context, name: str) -> IssueFigures:
    """Return the figures of the issue called `name`: a number, `next` or `last`.

    Raise NotFound or UsageError if there is none, and NotReady if it has not gone out.
    """
    now = context.clock()
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.frozen_at is None:
            raise NotReady(
                f"Issue {issue.number} has not gone out, so there are no figures of it yet.",
                cure="`newsletter stats last` shows those of the newest one that went out.",
            )
        hears = _hears_reports(context.settings, context.secrets)
        reader = _IssueReader(connection, now, hears_reports=hears, issue_id=issue.id)
        return reader.read(issue, issue.frozen_at)


def newsletter_statistics(
    context: Context, growth: GrowthCounter | None = None
) -> NewsletterFigures:
    """Return the figures of every issue that went out, and of the list.

    `growth` remembers how far the consent log was counted.
    """
    now = context.clock()
    with snapshot(context.engine) as connection:
        months = (growth or GrowthCounter()).read(connection, now)
        counts = people.count_by_status(connection)
        hears = _hears_reports(context.settings, context.secrets)
        reader = _IssueReader(connection, now, hears_reports=hears)
        figures = tuple(
            reader.read(issue, issue.frozen_at)
            for issue in issues.all_issues(connection)
            if issue.frozen_at is not None
        )
    return NewsletterFigures(
        title=context.settings.newsletter.title,
        at=now,
        zone=context.zone,
        issues=figures,
        readers=counts,
        months=months,
    )


class _IssueReader:
    """Reads the figures of issues from one state of the database."""

    def __init__(
        self,
        connection: Connection,
        now: dt.datetime,
        *,
        hears_reports: bool,
        issue_id: int | None = None,
    ) -> None:
        self._connection = connection
        self._now = now
        self._hears_reports = hears_reports
        self._deliveries = totals.deliveries_by_issue(connection, issue_id)
        self._events = totals.readers_by_kind(connection, issue_id)
        self._posts = totals.posts_by_issue(connection, issue_id)
        self._rehearsed = rehearsals.rehearsed_numbers(connection)

    def read(self, issue: Issue, frozen_at: dt.datetime) -> IssueFigures:
        """Return the figures of one issue."""
        by_fault = self._deliveries.get(issue.id, Counter())
        by_status: Counter[DeliveryStatus] = Counter()
        failed: Counter[str] = Counter()
        for (status, fault), count in by_fault.items():
            by_status[status] += count
            if status == "failed" and count:
                failed[fault] += count
        events = self._events.get(issue.id, {})
        engagement = count_engagement(events)
        clicks = totals.clicks_by_post(self._connection, issue.id) if events.get("click") else {}
        knows = self._hears_reports or not events.keys().isdisjoint(_REPORTS)
        until = effect_end(frozen_at, issues.frozen_after(self._connection, frozen_at), self._now)
        return IssueFigures(
            number=issue.number,
            key=issue.key,
            rhythm=issue.rhythm,
            status=issue.status,
            subject=issue.subject,
            frozen_at=frozen_at,
            sent_at=issue.sent_at,
            is_rehearsal=issue.number in self._rehearsed,
            deliveries=Figures.from_counts(by_status),
            failed_by=tuple(failed.most_common()),
            delivered=events.get("delivered"),
            bounced=_count(events, ("bounce", "dropped"), known=knows),
            complained=_count(events, ("spamreport",), known=knows),
            unsubscribed=people.count_unsubscribes(self._connection, frozen_at, until),
            effect_until=until,
            engagement=engagement,
            posts=_post_figures(issue.number, self._posts.get(issue.id, ()), clicks),
        )


def _hears_reports(settings: Settings, secrets: Secrets) -> bool:
    """Whether the settings let bounces and complaints of accepted messages be known."""
    sender = settings.sender
    if sender.mailer == "sendgrid":
        return bool(secrets.webhook_key)
    return sender.mailer == "smtp" and bool(sender.smtp.envelope_from)


def _count(events: Mapping[str, int], kinds: Collection[str], *, known: bool) -> int | None:
    return sum(events.get(kind, 0) for kind in kinds) if known else None


def _post_figures(
    issue: int, posts: Collection[PostLine], clicks: Mapping[int, int]
) -> tuple[PostFigures, ...]:
    """Return the posts of an issue. Clicks that name no post at all say nothing of them."""
    return tuple(
        PostFigures(
            id=post.id,
            title=post.title,
            url=post.url,
            issue=issue,
            clicked=clicks.get(post.id, 0) if clicks else None,
            comments=post.comments,
        )
        for post in posts
    )
