"""The author's own words and order for one issue: show them, change them, undo a change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.compose import write_lines_again
from newsletter.editorial.edit_request import (
    EditRequest,
    apply_request,
    changed_parts,
    hidden_excerpts,
    join_parts,
    with_edits,
    without_last_edit,
)
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotFound, NotReady, UsageError
from newsletter.models import Issue
from newsletter.reader.clean.note import clean_note
from newsletter.storage import issues, posts
from newsletter.storage.database.engine import snapshot, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedIssue:
    """An issue with the author's own edits, and what the last request changed."""

    issue: Issue
    #: The names of the parts that were changed.
    changed: tuple[str, ...] = ()
    #: Why an approval no longer holds, "" if it does or there was none.
    voided: str = ""
    #: What the author wrote and the message does not show, one sentence each.
    notes: tuple[str, ...] = ()


def issue_edits(context: Context, name: str) -> EditedIssue:
    """Return the issue `name` with its own edits. Changes nothing. Raise NotFound."""
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
    return _result(context.config, issue)


def edit_issue(context: Context, name: str, request: EditRequest) -> EditedIssue:
    """Change the issue `name` as the author says, now and at each later refresh of the draft.

    Voids an approval, unless nothing changes. Raise UsageError for words that no message can
    hold, NotFound for a post that does not exist, and NotReady for one that is not in the issue,
    or if the issue is frozen or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_open(connection, context.config, name)
        _require_posts(connection, issue, request)
        edits = apply_request(issue.own_edits, request)
        if edits == issue.own_edits:
            return _result(context.config, issue)
        changed = with_edits(issue, edits)
        if all(edits.treatment(post.id) == "title" for post in changed.posts):
            raise UsageError(
                "An issue shows one post at least with more than its title.",
                cure="Leave one post a card.",
            )
        return _save(connection, context.config, issue, changed)


def undo_edit(context: Context, name: str) -> EditedIssue:
    """Take the last own edit of the issue `name` back, which voids an approval.

    Raise NotReady if there is none, or if the issue is frozen or cancelled, and NotFound.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_open(connection, context.config, name)
        if not issue.earlier_edits:
            raise NotReady(f"Issue {issue.number} has no edit to undo.")
        return _save(connection, context.config, issue, without_last_edit(issue))


def _find_open(connection: Connection, config: NewsletterConfig, name: str) -> Issue:
    issue = find_issue(connection, config.settings, name)
    if issue.frozen_at is not None or issue.status == "cancelled":
        raise NotReady(
            f"Issue {issue.number} is {issue.status}; it stays as it is.",
            cure="`newsletter edit next` edits the next one.",
        )
    return issue


def _require_posts(connection: Connection, issue: Issue, request: EditRequest) -> None:
    """Raise NotFound or NotReady for a post that the issue does not hold."""
    inside = {post.id for post in issue.posts}
    others = tuple(post_id for post_id in request.post_ids if post_id not in inside)
    if not others:
        return
    known = {
        post.id: post
        for post in posts.by_ids(connection, [i for i in others if 0 < i <= issues.LARGEST_NUMBER])
    }
    cure = f"`newsletter edit {issue.number}` lists its posts with their ids."
    for post_id in others:
        if post_id not in known:
            raise NotFound(f"There is no post {post_id}.", cure=cure)
        raise NotReady(f"“{known[post_id].title}” is not in issue {issue.number}.", cure=cure)


def _save(
    connection: Connection, config: NewsletterConfig, issue: Issue, changed: Issue
) -> EditedIssue:
    """Store an issue with other own edits than it had."""
    parts = changed_parts(issue.own_edits, changed.own_edits)
    # A stopped issue goes on as approved if it was.
    was_approved = bool(issue.approved_hash)
    changed = replace(
        changed,
        note=clean_note(changed.own_edits.note, config.settings.newsletter.blog),
        status="draft" if issue.status == "approved" else issue.status,
        approved_hash="",
        void_reason=f"you changed its {join_parts(parts)}" if was_approved else issue.void_reason,
    )
    changed = write_lines_again(connection, config, changed)
    issues.save(connection, changed)
    result = _result(config, changed)
    return replace(result, changed=parts, voided=changed.void_sentence if was_approved else "")


def _result(config: NewsletterConfig, issue: Issue) -> EditedIssue:
    is_full = config.settings.letterhead().body == "full"
    return EditedIssue(issue=issue, notes=hidden_excerpts(issue, is_full=is_full))
