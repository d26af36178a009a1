"""Approve a draft, or take the approval back."""

from __future__ import annotations

from dataclasses import replace

from newsletter.context import Context
from newsletter.editorial.editions import content_hash
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import transaction


def approve(context: Context, name: str, *, seen: str = "") -> Issue:
    """Pin the draft's posts and bytes. Idempotent.

    `seen` is the content hash of what the author looked at, "" if no page showed it. Raise
    NotReady if the draft has changed since then, is frozen or is cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status == "approved":
            return issue
        if issue.status != "draft":
            raise NotReady(f"Issue {issue.number} is {issue.status}; only a draft is approved.")
        current = content_hash(connection, context.config, issue)
        if seen and seen != current:
            raise NotReady(
                f"Issue {issue.number} has changed since you looked at it.",
                cure="Look at it again, then approve.",
            )
        approved = replace(issue, status="approved", approved_hash=current)
        issues.save(connection, approved, pinned=True)
        return approved


def unapprove(context: Context, name: str) -> Issue:
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
        draft = replace(issue, status="draft", approved_hash="")
        issues.save(connection, draft)
        return draft
