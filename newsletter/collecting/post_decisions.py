"""The author's decisions on single posts: skip, unskip, release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from newsletter.collecting.settling import apply_settling
from newsletter.context import Context, NewsletterConfig
from newsletter.errors import NotFound, NotReady
from newsletter.models import Post, PostState
from newsletter.storage import posts as rows
from newsletter.storage.database.engine import snapshot, transaction

PostDecision = Literal["skip", "unskip", "release"]
# The decision: the states it applies to, the state after it, the reason that is stored.
_TRANSITIONS: dict[PostDecision, tuple[tuple[PostState, ...], PostState, str]] = {
    "skip": (("waiting", "held", "seen_before_start"), "skipped", "skipped by the author"),
    "unskip": (("skipped", "seen_before_start"), "waiting", ""),
    "release": (("held",), "waiting", "released by the author"),
}


def all_posts(context: Context) -> tuple[Post, ...]:
    """Return every post, newest first, in its state at this moment."""
    with snapshot(context.engine) as connection:
        stored = rows.all_posts(connection)
    now = context.clock()
    return tuple(_explain_state(post, context.config, now) for post in stored)


def decide_posts(context: Context, decision: PostDecision, ids: Sequence[int]) -> tuple[Post, ...]:
    """Apply the author's decision to all these posts or to none, and return them.

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
        now = context.clock()
        return tuple(
            _explain_state(post, context.config, now) for post in rows.by_ids(connection, ids)
        )


def _wrong_state(post: Post, decision: PostDecision) -> NotReady:
    if post.state == "seen_before_start":
        return NotReady(
            f"Post {post.id} ({post.title}) is older than the newsletter: cannot {decision} it.",
            cure=f"`newsletter posts unskip {post.id}` lets it wait for the next issue.",
        )
    return NotReady(f"Post {post.id} ({post.title}) is {post.state}: cannot {decision} it.")


def _explain_state(post: Post, config: NewsletterConfig, now: dt.datetime) -> Post:
    """Return the post in its state at `now`, with a reason that says what the author may do."""
    current = apply_settling(
        post, now=now, settle_minutes=config.settings.issue.settle_minutes, zone=config.zone
    )
    if current.state == "waiting":
        return replace(current, reason=current.reason or "waits for the next issue")
    if current.state == "held":
        choice = f"`newsletter posts release {post.id}` or `newsletter posts skip {post.id}`"
        return replace(current, reason=f"{current.reason} Say {choice}.")
    return current
