"""Recognise known posts under new guids.

A migration, a move to https or a rebuilt site gives every post a new guid. Matching by guid
alone would send the archive again. Matching by link alone would lose posts of link blogs and
podcasts, where many posts share one link.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from newsletter.models import Post
from newsletter.reader.identity.canonical import (
    canonical_url,
    identifies_one_post,
    normalise_text,
)

_SAME_DATE = timedelta(days=2)
#: From this many characters on, equal texts are taken for one post.
_DISTINCTIVE_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSketch:
    """The part of a known post that decides whether its text has to be compared."""

    id: int
    guid: str
    title: str
    url: str
    cleaned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCandidates:
    """The posts to clean before `reconcile`."""

    #: Ids of known posts.
    known: frozenset[int] = frozenset()
    #: Guids of posts that were just read.
    seen: frozenset[str] = frozenset()


def join_changed_guids(
    *, departed: Iterable[Post], unknown: Iterable[Post], all_known: Iterable[Post]
) -> dict[str, Post]:
    """Return the known post for each new guid that names one.

    `departed` are known posts whose guid left the feed, `unknown` the feed's items with new
    guids, `all_known` every known post of the feed. Texts are matched before links. A known
    post is joined at most once.
    """
    left, new = tuple(departed), tuple(unknown)
    if not left or not new:
        return {}
    shared_links = _shared_links(all_known, new)
    joined = _pair_posts(left, new, {}, key=_text_key, agree=_is_same_text)
    return _pair_posts(
        left, new, joined, key=lambda post: _link_key(post, shared_links), agree=_is_same_post
    )


def find_match_candidates(
    known: Iterable[PostSketch], seen: Iterable[Post], in_feed: Iterable[str]
) -> MatchCandidates:
    """Return the uncleaned posts whose text `reconcile` will compare.

    `seen` are the posts that were just read, `in_feed` the guids of all the feed's items. A
    known post that was read again is compared with itself. A known post that left the feed is
    compared with the new posts that share its title or its link, the only ones that
    `join_changed_guids` can match with it.
    """
    sketches, posts, guids = tuple(known), tuple(seen), frozenset(in_feed)
    seen_guids = {post.guid for post in posts}
    read_again = {
        sketch.id for sketch in sketches if sketch.guid in seen_guids and not sketch.cleaned
    }
    known_guids = {sketch.guid for sketch in sketches}
    unknown = [post for post in posts if post.guid not in known_guids]
    departed = [sketch for sketch in sketches if sketch.guid not in guids] if unknown else []
    wanted = {key for post in unknown for key in _match_keys(post)} if departed else set[str]()
    matching = [sketch for sketch in departed if not wanted.isdisjoint(_match_keys(sketch))]
    shared = {key for sketch in matching for key in _match_keys(sketch)}
    return MatchCandidates(
        known=frozenset(read_again | {sketch.id for sketch in matching if not sketch.cleaned}),
        seen=frozenset(
            post.guid
            for post in unknown
            if post.source is not None and not shared.isdisjoint(_match_keys(post))
        ),
    )


def _pair_posts(
    left: Sequence[Post],
    new: Sequence[Post],
    joined: dict[str, Post],
    *,
    key: Callable[[Post], str],
    agree: Callable[[Post, Post], bool],
) -> dict[str, Post]:
    """Add to `joined` the pairs of unjoined posts that have one key and `agree`."""
    joined_guids = {post.guid for post in joined.values()}
    unpaired: defaultdict[str, list[Post]] = defaultdict(list)
    for known in left:
        if known.guid not in joined_guids and (name := key(known)):
            unpaired[name].append(known)
    pairs = dict(joined)
    for new_post in new:
        candidates = unpaired.get(key(new_post), []) if new_post.guid not in joined else []
        match = next((post for post in candidates if agree(post, new_post)), None)
        if match is not None:
            candidates.remove(match)
            pairs[new_post.guid] = match
    return pairs


def _text_key(post: Post) -> str:
    return post.fingerprint


def _is_same_text(known: Post, seen: Post) -> bool:
    """Whether two equal texts are one post. A short text ("Rest day.") may recur."""
    return (
        len(known.excerpt) >= _DISTINCTIVE_LENGTH
        or _is_close_in_time(known, seen)
        or _has_same_link(known, seen)
    )


def _link_key(post: Post, shared_links: frozenset[str]) -> str:
    link = canonical_url(post.url)
    return link if link not in shared_links and identifies_one_post(link) else ""


def _is_same_post(known: Post, seen: Post) -> bool:
    """Whether two posts with one link are one post. Two posts may be written about a link."""
    is_same_title = known.title.casefold() == seen.title.casefold()
    return is_same_title or _is_close_in_time(known, seen, undated=True)


def _has_same_link(known: Post, seen: Post) -> bool:
    link = canonical_url(known.url)
    return identifies_one_post(link) and link == canonical_url(seen.url)


def _is_close_in_time(known: Post, seen: Post, *, undated: bool = False) -> bool:
    """Whether both were published at about the same time; `undated` if a date is missing."""
    if known.published is None or seen.published is None:
        return undated
    return abs(known.published - seen.published) <= _SAME_DATE


def _shared_links(known: Iterable[Post], new: Iterable[Post]) -> frozenset[str]:
    """Return the links that several known posts, or several new items, have in common."""
    counts = (Counter(canonical_url(post.url) for post in group) for group in (known, new))
    return frozenset(link for count in counts for link, times in count.items() if times > 1)


def _match_keys(post: Post | PostSketch) -> tuple[str, ...]:
    return tuple(key for key in (normalise_text(post.title), canonical_url(post.url)) if key)
