"""Approve a draft, or take the approval back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.post_cleaning import clean_waiting
from newsletter.composer.checks.proof import Finding
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.checks.check import lint_editions
from newsletter.editorial.editions import content_hash, editions_of
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.pinned_edits import edited_posts, take_edits
from newsletter.errors import NotReady
from newsletter.models import (
    COMMAND_LINE,
    Decider,
    DecisionKind,
    Issue,
    LoggedDecision,
    Post,
)
from newsletter.storage import decisions, issues
from newsletter.storage.database.engine import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An issue after its approval."""

    issue: Issue
    #: The posts whose new text was taken into an issue that was approved before.
    taken: tuple[Post, ...] = ()
    #: Whether it was approved before, and read otherwise because of a setting or a template.
    altered: bool = False
    #: What the checks find that would keep it from being sent.
    errors: tuple[Finding, ...] = ()


def approve(context: Context, name: str, *, seen: str = "", by: Decider = COMMAND_LINE) -> Approval:
    """Pin the draft's posts and bytes. Idempotent.

    An issue that is approved already is approved again with the posts that were edited since, and
    with settings and templates that were changed.
    `seen` is the content hash of what the author looked at, "" if no page showed it. Raise
    NotReady if the issue has changed since then, is frozen or is cancelled, and SettingsError if
    the settings let no issue go out.
    """
    require_sendable(context.settings, context.secrets, context.mailer)
    with context.lock():
        clean_waiting(context.engine)
        with transaction(context.engine) as connection:
            return approve_issue(
                connection, context.config, name, seen=seen, by=by, now=context.clock()
            )


def approve_issue(
    connection: Connection,
    config: NewsletterConfig,
    name: str,
    *,
    seen: str,
    by: Decider,
    now: dt.datetime,
) -> Approval:
    """Approve as `approve` does, on a connection, and log it."""
    issue = find_issue(connection, config.settings, name)
    taken = edited_posts(connection, issue)
    if issue.status not in ("draft", "approved"):
        raise NotReady(f"Issue {issue.number} is {issue.status}; only a draft is approved.")
    if taken:
        issue = take_edits(connection, config, issue)
    current = content_hash(connection, config, issue)
    if current == issue.approved_hash and not taken:
        return Approval(issue=issue)
    if seen and seen != current:
        raise NotReady(
            f"Issue {issue.number} has changed since you looked at it.",
            cure="Look at it again, then approve.",
        )
    approved = replace(
        issue,
        status="approved",
        approved_hash=current,
        void_reason="",
        missed_for=None,
        # What was let go is not what is approved now.
        release_at=None,
        before_release=None,
    )
    issues.save(connection, approved, pinned=True)
    editions = editions_of(connection, config, approved)
    findings = lint_editions(connection, config, approved, editions)
    errors = tuple(finding for finding in findings if finding.level == "error")
    altered = issue.status == "approved" and not taken
    log_decision(connection, approved, "approve", by, now=now, content_hash=current)
    return Approval(issue=approved, taken=taken, altered=altered, errors=errors)


def altered_sentence(issue: Issue) -> str:
    """Return that an approved issue no longer reads as it did, and what to do."""
    return (
        f"Issue {issue.number} no longer reads as it did when it was approved: a setting or a "
        f"template has changed since. Look at it again, then `newsletter approve {issue.number}`."
    )


def is_altered(connection: Connection, config: NewsletterConfig, issue: Issue) -> bool:
    """Whether an issue is approved and reads otherwise by now, so that it cannot be sent."""
    is_approved = issue.status == "approved"
    return is_approved and content_hash(connection, config, issue) != issue.approved_hash


def unapprove(context: Context, name: str, *, by: Decider = COMMAND_LINE) -> Issue:
    """Make an approved issue a draft again, which follows the blog. Idempotent.

    Raise NotReady if the issue is neither approved nor a draft.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status == "draft":
            return issue
        if issue.status != "approved":
            raise NotReady(
                f"Issue {issue.number} is {issue.status}; only an approved one becomes a draft "
                "again."
            )
        draft = replace(
            issue, status="draft", approved_hash="", release_at=None, before_release=None
        )
        issues.save(connection, draft)
        log_decision(connection, draft, "unapprove", by, now=context.clock())
        return draft


def log_decision(
    connection: Connection,
    issue: Issue,
    kind: DecisionKind,
    by: Decider,
    *,
    now: dt.datetime,
    detail: str = "",
    content_hash: str = "",
) -> None:
    """Add a decision on `issue` to the log."""
    decisions.log(
        connection,
        LoggedDecision(
            number=issue.number,
            key=issue.key,
            at=now,
            kind=kind,
            by=by,
            detail=detail,
            content_hash=content_hash,
        ),
    )
