"""Give up stragglers: readers whose server put an issue off until it was too late.

::

    after each delivery ──▶ give_up_expired    put off for `[sender] give_up_hours`
    next issue's freeze ──▶ give_up_older      all of the older issues of that rhythm
                                └──▶ failed, booked on the reader ──▶ complete_issue

An issue that others have, and whose last readers are refused as if our account were at fault,
waits for the account. After the same hours it holds up no newer issue (`may_be_passed_over`), and
once a newer one is accepted its rest is given up (`give_up_rest`): then it was not the account.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from newsletter.delivery.bounces import book_refusal
from newsletter.delivery.status import IssueProgress, complete_issue
from newsletter.models import Issue
from newsletter.storage import issues
from newsletter.storage.ledger import deliveries, stragglers


def give_up_expired(
    connection: Connection, issue: Issue, *, give_up_hours: int, now: dt.datetime
) -> int:
    """Fail the stragglers that were first put off `give_up_hours` ago; return their number."""
    return _give_up(connection, issue, now - dt.timedelta(hours=give_up_hours), now)


def give_up_older(
    connection: Connection, newer: Issue, *, at: dt.datetime, now: dt.datetime
) -> None:
    """Fail every straggler of the older issues of the same rhythm, and complete these issues.

    Whoever waits gets the newer issue instead. `at` is the time by the real clock.
    """
    for issue in issues.issues_in_delivery(connection):
        if issue.rhythm == newer.rhythm and issue.number < newer.number:
            _give_up(connection, issue, None, now)
            complete_issue(connection, issue, at=at, now=now)


def may_be_passed_over(progress: IssueProgress, give_up_hours: int, *, now: dt.datetime) -> bool:
    """Whether the next issue may go although this one cannot go on. Pure."""
    frozen_at = progress.issue.frozen_at
    return (
        progress.figures.accepted > 0
        and frozen_at is not None
        and frozen_at + dt.timedelta(hours=give_up_hours) <= now
    )


def give_up_rest(
    connection: Connection, progress: IssueProgress, *, at: dt.datetime, now: dt.datetime
) -> None:
    """Fail all that is pending of an issue that was passed over, and complete it."""
    detail = progress.words or "the mail server took nothing for them"
    deliveries.fail_pending(connection, progress.issue.id, detail=detail, now=now)
    complete_issue(connection, progress.issue, at=at, now=now)


def _give_up(
    connection: Connection, issue: Issue, deferred_by: dt.datetime | None, now: dt.datetime
) -> int:
    given_up = stragglers.give_up(connection, issue.id, deferred_by=deferred_by, now=now)
    for straggler in given_up:
        if straggler.fault == "reader_later":
            book_refusal(
                connection,
                issue_number=issue.number,
                subscriber_id=straggler.subscriber_id,
                detail=straggler.detail,
                now=now,
            )
    return len(given_up)
