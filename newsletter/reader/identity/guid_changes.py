"""Guids that changed: which unknown item is a post we know under another guid.

A migration, a move to https or a rebuilt site gives every post a new guid. Whoever trusts
guids alone would send the archive again; whoever trusts links alone would lose posts
of link blogs and podcasts, where many share one link.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from newsletter.models import Post
from newsletter.reader.addresses import canonical_url, names_one_post

_SAME_DATE = timedelta(days=2)
_TELLING_LENGTH = 80


def join(
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
    joined = _match(left, fresh, {}, key=_by_text, agree=_same_text)
    return _match(left, fresh, joined, key=lambda post: _by_link(post, shared), agree=_same_post)


def _match(
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


def _by_text(post: Post) -> str:
    return post.fingerprint


def _same_text(known: Post, seen: Post) -> bool:
    """Equal texts of some length are one post; short ones ("Rest day.") may recur."""
    return len(known.excerpt) >= _TELLING_LENGTH or _near(known, seen) or _one_link(known, seen)


def _by_link(post: Post, shared: frozenset[str]) -> str:
    link = canonical_url(post.url)
    return link if link not in shared and names_one_post(link) else ""


def _same_post(known: Post, seen: Post) -> bool:
    """A link may be written about twice: then title and date both differ."""
    return known.title.casefold() == seen.title.casefold() or _near(known, seen, unknown=True)


def _one_link(known: Post, seen: Post) -> bool:
    link = canonical_url(known.url)
    return names_one_post(link) and link == canonical_url(seen.url)


def _near(known: Post, seen: Post, *, unknown: bool = False) -> bool:
    """Whether the two were published about the same time; `unknown` where a date lacks."""
    if known.published is None or seen.published is None:
        return unknown
    return abs(known.published - seen.published) <= _SAME_DATE


def _shared_links(known: Iterable[Post], fresh: Iterable[Post]) -> frozenset[str]:
    """Links that several known posts, or several new items, have in common."""
    counts = (Counter(canonical_url(post.url) for post in group) for group in (known, fresh))
    return frozenset(link for count in counts for link, times in count.items() if times > 1)
