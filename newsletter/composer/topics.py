"""Map topics to posts, and readers' topics to editions. Pure.

Readers whose topics select the same posts share one edition. The set of possible groups
depends only on posts and settings, never on subscribers, so that one approval covers every
edition. There are at most MOST_GROUPS of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from newsletter.config.settings import chosen_topics, slug
from newsletter.models import Hemisphere, Post, Profile, Topic

MOST_GROUPS = 24
_LONGEST_SUFFIX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicGroup:
    """A set of posts that some choice of topics selects."""

    #: Names of all topics whose posts are in the group.
    topics: tuple[str, ...]
    #: Post ids in the order of the issue.
    ids: tuple[int, ...]
    #: Whether the group has all posts of the issue.
    whole: bool = False


def posts_of(topic: Topic, posts: Sequence[Post], topics: Sequence[Topic]) -> tuple[int, ...]:
    """Return the ids of the posts in `topic`.

    A topic without categories and feeds gets the posts that no other topic claims.
    """
    if topic.categories or topic.feeds:
        return tuple(post.id for post in posts if _belongs_to(post, topic))
    claiming = [other for other in topics if other.categories or other.feeds]
    return tuple(
        post.id for post in posts if not any(_belongs_to(post, other) for other in claiming)
    )


def groups_of(posts: Sequence[Post], topics: Sequence[Topic]) -> tuple[TopicGroup, ...]:
    """Return every possible group for these posts, MOST_GROUPS at most.

    The group of all posts comes first, then those of one topic, of two, and so on.
    """
    every = tuple(post.id for post in posts)
    by_topic = {topic.name: ids for topic in topics if (ids := posts_of(topic, posts, topics))}
    groups = {frozenset(every): TopicGroup(topics=(), ids=every, whole=True)}
    level = dict.fromkeys(map(frozenset, by_topic.values()))
    while level:
        for wanted in level:
            if len(groups) == MOST_GROUPS:
                return tuple(groups.values())
            groups.setdefault(wanted, _group(wanted, every, by_topic))
        unions = (wanted.union(others) for wanted in level for others in by_topic.values())
        level = dict.fromkeys(union for union in unions if union not in groups)
    return tuple(groups.values())


def _group(
    wanted: frozenset[int], every: Sequence[int], by_topic: Mapping[str, tuple[int, ...]]
) -> TopicGroup:
    """Return the group, named by every topic in it, so that its name depends on posts alone."""
    names = tuple(name for name, ids in by_topic.items() if wanted.issuperset(ids))
    return TopicGroup(topics=names, ids=tuple(post for post in every if post in wanted))


def group_for(
    chosen: Collection[str],
    groups: Sequence[TopicGroup],
    posts: Sequence[Post],
    topics: Sequence[Topic],
) -> TopicGroup | None:
    """Return the group of a reader who chose the topics `chosen`; None if no post is for them.

    A reader who chose none of the current topics gets every post. If no group matches the
    choice exactly, because of MOST_GROUPS, the smallest one that contains it is used.
    """
    names = chosen_topics(chosen, topics)
    own = [topic for topic in topics if topic.name in names]
    if not own:
        return groups[0]
    wanted = {post for topic in own for post in posts_of(topic, posts, topics)}
    if not wanted:
        return None
    supersets = (group for group in groups if wanted.issubset(group.ids))
    return min(supersets, key=lambda group: len(group.ids))


def profile_of(group: TopicGroup, hemisphere: Hemisphere) -> Profile:
    """Return the profile of the edition for a group of readers in one hemisphere."""
    key = hemisphere + suffix_of(group)
    if group.whole:
        return Profile(key=key, hemisphere=hemisphere)
    return Profile(key=key, hemisphere=hemisphere, topics=group.topics, posts=group.ids)


def suffix_of(group: TopicGroup) -> str:
    """Return the part of an edition's key after the hemisphere, such as `+races+gear`.

    "" for the whole issue. A long suffix is cut and ends in a hash.
    """
    words = "".join(f"+{slug(name)}" for name in group.topics)
    if len(words) <= _LONGEST_SUFFIX:
        return words
    digest = hashlib.sha256(words.encode()).hexdigest()[:8]
    return f"{words[: _LONGEST_SUFFIX - len(digest) - 1]}~{digest}"


def _belongs_to(post: Post, topic: Topic) -> bool:
    own = {category.casefold().strip() for category in post.categories}
    return post.feed in topic.feeds or any(
        name.casefold().strip() in own for name in topic.categories
    )
