"""The author's word on a draft: approve it, or take the approval back."""

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
    """Pins the draft's posts and bytes. Approving twice is no harm.

    `seen` is the content hash the author looked at, where a page showed it: if the draft
    has changed since, nothing is approved. Raises NotReady then, and for an issue that
    is on its way or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(context, connection, name)
        if issue.status == "approved":
            return issue
        if issue.status != "draft":
            raise NotReady(f"Issue {issue.number} is {issue.status}; only a draft is approved.")
        found = content_hash(context, issue)
        if seen and seen != found:
            raise NotReady(
                f"Issue {issue.number} has changed since you looked at it.",
                cure="Look at it again, then approve.",
            )
        approved = replace(issue, status="approved", approved_hash=found)
        issues.save(connection, approved, pinned=True)
        return approved


def unapprove(context: Context, name: str) -> Issue:
    """Makes an approved issue a draft again, which follows the blog."""
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(context, connection, name)
        if issue.status == "draft":
            return issue
        if issue.status != "approved":
            raise NotReady(f"Issue {issue.number} is {issue.status}; it cannot be taken back.")
        opened = replace(issue, status="draft", approved_hash="")
        issues.save(connection, opened)
        return opened
