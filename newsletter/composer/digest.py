"""Choose the posts of an issue, arrange them, and give them what the author wrote for them.

Imports neither templates nor languages: whoever collects posts needs it too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape

from newsletter.models import Image, OwnEdits, Post, Treatment
from newsletter.text import http_url

#: Why a post waits that the author held back.
HELD_BACK = "you hold it back: it waits for a later issue"
_IMG = re.compile(r"<img\b[^<>]*>")
_ATTRIBUTE = re.compile(r'\b(src|alt|width|height)="([^"]*)"')
_DIGITS = 6
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_PLACES: Mapping[Treatment | None, int] = {"lead": 0, "card": 1, None: 1, "title": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChoice:
    """The posts of an issue, and the posts that wait."""

    #: Newest first.
    chosen: tuple[Post, ...]
    #: Each with the reason as a sentence.
    left_out: tuple[tuple[Post, str], ...] = ()


def place_posts(
    ready: tuple[Post, ...], waiting: Sequence[tuple[Post, str]], edits: OwnEdits
) -> tuple[tuple[Post, ...], tuple[tuple[Post, str], ...]]:
    """Return the posts that the issue may hold, and those that wait, as the author decided.

    Only a young or held post can be pulled in: one that was withdrawn or needs a password cannot.
    """
    pulled = [
        post
        for post, _ in waiting
        if post.id in edits.pulled_in and post.state in ("settling", "held")
    ]
    kept_back = [post for post in ready if post.id in edits.held_back]
    return (
        (*(post for post in ready if post.id not in edits.held_back), *pulled),
        (
            *((post, why) for post, why in waiting if post not in pulled),
            *((post, HELD_BACK) for post in kept_back),
        ),
    )


def choose_posts(
    posts: tuple[Post, ...], *, max_posts: int, pulled_in: Collection[int] = ()
) -> PostChoice:
    """Choose up to `max_posts` of the waiting `posts`, the oldest ones if there are more.

    Oldest first, so that no post waits for ever. Those that the author pulled in come first,
    however many they are.
    """
    queue = sorted(posts, key=lambda post: (post.id not in pulled_in, _age(post)))
    max_posts = max(max_posts, sum(post.id in pulled_in for post in posts))
    reason = (
        f"This issue is full with {max_posts} posts and older ones go first; "
        "it waits for the next issue."
    )
    later = tuple((post, reason) for post in queue[max_posts:])
    chosen = sorted(queue[:max_posts], key=_age, reverse=True)
    return PostChoice(chosen=tuple(chosen), left_out=later)


def arrange_posts(posts: tuple[Post, ...], edits: OwnEdits) -> tuple[Post, ...]:
    """Return an issue's posts in the author's order, those without a place newest first.

    The lead comes first, and posts shown by their title last.
    """
    ordered = {post_id: place for place, post_id in enumerate(edits.order)}

    def place(post: Post) -> tuple[int, int]:
        return _PLACES[edits.treatment(post.id)], ordered.get(post.id, len(ordered))

    return tuple(sorted(sorted(posts, key=_age, reverse=True), key=place))


def with_own_pictures(posts: tuple[Post, ...], edits: OwnEdits) -> tuple[Post, ...]:
    """Return the posts with the pictures that the author chose, where they still have them."""
    wanted = dict(edits.pictures)
    if not wanted:
        return posts
    return tuple(
        replace(post, image=_own_picture(post, wanted[post.id])) if post.id in wanted else post
        for post in posts
    )


def pictures_of(post: Post) -> tuple[Image, ...]:
    """Return the pictures of a post, the one that stands for it first."""
    pictures = [post.image] if post.image else []
    for tag in _IMG.findall(post.html):
        values = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
        width, height = (_number(values.get(name, "")) for name in ("width", "height"))
        pictures.append(
            Image(url=values.get("src", ""), alt=values.get("alt", ""), width=width, height=height)
        )
    by_url = {image.url: image for image in reversed(pictures) if http_url(image.url)}
    return tuple(dict.fromkeys(by_url[image.url] for image in pictures if image.url in by_url))


def _own_picture(post: Post, url: str) -> Image | None:
    if not url:
        return None
    return next((image for image in pictures_of(post) if image.url == url), post.image)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else 0


def with_own_excerpts(posts: tuple[Post, ...], edits: OwnEdits) -> tuple[Post, ...]:
    """Return the posts with the excerpts that the author wrote."""
    if not edits.excerpts:
        return posts
    return tuple(replace(post, excerpt=edits.excerpt(post.id) or post.excerpt) for post in posts)


def _age(post: Post) -> tuple[datetime, int, str]:
    return (post.published or post.first_seen or _LONG_AGO, post.id, post.guid)
