"""Which posts a choice of topics selects, and how few editions all choices need."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import pytest

from newsletter.composer.topics import (
    MOST_GROUPS,
    group_for,
    groups_of,
    posts_of,
    profile_of,
)
from newsletter.models import Post, Topic

RACES = Topic(name="Race reports", categories=("races",))
GEAR = Topic(name="Gear", categories=("shoes", "watches"))
SISTER = Topic(name="My sister's blog", feeds=("https://sister.example/feed/",))
REST = Topic(name="All the rest")


def post(number: int, *categories: str, feed: str = "https://trails.example/feed/") -> Post:
    return Post(
        id=number,
        feed=feed,
        guid=str(number),
        url=f"https://trails.example/{number}/",
        title=f"Post {number}",
        published=dt.datetime(2026, 11, 1, tzinfo=dt.UTC) - dt.timedelta(days=number),
        categories=categories,
    )


POSTS = (
    post(1, "Races"),
    post(2, " SHOES ", "diary"),
    post(3, "diary"),
    post(4, "races", "watches"),
    post(5, feed="https://sister.example/feed/"),
)


@pytest.mark.parametrize(
    ("topic", "ids"),
    [(RACES, (1, 4)), (GEAR, (2, 4)), (SISTER, (5,)), (REST, (3,))],
)
def test_a_topic_selects_categories_or_feeds_or_the_rest(
    topic: Topic, ids: tuple[int, ...]
) -> None:
    assert posts_of(topic, POSTS, (RACES, GEAR, SISTER, REST)) == ids


def test_without_topics_there_is_one_group() -> None:
    (whole,) = groups_of(POSTS, ())

    assert whole.whole
    assert group_for(("Races",), (whole,), POSTS, ()) == whole


@pytest.mark.parametrize("chosen", [(), ("Cats",), ("race reports ", "cats")])
def test_names_that_are_no_topics_count_as_no_choice(chosen: tuple[str, ...]) -> None:
    topics = (RACES, GEAR)
    group = group_for(chosen, groups_of(POSTS, topics), POSTS, topics)

    assert group is not None
    assert group.whole is ("race reports " not in chosen)


def test_a_choice_without_posts_has_no_group() -> None:
    topics = (RACES, GEAR)
    only_diary = (POSTS[2],)

    assert group_for(("Gear",), groups_of(only_diary, topics), only_diary, topics) is None


def test_a_choice_of_all_posts_is_the_whole_issue() -> None:
    topics = (RACES, GEAR, SISTER, REST)
    values = tuple(topic.name for topic in topics)

    group = group_for(values, groups_of(POSTS, topics), POSTS, topics)
    assert group is not None
    assert profile_of(group, "south").key == "south"
    assert profile_of(group, "south").posts == ()


def test_the_same_posts_have_one_key_however_chosen() -> None:
    topics = (RACES, GEAR)
    both = (post(1, "races", "shoes"), post(2))
    groups = groups_of(both, topics)

    keys = {
        profile_of(group, "north").key
        for chosen in (("Gear",), ("Race reports",), ("Gear", "Race reports"))
        if (group := group_for(chosen, groups, both, topics))
    }
    assert keys == {"north+race-reports+gear"}


def test_many_topics_make_a_bounded_number_of_editions_and_nobody_gets_less() -> None:
    topics = tuple(Topic(name=f"Topic {n}", categories=(str(n),)) for n in range(12))
    posts = tuple(post(n, str(n)) for n in range(12))
    groups = groups_of(posts, topics)

    assert len(groups) == len({group.ids for group in groups}) == MOST_GROUPS
    for chosen in combinations(range(12), 3):
        result = group_for(tuple(f"topic-{n}" for n in chosen), groups, posts, topics)
        assert result is not None
        assert set(result.ids).issuperset(chosen)
    for n in range(12):
        alone = group_for((f"Topic {n}",), groups, posts, topics)
        assert alone is not None
        assert alone.ids == (n,)


def test_hundreds_of_nested_topics_are_distinguished_fast() -> None:
    topics = tuple(
        Topic(name=f"Up to {n}", categories=tuple(map(str, range(n + 1)))) for n in range(200)
    )
    posts = tuple(post(n, str(n)) for n in range(20))

    groups = groups_of(posts, topics)

    assert {len(group.ids) for group in groups} == set(range(1, 21))


def test_groups_depend_on_the_posts_and_not_on_the_order_of_topics() -> None:
    there = groups_of(POSTS, (RACES, GEAR, REST))
    back = groups_of(POSTS, (REST, GEAR, RACES))

    assert {group.ids for group in there} == {group.ids for group in back}


def test_a_key_stays_short_and_its_own_with_many_long_names() -> None:
    topics = tuple(Topic(name=f"{letter}{'x' * 50}", categories=(letter,)) for letter in "abcdefgh")
    posts = tuple(post(n, letter) for n, letter in enumerate("abcdefgh"))
    keys = [profile_of(group, "tropics").key for group in groups_of(posts, topics)]

    assert len(set(keys)) == len(keys)
    assert max(map(len, keys)) <= 100
