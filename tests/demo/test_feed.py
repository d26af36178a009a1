import io
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from newsletter.demo import about
from newsletter.demo.feed import comments_xml, feed_xml
from newsletter.demo.posts import posts

BLOG = "https://blog.example"
AUTUMN = datetime(2026, 11, 22, 15, tzinfo=UTC)
SPRING = datetime(2027, 5, 20, 9, tzinfo=UTC)


def parse(feed: bytes) -> Any:
    return feedparser.parse(io.BytesIO(feed), sanitize_html=False, resolve_relative_uris=False)


def contents(*moments: datetime) -> str:
    return "\n".join(
        entry.content[0].value
        for moment in moments
        for entry in parse(feed_xml(BLOG, moment)).entries
    )


@pytest.mark.parametrize("week", range(0, 53, 4))
def test_on_any_day_of_the_year_the_feed_is_well_formed_and_holds_ten_posts(week: int) -> None:
    as_of = AUTUMN + timedelta(weeks=week)
    feed = parse(feed_xml(BLOG, as_of))
    assert not feed.bozo
    assert feed.version == "rss20"
    dates = [entry.published_parsed for entry in feed.entries]
    assert len(dates) == 10
    assert dates == sorted(dates, reverse=True)
    assert dates[0] <= as_of.utctimetuple()
    assert dates[-1] > (as_of - timedelta(days=366)).utctimetuple()


def test_the_same_moment_gives_the_same_bytes() -> None:
    assert feed_xml(BLOG, AUTUMN) == feed_xml(BLOG + "/", AUTUMN)


def test_a_post_keeps_its_guid_link_and_date_while_it_stands_in_the_feed() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for week in range(60):
        for entry in parse(feed_xml(BLOG, AUTUMN + timedelta(weeks=week))).entries:
            assert seen.setdefault(entry.id, (entry.link, entry.published)) == (
                entry.link,
                entry.published,
            )
    assert len({link for link, _ in seen.values()}) == len(seen)


def test_a_post_is_published_at_its_minute_and_not_before() -> None:
    newest = posts(AUTUMN)[0]
    before = parse(feed_xml(BLOG, newest.published - timedelta(seconds=1))).entries[0]
    after = parse(feed_xml(BLOG, newest.published)).entries[0]
    assert before.title != newest.title
    assert after.title == newest.title


def test_the_feed_says_what_wordpress_says() -> None:
    feed = parse(feed_xml(BLOG, AUTUMN))
    assert feed.feed.generator.startswith("https://wordpress.org/?v=")
    assert feed.feed.title == about.TITLE
    assert feed.feed.link == BLOG
    entry = next(entry for entry in feed.entries if entry.link.endswith("/hips-first/"))
    assert entry.id.startswith(f"{BLOG}/?p=")
    assert not entry.guidislink
    assert entry.author == about.AUTHOR
    assert entry.comments == f"{entry.link}#comments"
    assert entry.wfw_commentrss == f"{entry.link}feed/"
    assert entry.slash_comments == "2"
    assert {tag.term for tag in entry.tags} == {"Injuries", "Strength", "Training"}
    assert "[&#8230;]" in entry.summary
    footer = f'<p>The post <a href="{entry.link}">{entry.title}</a> appeared first on '
    assert (
        entry.content[0].value.strip().endswith(f'{footer}<a href="{BLOG}">{about.TITLE}</a>.</p>')
    )


def test_punctuation_in_titles_arrives_as_written() -> None:
    titles = {entry.title for entry in parse(feed_xml(BLOG, AUTUMN)).entries}
    assert "Rain, eight loops & a bakery" in titles


def test_an_excerpt_written_by_hand_stands_in_place_of_the_first_words() -> None:
    entries = parse(feed_xml(BLOG, AUTUMN)).entries
    shoes = next(entry for entry in entries if "old shoes" in entry.title)
    assert shoes.summary.startswith("<p>Eleven hundred kilometres")
    assert "[&#8230;]" not in shoes.summary


@pytest.mark.parametrize(
    "shape",
    [
        '<blockquote class="wp-block-quote">',
        "Click here</a> to read the full article",
        "Source: redrawn from the exercise sheet",
        'class="wp-caption',
        "wp-element-caption",
        "wp-block-gallery",
        "https://www.youtube.com/embed/",
        'class="wp-smiley"',
        "<p>10.2 km, 52:10</p>",
        "strava-embed-placeholder",
        "https://www.strava.com/activities/",
        'class="sharedaddy',
        "data-src=",
        "srcset=",
        "wp-block-table",
    ],
)
def test_a_year_of_the_feed_shows_what_a_cleaner_meets_in_the_wild(shape: str) -> None:
    assert shape in contents(AUTUMN, SPRING)


def test_the_comments_of_a_post_are_a_feed_of_their_own() -> None:
    post = next(post for post in posts(AUTUMN) if post.slug == "hips-first")
    feed = parse(comments_xml(BLOG, post))
    assert not feed.bozo
    assert [entry.author for entry in feed.entries] == ["Maren", "Rosalind"]
