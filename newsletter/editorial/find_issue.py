"""Find issues: by the name a person gives, or all of them; and what happens next with one."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
from sqlalchemy import Connection

from newsletter.addressing.audience import demand_for
from newsletter.config.settings import Settings
from newsletter.context import NewsletterConfig
from newsletter.errors import NotFound, UsageError
from newsletter.models import Figures, Issue, Rhythm
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.scheduling.send_policy import StatusDescription, describe_status
from newsletter.storage import issues, posts
from newsletter.storage.ledger import deliveries

MONTHLY: Rhythm = "monthly"


def list_issues(connection: Connection) -> tuple[tuple[Issue, Figures], ...]:
    """Return every issue, oldest first, each with the figures of its deliveries."""
    return tuple(
        (issue, deliveries.figures_of(connection, issue.id, issue.status))
        for issue in issues.all_issues(connection)
    )


def list_underway(connection: Connection, *, since: dt.datetime) -> tuple[Issue, ...]:
    """Return the issues that are let go, in delivery or stopped in it, or out `since` then."""
    return (*issues.released_issues(connection), *issues.issues_underway(connection, since))


def describe_issue(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> StatusDescription:
    """Return what happens next with an issue that is not frozen."""
    settings = config.settings.issue
    return describe_status(
        issue,
        due=issue.planned_for <= now,
        approval=settings.approval,
        veto_hours=settings.veto_hours,
        readers=demand_for(connection, config.settings, issue).readers,
        now=now,
        zone=config.zone,
    )


def find_issue(connection: Connection, settings: Settings, name: str) -> Issue:
    """Return the issue called `name`: a number, `next` or `last`.

    Raise NotFound, or UsageError for a name that is none of these.
    """
    if name == "next":
        return _next_issue(connection, settings)
    if name == "last":
        issue = issues.newest_frozen(connection)
        if issue is None:
            raise NotFound("No issue has gone out yet.")
        return issue
    if not name.isdecimal():
        raise UsageError(f"{name!r} names no issue.", cure="Give a number, `next` or `last`.")
    issue = issues.by_number(connection, int(name))
    if issue is None:
        raise NotFound(
            f"There is no issue {int(name)}.", cure="`newsletter issues` lists them all."
        )
    return issue


def _next_issue(connection: Connection, settings: Settings) -> Issue:
    """Return the issue not frozen yet that is due first; of two, the newsletter's own."""
    own_rhythm = settings.issue.rhythm
    stored = (
        issues.newest_unfrozen(connection, rhythm)
        for rhythm in dict.fromkeys((own_rhythm, MONTHLY))
    )
    drafts = [issue for issue in stored if issue is not None]
    if not drafts:
        newest = issues.newest_frozen(connection)
        if newest is not None and newest.status in IN_DELIVERY:
            raise NotFound(
                f"There is no draft now: issue {newest.number} is on its way.",
                cure="`newsletter send last` goes on with it.",
            )
        raise NotFound("There is no draft now.", cure="Make one with `newsletter draft`.")
    return min(drafts, key=lambda issue: (issue.planned_for, issue.rhythm != own_rhythm))


def issue_state(connection: Connection, number: int | None) -> str:
    """Return a short hash of an issue and of the posts that wait.

    An open page notices by it that anything changed. None stands for no issue.
    """
    stored = issues.by_number(connection, number) if number is not None else None
    what = (stored, posts.state_summary(connection))
    encoded = msgspec.json.encode(what, enc_hook=str)
    return hashlib.sha256(encoded).hexdigest()[:16]
