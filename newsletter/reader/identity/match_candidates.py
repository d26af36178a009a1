"""Which posts have to be cleaned before a fetch can be compared with what we know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.models import Post
from newsletter.reader.addresses import canonical_url
from newsletter.reader.identity.normalise_text import normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """As much of a known post as tells whether it has to be compared by its text."""

    id: int
    guid: str
    title: str
    url: str
    cleaned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """`known` are ids of known posts to clean, `seen` guids of posts just read."""

    known: frozenset[int] = frozenset()
    seen: frozenset[str] = frozenset()


def rivals(known: Iterable[Sketch], seen: Iterable[Post], in_feed: Iterable[str]) -> Rivals:
    """The uncleaned posts whose text `reconcile` will look at.

    `seen` are the posts read now, `in_feed` the guids of all the feed holds. A known post
    that was read again is compared with itself; one that left the feed with new ones, yet
    only with those that share its title or its link (see `joining`).
    """
    sketches, posts, present = tuple(known), tuple(seen), frozenset(in_feed)
    read = {post.guid for post in posts}
    again = {one.id for one in sketches if one.guid in read and not one.cleaned}
    names = {one.guid for one in sketches}
    unknown = [post for post in posts if post.guid not in names]
    departed = [one for one in sketches if one.guid not in present] if unknown else []
    looked_for = {key for post in unknown for key in _keys(post)} if departed else set[str]()
    met = [one for one in departed if not looked_for.isdisjoint(_keys(one))]
    shared = {key for one in met for key in _keys(one)}
    return Rivals(
        known=frozenset(again | {one.id for one in met if not one.cleaned}),
        seen=frozenset(
            post.guid
            for post in unknown
            if post.source is not None and not shared.isdisjoint(_keys(post))
        ),
    )


def _keys(post: Post | Sketch) -> tuple[str, ...]:
    return tuple(key for key in (normal(post.title), canonical_url(post.url)) if key)
