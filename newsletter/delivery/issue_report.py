"""What became of issues: the list of them, and one with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.context import NewsletterConfig
from newsletter.delivery.status import IssueProgress, issue_progress
from newsletter.editorial.find_issue import find_issue
from newsletter.models import Figures, Issue
from newsletter.storage import issues
from newsletter.storage.ledger import deliveries, failures, rehearsals
from newsletter.storage.ledger.failures import DeliveryGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIssue:
    """An issue in the list."""

    issue: Issue
    figures: Figures
    #: Whether only the outbox took it, so that nobody was mailed.
    rehearsed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueList:
    """A page of the list of issues."""

    #: The newest first.
    issues: tuple[ListedIssue, ...]
    #: Where the next page begins; 0 at the end.
    below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReport:
    """How an issue stands, and who of it failed. Its figures are in `newsletter.statistics`."""

    progress: IssueProgress
    #: Who failed or waits, by reason, the largest group first.
    groups: tuple[DeliveryGroup, ...]


def list_issue_page(connection: Connection, *, below: int = 0, size: int) -> IssueList:
    """Return a page of the issues, newest first; `below` is where the page before ended."""
    newest = issues.newest_issues(connection, below=below, limit=size + 1)
    rehearsed = rehearsals.rehearsed_numbers(connection)
    listed = tuple(
        ListedIssue(
            issue=issue,
            figures=deliveries.figures_of(connection, issue.id, issue.status),
            rehearsed=issue.number in rehearsed,
        )
        for issue in newest[:size]
    )
    return IssueList(issues=listed, below=newest[size - 1].number if len(newest) > size else 0)


def report_issue(connection: Connection, config: NewsletterConfig, name: str) -> IssueReport:
    """Return what is known of the issue called `name`. Raise NotFound or UsageError."""
    issue = find_issue(connection, config.settings, name)
    return IssueReport(
        progress=issue_progress(connection, config, issue),
        groups=failures.group_failures(connection, issue.id),
    )
