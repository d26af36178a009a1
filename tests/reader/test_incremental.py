"""Only new items of a feed are parsed, with the same result as parsing all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.models import FetchResult, Post
from newsletter.reader.parsing.items import NO_KNOWN_ITEMS, FeedUpdate, KnownItems
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import clean_from_source, parse_incrementally
from tests.support.small_feeds import FEED_URL, clean_posts_of, fetch_result, item, rss

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Hills</title>'
    '<link rel="alternate" href="https://blog.example/"/>{}</feed>'
)
ENTRY = (
    "<entry><id>tag:blog.example,2026:{0}</id><title>Run {0}</title>"
    '<link href="https://blog.example/{0}/"/><updated>2026-11-0{0}T07:00:00Z</updated>'
    '<content type="html">We ran &lt;b&gt;far&lt;/b&gt;, {0} of us.</content></entry>'
)


def _fresh(body: FetchResult, known: KnownItems = NO_KNOWN_ITEMS) -> FeedUpdate:
    return parse_incrementally(body, feed_url=FEED_URL, known=known)


def _after(body: FetchResult) -> KnownItems:
    """Return what is known after reading `body`."""
    fresh = _fresh(body)
    guids = dict(fresh.items)
    return KnownItems(
        guid_by_hash=guids, site_url=fresh.feed.site_url, guids=frozenset(guids.values())
    )


def _clean(fresh: FeedUpdate) -> FeedUpdate:
    return replace(fresh, posts=tuple(map(clean_from_source, fresh.posts)))


def _titles(posts: tuple[Post, ...]) -> list[str]:
    return [post.title for post in posts]


def test_only_the_new_post_is_read_and_all_are_named_in_their_order() -> None:
    known = _after(fetch_result(rss(item(2), item(1))))
    fresh = _fresh(fetch_result(rss(item(3), item(2), item(1))), known)
    assert _titles(fresh.posts) == ["Run 3"]
    assert [guid[-1] for _, guid in fresh.items] == ["3", "2", "1"]


def test_an_edited_post_is_read_again_wherever_it_stands() -> None:
    known = _after(fetch_result(rss(item(3), item(2), item(1))))
    fresh = _fresh(fetch_result(rss(item(3), item(2, text="Another day."), item(1))), known)
    assert [post.excerpt for post in fresh.posts] == ["Another day. (2)"]
    assert [guid[-1] for _, guid in fresh.items] == ["3", "2", "1"]


def test_a_new_post_waits_to_be_cleaned_and_a_known_one_does_not() -> None:
    known = _after(fetch_result(rss(item(1))))
    fresh = _fresh(fetch_result(rss(item(2), item(1, text="Another day."))), known)
    assert [(bool(post.source), bool(post.html)) for post in fresh.posts] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    "made_at_once",
    [
        item(1).replace("<title>Run 1</title>", ""),
        item(1, guid="tag:1").replace("<link>https://blog.example/run-1/</link>", ""),
        item(1, text='<FORM class="post-password-form"></FORM>'),
    ],
)
def test_a_post_is_cleaned_at_once_where_its_title_url_or_state_depends_on_it(
    made_at_once: str,
) -> None:
    (post,) = _fresh(fetch_result(rss(made_at_once))).posts
    assert post.source is None
    assert post.html or post.protected


def test_cleaning_later_makes_the_same_post() -> None:
    extra = "<category>race: Hill 10</category><media:content url='/a.jpg' medium='image'/>"
    body = rss(item(2, extra=extra), item(1, text="10.2 km, 52:10"))
    later = tuple(map(clean_from_source, _fresh(fetch_result(body)).posts))
    assert later == clean_posts_of(parse_feed(fetch_result(body)), feed_url=FEED_URL)


def test_a_feed_whose_head_alone_was_renewed_gives_no_posts() -> None:
    known = _after(fetch_result(rss(item(1))))
    body = rss(item(1), head="<lastBuildDate>Sun, 22 Nov 2026 07:00:00 +0000</lastBuildDate>")
    fresh = _fresh(fetch_result(body), known)
    assert fresh.posts == ()
    assert len(fresh.items) == 1


def test_atom_is_cut_at_its_entries() -> None:
    known = _after(fetch_result(ATOM.format(ENTRY.format(1))))
    fresh = _fresh(fetch_result(ATOM.format(ENTRY.format(2) + ENTRY.format(1))), known)
    assert _titles(fresh.posts) == ["Run 2"]


WHOLE = {
    "the site has moved": rss(item(3), item(2), item(1)).replace(
        "<link>https://blog.example/</link>", "<link>https://other.example/</link>"
    ),
    "the base has changed": rss(item(3), item(2), item(1)).replace(
        "<rss ", '<rss xml:base="https://other.example/" '
    ),
    "a new item has no name of its own": rss(item(3, guid=""), item(2), item(1)),
    "a new item repeats a guid": rss(item(3, guid="https://blog.example/?p=1"), item(2), item(1)),
    "an item is not closed": rss(item(3), item(2), item(1)[: -len("</item>")]),
    "an item holds another": rss(item(3), item(2), item(1).replace("</item>", "<item></item>")),
    "it has entities of its own": '<!DOCTYPE rss [<!ENTITY x "y">]>'
    + rss(item(3), item(2), item(1)).partition("?>")[2],
    "it is not in UTF-8": rss(item(3), item(2), item(1)).replace(">Run 3<", ">Läufe<"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_the_whole_feed_is_parsed_where_leaving_items_out_could_matter(case: str) -> None:
    known = _after(fetch_result(rss(item(2), item(1))))
    encoding = "latin-1" if "UTF-8" in case else "utf-8"
    body = fetch_result(WHOLE[case].encode(encoding))
    fresh, whole = _fresh(body, known), _fresh(body)
    assert _clean(fresh) == _clean(whole)
    assert len(fresh.posts) == len({guid for _, guid in fresh.items})


def test_markup_of_items_inside_a_text_is_text() -> None:
    text = "In RSS one writes <item>…</item>."
    fresh = _fresh(fetch_result(rss(item(2, text=text), item(1))))
    assert len(fresh.posts) == 2
    assert all(mark for mark, _ in fresh.items)


BODY = rss(item(4), item(3, text="Läufe &amp; Öl <b>bold</b>"), item(2), item(1))
PUTS = ["<item>", "</item>", "<guid>x</guid>", "]]>", "<![CDATA[", "<!--", "é", "<entry>", "&amp;"]


@settings(max_examples=150, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, len(BODY)), st.integers(0, 300)), max_size=2),
    puts=st.lists(st.tuples(st.integers(0, len(BODY)), st.sampled_from(PUTS)), max_size=3),
)
def test_any_change_gives_the_posts_of_a_whole_parse(
    cuts: list[tuple[int, int]], puts: list[tuple[int, str]]
) -> None:
    body = BODY
    for place, length in cuts:
        body = body[:place] + body[place + length :]
    for place, piece in puts:
        body = body[:place] + piece + body[place:]
    first = _fresh(fetch_result(BODY))
    known = _after(fetch_result(BODY))
    try:
        whole = _fresh(fetch_result(body))
    except Exception as error:  # noqa: BLE001 - both ways must raise the same error
        with pytest.raises(type(error)):
            _fresh(fetch_result(body), known)
        return
    pruned = _fresh(fetch_result(body), known)
    assert [guid for _, guid in pruned.items] == [guid for _, guid in whole.items]
    assert _merge(first, pruned) == [clean_from_source(post) for post in whole.posts]


def _merge(first: FeedUpdate, pruned: FeedUpdate) -> list[Post]:
    posts = {post.guid: clean_from_source(post) for post in (*first.posts, *pruned.posts)}
    return [posts[guid] for _, guid in pruned.items]
