"""A run's figures, from every element of a feed that holds them unambiguously."""

from __future__ import annotations

import json

from newsletter.models import Facts, Post
from newsletter.reader.parsing.parse import parse_feed
from tests.support.reconciled_posts import feed_post, store_posts
from tests.support.small_feeds import FEED_URL, clean_posts_of, fetch_result, item, rss

RUN = 'xmlns:run="https://blog.example/ns/run" '


def _post(xml: str) -> Post:
    (post,) = clean_posts_of(
        parse_feed(fetch_result(xml.replace("<rss ", f"<rss {RUN}"))), feed_url=FEED_URL
    )
    return post


def test_they_come_from_elements_of_the_feeds_own() -> None:
    extra = (
        "<run:distance>10.2 km</run:distance><run:time>52:10</run:time><run:route>Lake</run:route>"
    )
    assert _post(rss(item(1, extra=extra))).facts == Facts(
        distance="10.2 km", time="52:10", route="Lake"
    )


def test_they_come_from_tags_that_say_their_name() -> None:
    tags = "<category>race: Hill Ten</category><category>Running</category>"
    assert _post(rss(item(1, extra=tags))).facts == Facts(race="Hill Ten")


def test_they_come_from_a_first_line_of_figures() -> None:
    post = _post(rss(item(1)).replace("<p>We ran", "<p>10.2 km, 52:10</p><p>We ran"))
    assert post.facts == Facts(distance="10.2 km", time="52:10")


def test_elements_win_over_the_text_and_the_text_adds_what_they_lack() -> None:
    xml = rss(item(1, extra="<run:distance>10 km</run:distance>"))
    post = _post(xml.replace("<p>We ran", "<p>10.2 km, 52:10</p><p>We ran"))
    assert post.facts == Facts(distance="10 km", time="52:10")


def test_a_post_without_figures_has_none() -> None:
    itunes = '<i:duration xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd">45:10</i:duration>'
    assert _post(rss(item(1, extra=itunes))).facts is None
    assert _post(rss(item(1, extra="<run:distance>far</run:distance>"))).facts is None


def test_json_feeds_give_them_in_extensions() -> None:
    mapping = {"id": "1", "content_text": "Ran.", "_run": {"distance": "5 miles", "shoes": "old"}}
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [mapping]})
    (post,) = clean_posts_of(parse_feed(fetch_result(body)), feed_url=FEED_URL)
    assert post.facts == Facts(distance="5 miles")


def test_figures_that_come_later_are_kept_without_counting_as_an_edit() -> None:
    shelf = store_posts(feed_post(1))
    changes = shelf.read(feed_post(1, facts=Facts(distance="10 km")))
    assert changes.changed == ()
    assert [post.facts for post in changes.refreshed] == [Facts(distance="10 km")]
