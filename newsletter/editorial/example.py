"""An example issue, so that the first look at a new newsletter is never at an empty page.

It shows the newest posts that the blog had when the newsletter began. It is composed and rendered
like any issue, is marked as an example, and is never stored.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.editorial.compose import compose_issue
from newsletter.editorial.greeting_choice import load_greeting_book
from newsletter.models import Edition, Issue, PostState
from newsletter.reader.workers.pool import clean_posts
from newsletter.scheduling.next_slot import choose_next_slot
from newsletter.storage import issues, posts
from newsletter.storage.database.engine import snapshot

EXAMPLE_NOTE = (
    "An example: no new post waits yet, so it shows the newest posts of your blog. Nobody gets it."
)
_POSTS = 5
_BODY = re.compile(r"<body[^<>]*>")
_BANNER = (
    '<div style="padding:12px 16px;background:#fff3c4;color:#3d2f00;'
    f'font:bold 15px/1.4 sans-serif;text-align:center">{EXAMPLE_NOTE}</div>'
)


def is_beginning(connection: Connection) -> bool:
    """Whether no issue was ever made, but the blog's posts from before the start are known."""
    return not issues.all_issues(connection) and bool(
        posts.in_state(connection, "seen_before_start")
    )


def example_issue(context: Context, *, later: bool = False) -> Issue | None:
    """Return an issue of the newest posts from before the start; None once there is a real one.

    With `later`, the posts that went out can stand in it as well. Changes nothing.
    """
    with snapshot(context.engine) as connection:
        if not later and not is_beginning(connection):
            return None
        states: tuple[PostState, ...] = ("seen_before_start", *(("issued",) if later else ()))
        newest = posts.in_state(connection, *states)[:_POSTS]
    clean = {post.id: post for post in clean_posts([p for p in newest if p.source]).posts}
    examples = tuple(clean.get(post.id, post) for post in newest)
    examples = tuple(post for post in examples if post.source is None and not post.protected)
    if not examples:
        return None
    config, now, rhythm = context.config, context.clock(), context.settings.issue.rhythm
    with snapshot(context.engine) as connection:
        return compose_issue(
            connection,
            config,
            examples,
            book=load_greeting_book(config),
            stored=None,
            target=choose_next_slot(connection, config, rhythm, now),
            rhythm=rhythm,
            since=None,
            now=now,
        )


def mark_example(edition: Edition) -> Edition:
    """Return the edition with words in its subject, its HTML and its text that say what it is."""
    return replace(
        edition,
        subject=f"[Example] {edition.subject}",
        html=_BODY.sub(lambda body: body.group() + _BANNER, edition.html, count=1),
        text=f"{EXAMPLE_NOTE}\n\n{edition.text}",
    )
