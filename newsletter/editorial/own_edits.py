"""The author's own words and order for one issue: show them, change them, undo and redo."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.collecting.post_cleaning import clean_these
from newsletter.collecting.uploaded_pictures import require_uploads
from newsletter.composer.digest import arrange_posts, pictures_of
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.compose import write_lines_again
from newsletter.editorial.edit_request import (
    EditRequest,
    apply_request,
    changed_parts,
    hidden_excerpts,
    join_parts,
    require_seen,
    with_edit_again,
    with_edits,
    without_last_edit,
)
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.issue_greetings import greet_again
from newsletter.errors import NotFound, NotReady, UsageError
from newsletter.models import Issue, OwnEdits, Post
from newsletter.reader.clean.note import clean_note
from newsletter.storage import issues, posts
from newsletter.storage.database.engine import transaction

_UNDO_PARTS = frozenset(name for name in OwnEdits.__slots__)


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
    #: The names of other parts that were changed elsewhere since the author looked.
    elsewhere: tuple[str, ...] = ()


def issue_edits(connection: Connection, config: NewsletterConfig, name: str) -> EditedIssue:
    """Return the issue `name` with its own edits. Raise NotFound."""
    return _result(config, find_issue(connection, config.settings, name))


def edit_issue(
    context: Context, name: str, request: EditRequest, *, seen: str = "", amend: bool = False
) -> EditedIssue:
    """Change the issue `name` as the author says, now and at each later refresh of the draft.

    `seen` is the token of the own edits that the author looked at, "" for no page. `amend` goes
    on with the last edit, so that both are undone at once.

    Voids an approval, unless nothing changes. Raise UsageError for words that no message can
    hold, NotFound for a post that does not exist, EditConflict if the same part was changed
    since it was `seen`, and NotReady for a post that is not in the issue, or if the issue is
    frozen or cancelled.
    """
    if request.pull_in:
        clean_these(context.engine, request.pull_in)
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_open(connection, context.config, name)
        elsewhere = require_seen(issue, seen, request.parts)
        _require_posts(connection, issue, request)
        edits = apply_request(issue.own_edits, request)
        if edits == issue.own_edits:
            return replace(_result(context.config, issue), elsewhere=elsewhere)
        changed = _with_posts(connection, issue, with_edits(issue, edits, amend=amend))
        if all(edits.treatment(post.id) == "title" for post in changed.posts):
            raise UsageError(
                "An issue shows one post at least with more than its title.",
                cure="Leave one post a card.",
            )
        edited = _save(connection, context.config, issue, changed, context.clock())
        return replace(edited, elsewhere=elsewhere)


def step_through_edits(
    context: Context, name: str, step: Literal["undo", "redo"], *, seen: str = ""
) -> EditedIssue:
    """Take the last own edit of the issue `name` back, or make the one again that was undone last.

    Voids an approval. Raise NotReady if there is none, or if the issue is frozen or cancelled,
    EditConflict if there was another edit since the ones that were `seen`, and NotFound.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_open(connection, context.config, name)
        require_seen(issue, seen, _UNDO_PARTS)
        if not (issue.earlier_edits if step == "undo" else issue.later_edits):
            raise NotReady(f"Issue {issue.number} has no edit to {step}.")
        stepped = without_last_edit(issue) if step == "undo" else with_edit_again(issue)
        changed = _with_posts(connection, issue, stepped)
        return _save(connection, context.config, issue, changed, context.clock())


def _find_open(connection: Connection, config: NewsletterConfig, name: str) -> Issue:
    issue = find_issue(connection, config.settings, name)
    if issue.frozen_at is not None or issue.status == "cancelled":
        raise NotReady(
            f"Issue {issue.number} is {issue.status}; it stays as it is.",
            cure="`newsletter edit next` edits the next one.",
        )
    return issue


def _require_posts(connection: Connection, issue: Issue, request: EditRequest) -> None:
    """Raise NotFound or NotReady for a post or a picture that the issue cannot show."""
    inside = {post.id: post for post in issue.posts}
    others = [post_id for post_id in request.post_ids if post_id not in inside]
    pulled = [post_id for post_id in request.pull_in if post_id not in inside]
    known = {
        post.id: post
        for post in posts.by_ids(
            connection, [i for i in (*others, *pulled) if 0 < i <= issues.LARGEST_NUMBER]
        )
    }
    cure = f"`newsletter edit {issue.number}` lists its posts with their ids."
    for post_id in (*others, *pulled):
        if post_id not in known:
            raise NotFound(f"There is no post {post_id}.", cure=cure)
    for post_id in others:
        raise NotReady(f"“{known[post_id].title}” is not in issue {issue.number}.", cure=cure)
    used = posts.ids_in_issues(connection, issue.rhythm) if pulled else frozenset()
    for post_id in pulled:
        _require_pullable(known[post_id], is_used=post_id in used)
    for post_id, url in request.pictures:
        if url and url not in [image.url for image in pictures_of(inside[post_id])]:
            raise NotFound(
                f"“{inside[post_id].title}” shows no picture {url[:100]}.",
                cure="Give the address of one of its pictures, or none.",
            )


def _require_pullable(post: Post, *, is_used: bool) -> None:
    if is_used or post.state == "issued":
        raise NotReady(
            f"“{post.title}” {post.reason or 'went out before'}: no post goes out twice.",
            cure="Link to it in your note instead.",
        )
    if post.protected or post.source is not None:
        raise NotReady(f"“{post.title}” cannot be read: it needs a password, or its text is odd.")
    if post.state not in ("waiting", "held", "seen_before_start"):
        raise NotReady(
            f"“{post.title}” is {post.state}, so it cannot be pulled in.",
            cure=f"`newsletter posts unskip {post.id}` restores one that you skipped.",
        )


def _with_posts(connection: Connection, issue: Issue, changed: Issue) -> Issue:
    """Return the changed issue with the posts that its own edits take in and leave out."""
    before, after = issue.own_edits, changed.own_edits
    let_go = set(before.pulled_in) - set(after.pulled_in)
    left = [p for p in changed.posts if p.id not in {*after.held_back, *let_go}]
    inside = {post.id for post in left}
    back = set(before.held_back) - set(after.held_back) - let_go
    wanted = [i for i in (*after.pulled_in, *sorted(back)) if i not in inside]
    used = posts.ids_in_issues(connection, issue.rhythm) if wanted else frozenset()
    added = [
        replace(post, issue=None)
        for post in posts.by_ids(connection, wanted)
        if post.id not in used
        and (post.state == "waiting" or post.id in after.pulled_in)
        and post.source is None
    ]
    if not left and not added:
        raise UsageError(
            "An issue holds one post at least, and this is its last.",
            cure="Skip the week instead, or pull another post in first.",
        )
    return replace(changed, posts=arrange_posts((*left, *added), after))


def _save(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    changed: Issue,
    now: dt.datetime,
) -> EditedIssue:
    """Store an issue with other own edits than it had."""
    parts = changed_parts(issue.own_edits, changed.own_edits)
    # A stopped issue goes on as approved if it was.
    was_approved = bool(issue.approved_hash)
    note = clean_note(changed.own_edits.note, config.settings.newsletter.blog)
    require_uploads(connection, note)
    changed = replace(
        changed,
        note=note,
        status="draft" if issue.status == "approved" else issue.status,
        approved_hash="",
        void_reason=f"you changed its {join_parts(parts)}" if was_approved else issue.void_reason,
    )
    if issue.own_edits.greeting != changed.own_edits.greeting:
        changed = greet_again(connection, config, changed, now)
    changed = write_lines_again(connection, config, changed)
    issues.save(connection, changed)
    result = _result(config, changed)
    return replace(result, changed=parts, voided=changed.void_sentence if was_approved else "")


def _result(config: NewsletterConfig, issue: Issue) -> EditedIssue:
    is_full = config.settings.letterhead().body == "full"
    return EditedIssue(issue=issue, notes=hidden_excerpts(issue, is_full=is_full))
