"""The contents of a draft at its last notice, and what changed since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from newsletter.editorial.edit_request import changed_parts, join_parts
from newsletter.models import NO_EDITS, Issue, OwnEdits

_SETTLES = "was edited just now, and is left out until it has stood unchanged for a while"


class ToldPost(Struct, frozen=True, kw_only=True):
    """A post as the last notice named it."""

    id: int
    title: str
    fingerprint: str


class DraftContents(Struct, frozen=True, kw_only=True):
    """The contents of a draft that a notice listed."""

    subject: str
    key: str
    posts: tuple[ToldPost, ...]
    own_edits: OwnEdits = NO_EDITS
    #: The greetings in the author's own words or not, one for each hemisphere.
    greetings: tuple[str, ...] = ()
    #: What the links of the notice are tied to, "" without links.
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentChanges:
    """The differences between two contents."""

    #: For the author, one line each; () if there are none.
    lines: tuple[str, ...] = ()
    #: Whether readers would get something that no notice has listed.
    has_news: bool = False


def contents_of(issue: Issue, content: str = "") -> DraftContents:
    """Return the contents of an issue that a notice lists, and what its links are tied to."""
    posts = tuple(
        ToldPost(id=post.id, title=post.title, fingerprint=post.fingerprint) for post in issue.posts
    )
    return DraftContents(
        subject=issue.subject,
        key=issue.key,
        posts=posts,
        own_edits=issue.own_edits,
        greetings=tuple(greeting.text for greeting in issue.greetings),
        content=content,
    )


def encode_contents(contents: DraftContents) -> str:
    """Return the contents as JSON, to be stored."""
    return msgspec.json.encode(contents).decode()


def decode_contents(text: str) -> DraftContents | None:
    """Return stored contents, None for ""."""
    return msgspec.json.decode(text, type=DraftContents) if text else None


def compare_contents(
    before: DraftContents | None, after: DraftContents, settling: Collection[int] = ()
) -> ContentChanges:
    """Return what changed since `before`, which is None if the author was told of nothing yet.

    `settling` are the ids of posts that were edited just now and are left out so long.
    """
    if before is None:
        return ContentChanges(has_news=True)
    known = {post.id: post for post in before.posts}
    left = {post.id for post in after.posts}
    new = [post for post in after.posts if post.id not in known]
    edited = [
        post
        for post in after.posts
        if post.id in known and known[post.id].fingerprint != post.fingerprint
    ]
    lines = [
        *(f"“{post.title}” is new in it." for post in new),
        *(f"“{post.title}” was edited." for post in edited),
        *(
            f"“{post.title}” {_SETTLES if post.id in settling else 'is no longer in it'}."
            for post in before.posts
            if post.id not in left
        ),
    ]
    if before.subject != after.subject:
        lines.append(f"Its subject is now “{after.subject}”.")
    if parts := changed_parts(before.own_edits, after.own_edits):
        lines.append(f"You changed its {join_parts(parts)}.")
    if before.greetings and before.greetings != after.greetings:
        lines.append("Its greeting has changed.")
    is_moved = before.key != after.key
    return ContentChanges(lines=tuple(lines), has_news=bool(new or edited or is_moved))
