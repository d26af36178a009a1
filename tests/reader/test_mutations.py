from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.child_process import HEADER
from newsletter.errors import ParseError
from newsletter.reader.parsing.items import NO_KNOWN_ITEMS, KnownItems
from newsletter.reader.posts import clean_from_source, parse_incrementally
from newsletter.reader.workers.protocol import WorkerReply, decode_reply, encode
from tests.support.safe_html import is_safe
from tests.support.small_feeds import FEED_URL, fetch_result, item, rss

WHOLE = rss(item(1), item(2, text="Läufe &amp; Öl <b>bold</b>"), item(3)).encode()
FIRST = parse_incrementally(fetch_result(WHOLE), feed_url=FEED_URL, known=NO_KNOWN_ITEMS)
KNOWN = KnownItems(guid_by_hash=dict(FIRST.items), site_url=FIRST.feed.site_url)
PIECES = [b"<", b"&", b"]]>", b"<item>", b"</item>", b"\x00", b"&#55296;", b"&#x110000;", b"&#0;"]
PIECES += [b"<![CDATA[", b"\xff\xfe", b"<!DOCTYPE x [", b"\xed\xa0\x80", b"<!--", b"{", b"\xff"]
PIECES += [b"<script>alert(1)</script>", b"<a href=javascript:x onclick=y>", b"<svg/onload=x>"]


@settings(max_examples=300, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 60)), max_size=4),
    puts=st.lists(st.tuples(st.integers(0, len(WHOLE)), st.sampled_from(PIECES)), max_size=6),
)
def test_any_change_to_a_feed_gives_posts_or_an_error(
    cuts: list[tuple[int, int]], puts: list[tuple[int, bytes]]
) -> None:
    body = bytearray(WHOLE)
    for place, length in cuts:
        del body[place : place + length]
    for place, piece in puts:
        body[place:place] = piece
    try:
        fresh = parse_incrementally(fetch_result(bytes(body)), feed_url=FEED_URL, known=KNOWN)
    except ParseError as error:
        answer = WorkerReply(message=error.message, cure=error.cure)
        assert answer.cure
    else:
        answer = WorkerReply(update=fresh)
        assert all(is_safe(clean_from_source(post).html) for post in fresh.posts)
    assert decode_reply(encode(answer)[HEADER.size :]) == answer
