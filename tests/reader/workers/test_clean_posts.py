from __future__ import annotations

from newsletter.models import Post, Source
from newsletter.reader.workers.pool import clean_posts
from tests.support.small_feeds import FEED_URL


def _post(number: int) -> Post:
    return Post(
        id=number,
        feed=FEED_URL,
        guid=f"g{number}",
        title=f"Run {number}",
        url=f"https://blog.example/{number}/",
        source=Source(content=f"<p>Mile {number}.<script>x</script></p>"),
    )


def test_many_posts_are_cleaned_in_their_order() -> None:
    batch = clean_posts([_post(number) for number in range(45)])
    assert [post.html for post in batch.posts] == [f"<p>Mile {n}.</p>" for n in range(45)]
    assert all(post.fingerprint and post.source is None for post in batch.posts)
    assert batch.failed == ()


def test_no_posts_need_no_cleaning() -> None:
    assert clean_posts([]).posts == ()


def test_posts_that_take_too_long_are_left_as_they_were() -> None:
    posts = tuple(_post(number) for number in range(2))
    batch = clean_posts(posts, seconds=0)
    assert (batch.posts, batch.failed) == ((), posts)
