"""A reader's edition is the one of their hemisphere and topics, or the nearest that exists."""

from __future__ import annotations

import datetime as dt

import pytest

from newsletter.addressing.audience import EditionPicker, possible_profiles, select_edition
from newsletter.config.settings import (
    FeedSettings,
    NewsletterSettings,
    Settings,
    TopicSettings,
)
from newsletter.errors import NotFound
from newsletter.models import Edition, Hemisphere, Issue, Post
from subscribers.models import ActiveSubscriber, Subscriber

FEED = "https://trails.example/feed/"
NOW = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)
SETTINGS = Settings(
    newsletter=NewsletterSettings(title="Happy Trails", from_="jane@trails.example"),
    feeds=(FeedSettings(url=FEED),),
    topics=(
        TopicSettings(name="Races", categories=("race",)),
        TopicSettings(name="Gear", categories=("gear",)),
        TopicSettings(name="Food", categories=("food",)),
    ),
)


def post(number: int, category: str) -> Post:
    url = f"https://trails.example/{number}/"
    return Post(id=number, feed=FEED, guid=url, url=url, title=url, categories=(category,))


ISSUE = Issue(
    key="2026-W48",
    number=1,
    planned_for=NOW,
    created_at=NOW,
    posts=(post(1, "race"), post(2, "gear")),
)


def edition(key: str) -> Edition:
    hemispheres: dict[str, Hemisphere] = {"north": "north", "south": "south"}
    return Edition(
        key=key,
        hemisphere=hemispheres[key.partition("+")[0]],
        issue=1,
        subject="",
        preheader="",
        html="",
        text="",
        mjml="",
        nonce="",
        content_hash="",
    )


EDITIONS = tuple(map(edition, ("north", "north+races", "south")))


@pytest.mark.parametrize(
    ("hemisphere", "topics", "key"),
    [
        ("", "", "north"),
        ("north", ",Races,", "north+races"),
        ("south", "", "south"),
        # The edition was not rendered: the whole issue of the reader's hemisphere stands in.
        ("south", ",Races,", "south"),
        ("north", ",Gear,", "north"),
        # Neither was the hemisphere's: the author's own does.
        ("tropics", "", "north"),
        # No post is of this topic.
        ("north", ",Food,", ""),
    ],
)
def test_a_reader_gets_the_nearest_edition_that_was_rendered(
    hemisphere: str, topics: str, key: str
) -> None:
    picker = EditionPicker(ISSUE, SETTINGS, EDITIONS)
    active = ActiveSubscriber(1, "ann@example.com", "", hemisphere, topics)
    labels = tuple(filter(None, topics.split(",")))
    subscriber = Subscriber(address="ann@example.com", hemisphere=hemisphere, topics=labels)

    assert picker.edition_for(active) == key
    assert picker.edition_for(subscriber) == key


def test_the_possible_editions_start_with_the_authors_own() -> None:
    keys = [profile.key for profile in possible_profiles(ISSUE, SETTINGS)]

    assert keys[0] == "north"
    assert {"north+races", "south+gear", "tropics"} <= set(keys)


def test_an_edition_is_selected_by_its_key() -> None:
    assert select_edition(EDITIONS).key == "north"
    assert select_edition(EDITIONS, "south").key == "south"
    with pytest.raises(NotFound, match="It has: north, north\\+races, south"):
        select_edition(EDITIONS, "tropics")
