"""The golden case: Sunday, 30 September 2012, in Calgary, with a post on IT band pain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.seasons import SeasonCalendar
from newsletter.models import AUTO_GREETING, Greeting, GreetingOverride, Post
from tests.composer.greetings.opening import WEEK, home_at, opens

DAY = date(2012, 9, 30)
#: Most weeks since spring, but not in the week in which fall began.
EARLIER = tuple(DAY - n * WEEK for n in range(24, 1, -1))
POST = Post(
    feed="https://trails.example/feed",
    guid="1",
    url="https://trails.example/2012/10/it-band",
    id=1,
    title="IT Band Pain: Strong Hips > Stretching",
    published=datetime(2012, 9, 29, 18, tzinfo=UTC),
    categories=("Injuries", "Training"),
    comment_count=2,
)


def greet_october(
    book: IntroBook, seed: str, override: GreetingOverride = AUTO_GREETING
) -> Greeting:
    home = home_at(
        "America/Edmonton",
        language="en-CA",
        calendar=SeasonCalendar(borders="sun", timezone="America/Edmonton"),
        location=(51.05, -114.07),
        seed=seed,
    )
    return opens(
        book,
        DAY,
        home,
        key="2012-W39",
        earlier=EARLIER,
        next_day=DAY + WEEK,
        posts=(POST,),
        override=override,
    )


SEEDS = [f"blog {n}" for n in range(40)]


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_it_greets_the_fall_and_leads_to_the_post(shipped: IntroBook, seed: str) -> None:
    greeting = greet_october(shipped, seed)
    hello, bridge = greeting.part("hello"), greeting.part("bridge")
    assert greeting.season.name == "fall"
    assert hello is not None
    assert "fall" in hello.text.lower()
    assert bridge is not None
    assert bridge.reason == "“IT Band Pain: Strong Hips > Stretching” is about an injury"
    assert greeting.bridge_posts == (1,)
    assert len(greeting.text.split()) <= 55


def test_most_openers_are_about_the_weekend_or_the_first_week_of_october(
    shipped: IntroBook,
) -> None:
    texts = [greet_october(shipped, seed).text for seed in SEEDS]
    assert sum("weekend" in text or "October" in text for text in texts) >= 0.7 * len(texts)
    assert any("first week of October" in text for text in texts)


def test_the_blogs_own_sentence_is_among_them(shipped: IntroBook) -> None:
    override = GreetingOverride(chosen=("opener-awesome-weekend-week",))
    text = greet_october(shipped, "blog", override).text
    assert text.startswith(
        "I hope everyone had an awesome weekend and is ready for the first week of October!"
    )


def test_a_week_later_fall_is_no_news(shipped: IntroBook) -> None:
    home = home_at(calendar=SeasonCalendar(borders="sun", timezone="America/Edmonton"), seed="blog")
    later = opens(shipped, DAY + WEEK, home, earlier=(*EARLIER, DAY))
    assert later.part("hello") is None
    assert later.season.phase == "early"
    assert DAY - date(2012, 9, 22) < timedelta(days=21)
