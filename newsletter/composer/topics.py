"""Topics: which posts a reader gets who chose some, and the editions that makes. Pure.

Readers whose choice comes to the same posts share an edition. The groups there may be
hang on the posts and the settings alone, never on who reads, so that an approval can
cover them all; more than MOST_GROUPS are never made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from newsletter.config.topics import chosen_topics, slug
from newsletter.models import Hemisphere, Post, Profile, Topic

MOST_GROUPS = 24
_LONGEST_SUFFIX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Posts that some choice of topics comes to. `ids` in the issue's order; `whole`: all."""

    topics: tuple[str, ...]
    ids: tuple[int, ...]
    whole: bool = False


def posts_of(topic: Topic, posts: Sequence[Post], topics: Sequence[Topic]) -> tuple[int, ...]:
    """The ids of those of `posts` that are of this topic."""
    if topic.categories or topic.feeds:
        return tuple(post.id for post in posts if _is_of(post, topic))
    named = [one for one in topics if one.categories or one.feeds]
    return tuple(post.id for post in posts if not any(_is_of(post, one) for one in named))


def groups_of(posts: Sequence[Post], topics: Sequence[Topic]) -> tuple[Group, ...]:
    """Every group of readers there may be for these posts, the one of all posts first.

    Then those of one topic, of two, and so on, MOST_GROUPS at most.
    """
    every = tuple(post.id for post in posts)
    shown = {one.name: some for one in topics if (some := posts_of(one, posts, topics))}
    found = {frozenset(every): Group(topics=(), ids=every, whole=True)}
    level = dict.fromkeys(map(frozenset, shown.values()))
    while level:
        for wanted in level:
            if len(found) == MOST_GROUPS:
                return tuple(found.values())
            found.setdefault(wanted, _group(wanted, every, shown))
        unions = (wanted.union(more) for wanted in level for more in shown.values())
        level = dict.fromkeys(union for union in unions if union not in found)
    return tuple(found.values())


def _group(
    wanted: frozenset[int], every: Sequence[int], shown: Mapping[str, tuple[int, ...]]
) -> Group:
    """Named by all topics that lie within, so that the name hangs on the posts alone."""
    within = tuple(name for name, some in shown.items() if wanted.issuperset(some))
    return Group(topics=within, ids=tuple(post for post in every if post in wanted))


def group_for(
    chosen: Collection[str], groups: Sequence[Group], posts: Sequence[Post], topics: Sequence[Topic]
) -> Group | None:
    """The group of a reader who chose these topics; None where no post is for them.

    Who chose none of the topics there are gets every post. Where the groups do not hold
    just what was chosen, the smallest with all of it: rather a post more than one less.
    """
    names = chosen_topics(chosen, topics)
    own = [topic for topic in topics if topic.name in names]
    if not own:
        return groups[0]
    wanted = {post for topic in own for post in posts_of(topic, posts, topics)}
    if not wanted:
        return None
    return min(
        (one for one in groups if wanted.issubset(one.ids)), key=lambda group: len(group.ids)
    )


def profile_of(group: Group, hemisphere: Hemisphere) -> Profile:
    """The edition of that group of readers in that hemisphere."""
    key = hemisphere + suffix_of(group)
    if group.whole:
        return Profile(key=key, hemisphere=hemisphere)
    return Profile(key=key, hemisphere=hemisphere, topics=group.topics, posts=group.ids)


def suffix_of(group: Group) -> str:
    """What an edition's key has after the hemisphere: `+races+gear`, "" for the whole issue."""
    words = "".join(f"+{slug(name)}" for name in group.topics)
    if len(words) <= _LONGEST_SUFFIX:
        return words
    mark = hashlib.sha256(words.encode()).hexdigest()[:8]
    return f"{words[: _LONGEST_SUFFIX - len(mark) - 1]}~{mark}"


def _is_of(post: Post, topic: Topic) -> bool:
    own = {category.casefold().strip() for category in post.categories}
    return post.feed in topic.feeds or any(
        name.casefold().strip() in own for name in topic.categories
    )
