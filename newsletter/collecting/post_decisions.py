"""The author's decisions on single posts: skip, unskip, release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.collecting.settling import apply_settling
from newsletter.context import Context, NewsletterConfig
from newsletter.errors import NotFound, NotReady
from newsletter.models import Issue, Post, PostState
from newsletter.reader.identity.reconcile import is_edited
from newsletter.storage import issues
from newsletter.storage import posts as rows
from newsletter.storage.database.engine import transaction

PostDecision = Literal["skip", "unskip", "release"]
# The decision: the states it applies to, the state after it, the reason that is stored.
_TRANSITIONS: dict[PostDecision, tuple[tuple[PostState, ...], PostState, str]] = {
    "skip": (("waiting", "held", "seen_before_start"), "skipped", "skipped by the author"),
    "unskip": (("skipped", "seen_before_start"), "waiting", ""),
    "release": (("held",), "waiting", "released by the author"),
}


def all_posts(
    connection: Connection, config: NewsletterConfig, now: dt.datetime
) -> tuple[Post, ...]:
    """Return every post, newest first, in its state at this moment."""
    stored, open_issues = rows.all_posts(connection), issues.all_open(connection)
    return tuple(_explain_state(post, config, now, open_issues) for post in stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """A page of the list of posts."""

    #: Newest first, each in its state at this moment.
    posts: tuple[Post, ...]
    #: How many posts the search finds, by their stored state.
    counts: Mapping[PostState, int]
    #: Whether older ones follow.
    has_more: bool


def search_posts(
    connection: Connection,
    config: NewsletterConfig,
    now: dt.datetime,
    *,
    words: str = "",
    state: PostState | None = None,
    page: int = 1,
    size: int,
) -> PostPage:
    """Return a page of the posts with `words` in their title, in one state or in any.

    A post that is settling is stored as waiting, and found so.
    """
    stored = rows.search(
        connection,
        words.strip(),
        (state,) if state else (),
        limit=size + 1,
        offset=(page - 1) * size,
    )
    counts = rows.count_by_state(connection, words.strip())
    open_issues = issues.all_open(connection)
    explained = (_explain_state(post, config, now, open_issues) for post in stored[:size])
    return PostPage(posts=tuple(explained), counts=counts, has_more=len(stored) > size)


def possible_decisions(state: PostState) -> tuple[PostDecision, ...]:
    """Return what the author may decide about a post in this state."""
    stored = "waiting" if state == "settling" else state
    return tuple(name for name, (origins, _, _) in _TRANSITIONS.items() if stored in origins)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedPosts:
    """Posts after the author's decision."""

    posts: tuple[Post, ...]
    #: The issues whose approval the decision made void. They are drafts again.
    voided: tuple[Issue, ...] = ()


def decide_posts(context: Context, decision: PostDecision, ids: Sequence[int]) -> DecidedPosts:
    """Apply the author's decision to all these posts or to none, and return them.

    Skipping a post of an approved issue makes the approval void.

    Idempotent: a post already in the state that the decision leads to stays as it is.
    Raise NotFound for an unknown id, and NotReady for a post in another state. A post that
    was issued stays issued.
    """
    origins, state, reason = _TRANSITIONS[decision]
    with context.lock(), transaction(context.engine) as connection:
        stored = rows.by_ids(connection, ids)
        missing = sorted(set(ids) - {post.id for post in stored})
        if missing:
            raise NotFound(
                f"There is no post {missing[0]}.", cure="`newsletter posts` lists them all."
            )
        for post in stored:
            if post.state not in (*origins, state):
                raise _wrong_state(post, decision)
        rows.set_state(connection, [post.id for post in stored], state, reason)
        voided = _void_approvals(connection, stored) if decision == "skip" else ()
        now, open_issues = context.clock(), issues.all_open(connection)
        decided = tuple(
            _explain_state(post, context.config, now, open_issues)
            for post in rows.by_ids(connection, ids)
        )
        return DecidedPosts(posts=decided, voided=voided)


def _void_approvals(connection: Connection, skipped: Sequence[Post]) -> tuple[Issue, ...]:
    """Make the approved issues that hold a skipped post drafts again, and return them."""
    voided = []
    for issue in issues.all_open(connection):
        post = next((post for post in skipped if post.id in _ids_of(issue)), None)
        if issue.status == "approved" and post is not None:
            draft = replace(
                issue,
                status="draft",
                approved_hash="",
                noticed_at=None,
                void_reason=f"“{post.title}” was skipped",
            )
            issues.save(connection, draft)
            voided.append(draft)
    return tuple(voided)


def _pinned_reason(issue: Issue, pinned: Post, post: Post) -> str:
    """Return where a post is that waits in an issue which no longer follows the blog."""
    if issue.status == "stopped":
        return f"in issue {issue.number}, which is stopped"
    if is_edited(pinned, post):
        return (
            f"in issue {issue.number}, which you approved; edited since: "
            f"`newsletter approve {issue.number}` again takes the new text"
        )
    return f"in issue {issue.number}, which you approved"


def _wrong_state(post: Post, decision: PostDecision) -> NotReady:
    if post.state == "seen_before_start":
        return NotReady(
            f"Post {post.id} ({post.title}) is older than the newsletter: cannot {decision} it.",
            cure=f"`newsletter posts unskip {post.id}` lets it wait for the next issue.",
        )
    return NotReady(f"Post {post.id} ({post.title}) is {post.state}: cannot {decision} it.")


def _explain_state(
    post: Post, config: NewsletterConfig, now: dt.datetime, open_issues: Sequence[Issue]
) -> Post:
    """Return the post in its state at `now`, with a reason that says what the author may do."""
    if post.state == "waiting":
        for issue in open_issues:
            pinned = next((inside for inside in issue.posts if inside.id == post.id), None)
            if pinned is not None and issue.status in ("approved", "stopped"):
                return replace(post, reason=_pinned_reason(issue, pinned, post))
    current = apply_settling(
        post, now=now, settle_minutes=config.settings.issue.settle_minutes, zone=config.zone
    )
    if current.state == "waiting":
        draft = next((issue for issue in open_issues if post.id in _ids_of(issue)), None)
        where = f"in the draft of issue {draft.number}" if draft else "waits for the next issue"
        return replace(current, reason=current.reason or where)
    if current.state == "held":
        choice = f"`newsletter posts release {post.id}` or `newsletter posts skip {post.id}`"
        return replace(current, reason=f"{current.reason} Say {choice}.")
    return current


def _ids_of(issue: Issue) -> frozenset[int]:
    return frozenset(post.id for post in issue.posts)
