"""Send an issue now, with a grace in which that can be undone; then deliver it.

    desk, approve page ─▶ send_now ─▶ release_at ─▶ (grace) ─▶ send_released ◀─ the desk's thread
                              └──────── undo_send                └─ or the next `run`

`release_at` is by the real clock. The transactions of a database run one after another, so an
issue is either taken back or frozen, never both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine

from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.post_cleaning import clean_waiting
from newsletter.context import Context, NewsletterConfig
from newsletter.delivery.ledger.stale_backup import require_current_database
from newsletter.delivery.mailboxes import process_mail
from newsletter.delivery.status import IssueProgress, Progress
from newsletter.editorial.approval import approve_issue, log_decision
from newsletter.editorial.checks.check import require_passing_checks
from newsletter.editorial.editions import content_hash, editions_of
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.pinned_edits import edited_posts, edited_titles
from newsletter.errors import NotReady, TooSoon
from newsletter.models import BeforeRelease, Decider, Issue
from newsletter.notices.author_notices import AuthorNotices
from newsletter.notices.run_notices import delivery_notices
from newsletter.pipeline.send import remind_of_rehearsals, send_issue
from newsletter.scheduling.send_policy import is_too_soon
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger.failures import group_failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An issue that is let go."""

    issue: Issue
    #: When it goes.
    at: dt.datetime
    #: Whether it was let go before, so that this call changed nothing.
    was_released: bool = False


def send_now(
    context: Context, name: str, *, seen: str, by: Decider, insist: bool = False
) -> Release:
    """Approve what was `seen` and let it go when the grace of `undo_minutes` is over.

    `seen` is the content hash of what the author looked at. Idempotent: an issue that is let go
    already keeps its time.

    Raise TooSoon if another went out less than three days ago, unless `insist`; NotReady if the
    issue has changed since it was seen, is stopped, frozen or cancelled, or if a check finds an
    error; RehearsalsHoldPosts once before the first real issue; StaleBackup; and SettingsError if
    the settings let no issue go out.
    """
    require_sendable(context.settings, context.secrets, context.mailer)
    with context.lock():
        remind_of_rehearsals(context)
        clean_waiting(context.engine)
        with transaction(context.engine) as connection:
            return _release(
                connection,
                context.config,
                name,
                seen=seen,
                by=by,
                insist=insist,
                now=context.clock(),
                real_now=context.real_clock(),
            )


def _release(
    connection: Connection,
    config: NewsletterConfig,
    name: str,
    *,
    seen: str,
    by: Decider,
    insist: bool,
    now: dt.datetime,
    real_now: dt.datetime,
) -> Release:
    issue = find_issue(connection, config.settings, name)
    if issue.release_at is not None:
        return Release(issue=issue, at=issue.release_at, was_released=True)
    if issue.status not in ("draft", "approved"):
        raise NotReady(_why_not(issue))
    require_current_database(connection)
    if not insist and is_too_soon(_newest_sent(connection, issue), now):
        raise TooSoon(
            "Another issue went out less than three days ago.",
            cure="Say that this one is to go all the same, if you mean it.",
        )
    if issue.approved_hash != seen and (edited := edited_posts(connection, issue)):
        raise NotReady(
            f"{edited_titles(edited)} after you approved issue {issue.number}.",
            cure="Approve the new text first, then send it.",
        )
    before = BeforeRelease(
        status=issue.status,
        approved_hash=issue.approved_hash,
        void_reason=issue.void_reason,
        missed_for=issue.missed_for,
    )
    # What was approved and is seen goes out as it is, without edits that came since.
    if issue.approved_hash != seen or content_hash(connection, config, issue) != seen:
        issue = approve_issue(
            connection, config, str(issue.number), seen=seen or "nothing", by=by, now=now
        ).issue
    editions = editions_of(connection, config, issue)
    require_passing_checks(connection, config, issue, editions, forced=())
    at = real_now + dt.timedelta(minutes=config.settings.issue.undo_minutes)
    issues.release(connection, issue.id, at, before)
    log_decision(connection, issue, "send now", by, now=now, content_hash=seen)
    return Release(issue=replace(issue, release_at=at, before_release=before), at=at)


def _newest_sent(connection: Connection, issue: Issue) -> dt.datetime | None:
    newest = issues.newest_frozen(connection, issue.rhythm)
    return newest.frozen_at if newest else None


def is_sent_too_soon(connection: Connection, issue: Issue, now: dt.datetime) -> bool:
    """Whether another issue of its rhythm went out so recently that the author has to insist."""
    return is_too_soon(_newest_sent(connection, issue), now)


def undo_send(context: Context, name: str, *, by: Decider) -> Issue:
    """Take back an issue that is let go and not frozen, and make it what it was; return it.

    Takes no lock, so that it works while a run is busy with another issue. Raise NotReady if the
    issue is frozen already, or was not let go.
    """
    with transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        before = issue.before_release
        if issue.release_at is None or before is None:
            raise NotReady(_why_not_undone(issue))
        undone = replace(
            issue,
            status=before.status,
            approved_hash=before.approved_hash,
            void_reason=before.void_reason,
            missed_for=before.missed_for,
            release_at=None,
            before_release=None,
        )
        issues.save(connection, undone, pinned=before.status == "approved")
        log_decision(connection, undone, "undo", by, now=context.clock())
        return undone


def _why_not(issue: Issue) -> str:
    if issue.status == "stopped":
        return f"Issue {issue.number} is stopped; let it go on first."
    if issue.status == "cancelled":
        return f"Issue {issue.number} is cancelled."
    return f"Issue {issue.number} is on its way already; nobody gets it twice."


def _why_not_undone(issue: Issue) -> str:
    if issue.frozen_at is not None:
        return (
            f"It is too late to undo: issue {issue.number} is on its way. Stop holds back what "
            "has not gone yet."
        )
    return f"Issue {issue.number} is not let go (any more), so there is nothing to undo."


def next_release(connection: Connection) -> dt.datetime | None:
    """Return when the next issue that is let go goes, by the real clock; None if there is none."""
    released = issues.released_issues(connection)
    return released[0].release_at if released else None


def send_released(
    context: Context,
    *,
    progress: Callable[[Issue], Progress],
    should_stop: Callable[[], bool],
) -> tuple[IssueProgress, ...]:
    """Deliver every issue whose grace is over, and tell the author what failed.

    `progress` returns what receives the figures of an issue. `should_stop` ends a delivery once
    the batches in flight are recorded. Raise Busy if a run is at work, and what sending raises.
    """
    require_sendable(context.settings, context.secrets, context.mailer)
    sent: list[IssueProgress] = []
    with context.lock():
        process_mail(context)
        while (
            issue := _first_released(context.engine, context.real_clock())
        ) is not None and not should_stop():
            delivered = send_issue(
                context, issue, progress=progress(issue), should_stop=should_stop
            )
            sent.append(delivered)
            with snapshot(context.engine) as connection:
                failures = group_failures(connection, delivered.issue.id)
            notices = AuthorNotices(context)
            for notice in delivery_notices(
                delivered, failures, now=context.clock(), zone=context.zone
            ):
                notices.add(notice)
    return tuple(sent)


def _first_released(engine: Engine, real_now: dt.datetime) -> Issue | None:
    with snapshot(engine) as connection:
        released = issues.released_issues(connection)
    due = (issue for issue in released if issue.release_at and issue.release_at <= real_now)
    return next(due, None)
