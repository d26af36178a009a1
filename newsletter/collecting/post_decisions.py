"""The author's word on single posts: skip, take back, release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from newsletter.collecting.settling import apply_settling
from newsletter.context import Context
from newsletter.errors import NotFound, NotReady
from newsletter.models import Post, PostState
from newsletter.storage import posts as rows
from newsletter.storage.database.engine import snapshot, transaction

PostDecision = Literal["skip", "unskip", "release"]
# verb: (states it may act on, the state after it, the reason kept)
_TRANSITIONS: dict[PostDecision, tuple[tuple[PostState, ...], PostState, str]] = {
    "skip": (("waiting", "held", "seen_before_start"), "skipped", "skipped by the author"),
    "unskip": (("skipped", "seen_before_start"), "waiting", ""),
    "release": (("held",), "waiting", "released by the author"),
}


def all_posts(context: Context) -> tuple[Post, ...]:
    """Every post, newest first, in its state as of now."""
    with snapshot(context.engine) as connection:
        found = rows.all_posts(connection)
    return tuple(_explain_state(context, post) for post in found)


def decide_posts(context: Context, verb: PostDecision, ids: Sequence[int]) -> tuple[Post, ...]:
    """Moves posts by the author's word and returns them; all of them or none.

    Raises NotFound for an id that is no post, NotReady for one the word does not fit
    (a post that was issued stays issued).
    """
    allowed, state, reason = _TRANSITIONS[verb]
    with context.lock(), transaction(context.engine) as connection:
        found = rows.by_ids(connection, ids)
        missing = sorted(set(ids) - {post.id for post in found})
        if missing:
            raise NotFound(
                f"There is no post {missing[0]}.", cure="`newsletter posts` lists them all."
            )
        for post in found:
            if post.state not in (*allowed, state):
                raise _cannot_move(post, verb)
        rows.set_state(connection, [post.id for post in found], state, reason)
        return tuple(_explain_state(context, post) for post in rows.by_ids(connection, ids))


def _cannot_move(post: Post, verb: PostDecision) -> NotReady:
    if post.state == "seen_before_start":
        return NotReady(
            f"Post {post.id} ({post.title}) is older than the newsletter: cannot {verb} it.",
            cure=f"`newsletter posts unskip {post.id}` lets it wait for the next issue.",
        )
    return NotReady(f"Post {post.id} ({post.title}) is {post.state}: cannot {verb} it.")


def _explain_state(context: Context, post: Post) -> Post:
    """The post as of now, with words for its state and what the author may do about it."""
    told = apply_settling(
        post,
        now=context.clock(),
        settle_minutes=context.settings.issue.settle_minutes,
        zone=context.zone,
    )
    if told.state == "waiting":
        return replace(told, reason=told.reason or "waits for the next issue")
    if told.state == "held":
        choice = f"`newsletter posts release {post.id}` or `newsletter posts skip {post.id}`"
        return replace(told, reason=f"{told.reason} Say {choice}.")
    return told
