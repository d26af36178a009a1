"""Edits to the posts of an approved issue: find them, say them, and take them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.context import NewsletterConfig
from newsletter.editorial.compose import write_lines_again
from newsletter.models import Issue, Post
from newsletter.reader.identity.reconcile import is_edited
from newsletter.storage import posts


def edited_posts(connection: Connection, issue: Issue) -> tuple[Post, ...]:
    """Return the posts of an approved issue that the blog edited since, as they read now.

    A post that no longer may go out, such as one behind a password, is no edit to take in.
    """
    if issue.status != "approved":
        return ()
    current = posts.by_ids(connection, [post.id for post in issue.posts])
    pinned = {post.id: post for post in issue.posts}
    return tuple(
        post for post in current if post.state == "waiting" and is_edited(pinned[post.id], post)
    )


def take_edits(connection: Connection, config: NewsletterConfig, issue: Issue) -> Issue:
    """Return an approved issue with its posts as they read now. Stores nothing.

    It takes an edit at once, settled or not, because the author asks for it. It takes no other
    posts: they wait for the next issue.
    """
    edits = {post.id: replace(post, issue=None) for post in edited_posts(connection, issue)}
    current = tuple(edits.get(post.id, post) for post in issue.posts)
    return write_lines_again(connection, config, replace(issue, posts=current))


def join_titles(edited: Sequence[Post]) -> str:
    """Return “One”, “Two” and “Three”."""
    titles = [f"“{post.title}”" for post in edited]
    if len(titles) == 1:
        return titles[0]
    return f"{', '.join(titles[:-1])} and {titles[-1]}"


def edited_titles(edited: Sequence[Post]) -> str:
    """Return “One” was edited, or “One” and “Two” were edited."""
    return f"{join_titles(edited)} {'was' if len(edited) == 1 else 'were'} edited"


def edits_sentence(issue: Issue, edited: Sequence[Post]) -> str:
    """Return what was edited after the approval and how to take it in, "" for nothing."""
    if not edited:
        return ""
    return (
        f"{edited_titles(edited)} after you approved issue {issue.number}: "
        f"`newsletter approve {issue.number}` again takes the new text; otherwise it goes out as "
        "you approved it."
    )


def unsent_edits_sentence(edited: Sequence[Post]) -> str:
    """Return that an issue goes out without the edits since its approval, "" without any."""
    if not edited:
        return ""
    return f"{edited_titles(edited)} since; it goes out as you approved it."
