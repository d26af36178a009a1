"""Guids that changed: which unknown item is a post we know under another guid.

A migration, a move to https or a rebuilt site gives every post a new guid. Whoever trusts
guids alone would send the archive again; whoever trusts links alone would lose posts
of link blogs and podcasts, where many share one link.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from newsletter.models import Post
from newsletter.reader.identity.canonical import canonical_url, identifies_one_post, normalise_text

_SAME_DATE = timedelta(days=2)
_TELLING_LENGTH = 80


def join_changed_guids(
    *, departed: Iterable[Post], unknown: Iterable[Post], all_known: Iterable[Post]
) -> dict[str, Post]:
    """For each new guid that names a known post, that post.

    `departed` are known posts whose guid has left the feed, `unknown` the feed's items
    with guids never seen, `all_known` every known post of the feed. The text decides
    before the link does; each known post is joined at most once.
    """
    left, fresh = tuple(departed), tuple(unknown)
    if not left or not fresh:
        return {}
    shared = _shared_links(all_known, fresh)
    joined = _pair_posts(left, fresh, {}, key=_text_key, agree=_is_same_text)
    return _pair_posts(
        left, fresh, joined, key=lambda post: _link_key(post, shared), agree=_is_same_post
    )


def _pair_posts(
    left: Sequence[Post],
    fresh: Sequence[Post],
    joined: dict[str, Post],
    *,
    key: Callable[[Post], str],
    agree: Callable[[Post, Post], bool],
) -> dict[str, Post]:
    """`joined` and the pairs with one key that `agree`, of posts not yet joined."""
    taken = {post.guid for post in joined.values()}
    waiting: defaultdict[str, list[Post]] = defaultdict(list)
    for known in left:
        if known.guid not in taken and (name := key(known)):
            waiting[name].append(known)
    found = dict(joined)
    for seen in fresh:
        candidates = waiting.get(key(seen), []) if seen.guid not in joined else []
        match = next((post for post in candidates if agree(post, seen)), None)
        if match is not None:
            candidates.remove(match)
            found[seen.guid] = match
    return found


def _text_key(post: Post) -> str:
    return post.fingerprint


def _is_same_text(known: Post, seen: Post) -> bool:
    """Equal texts of some length are one post; short ones ("Rest day.") may recur."""
    return (
        len(known.excerpt) >= _TELLING_LENGTH
        or _is_close_in_time(known, seen)
        or _has_same_link(known, seen)
    )


def _link_key(post: Post, shared: frozenset[str]) -> str:
    link = canonical_url(post.url)
    return link if link not in shared and identifies_one_post(link) else ""


def _is_same_post(known: Post, seen: Post) -> bool:
    """A link may be written about twice: then title and date both differ."""
    return known.title.casefold() == seen.title.casefold() or _is_close_in_time(
        known, seen, unknown=True
    )


def _has_same_link(known: Post, seen: Post) -> bool:
    link = canonical_url(known.url)
    return identifies_one_post(link) and link == canonical_url(seen.url)


def _is_close_in_time(known: Post, seen: Post, *, unknown: bool = False) -> bool:
    """Whether the two were published about the same time; `unknown` where a date lacks."""
    if known.published is None or seen.published is None:
        return unknown
    return abs(known.published - seen.published) <= _SAME_DATE


def _shared_links(known: Iterable[Post], fresh: Iterable[Post]) -> frozenset[str]:
    """Links that several known posts, or several new items, have in common."""
    counts = (Counter(canonical_url(post.url) for post in group) for group in (known, fresh))
    return frozenset(link for count in counts for link, times in count.items() if times > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSketch:
    """As much of a known post as tells whether it has to be compared by its text."""

    id: int
    guid: str
    title: str
    url: str
    cleaned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCandidates:
    """`known` are ids of known posts to clean, `seen` guids of posts just read."""

    known: frozenset[int] = frozenset()
    seen: frozenset[str] = frozenset()


def find_match_candidates(
    known: Iterable[PostSketch], seen: Iterable[Post], in_feed: Iterable[str]
) -> MatchCandidates:
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
    looked_for = {key for post in unknown for key in _match_keys(post)} if departed else set[str]()
    met = [one for one in departed if not looked_for.isdisjoint(_match_keys(one))]
    shared = {key for one in met for key in _match_keys(one)}
    return MatchCandidates(
        known=frozenset(again | {one.id for one in met if not one.cleaned}),
        seen=frozenset(
            post.guid
            for post in unknown
            if post.source is not None and not shared.isdisjoint(_match_keys(post))
        ),
    )


def _match_keys(post: Post | PostSketch) -> tuple[str, ...]:
    return tuple(key for key in (normalise_text(post.title), canonical_url(post.url)) if key)
