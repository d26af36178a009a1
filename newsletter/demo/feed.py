"""The sample blog's feeds, in the shape that WordPress gives them (RSS 2.0).

Shape: the template `feed-rss2.php` of WordPress core; the line "The post … appeared
first on …" is what the Yoast plugin adds to each item.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from html import escape, unescape
from pathlib import Path
from string import Template

from newsletter.demo import about
from newsletter.demo.posts import SampleComment, SamplePost, posts

ITEMS = 10
"""How many posts a feed holds: WordPress's own default."""
_EXCERPT_WORDS = 55
# WordPress writes the marks in titles as numbers.
_MARKS = str.maketrans(
    {"&": "&#038;", "<": "&lt;", ">": "&gt;", "’": "&#8217;", "“": "&#8220;", "”": "&#8221;"}
)
_PAGES = Path(__file__).resolve().parent / "pages"


def feed_xml(base_url: str, as_of: datetime) -> bytes:
    """The blog's feed at the moment `as_of` (aware): its ten newest posts.

    `base_url` is the blog's address; links and pictures in the feed start with it.
    """
    blog = base_url.rstrip("/")
    newest = posts(as_of)[:ITEMS]
    items = "".join(_item(post, blog) for post in newest)
    return _channel(f"{blog}/feed/", about.TITLE, blog, newest[0].published, items)


def comments_xml(base_url: str, post: SamplePost) -> bytes:
    """The feed of the comments beneath one post, newest first."""
    blog = base_url.rstrip("/")
    link = post.link(blog)
    numbered = [_comment(comment, n, post, link) for n, comment in enumerate(post.comments, 1)]
    title = f"Comments on: {post.title}"
    return _channel(f"{link}feed/", title, link, post.published, "".join(reversed(numbered)))


def _channel(address: str, title: str, link: str, built: datetime, items: str) -> bytes:
    return (
        template("feed.xml")
        .substitute(
            self=escape(address),
            title=_title(title),
            link=escape(link),
            tagline=escape(about.TAGLINE),
            built=rfc822(built),
            items=items,
        )
        .encode()
    )


def _item(post: SamplePost, blog: str) -> str:
    link = post.link(blog)
    return template("feed_item.xml").substitute(
        blog=blog,
        link=link,
        number=post.number,
        title=_title(post.title),
        author=about.AUTHOR,
        published=rfc822(post.published),
        categories="".join(
            f"\t\t<category><![CDATA[{escape(name)}]]></category>\n" for name in post.categories
        ),
        summary=escape(post.excerpt) or first_words(post.html(blog)),
        content=post.html(blog),
        footer=f'<p>The post <a href="{link}">{_title(post.title)}</a> appeared first on '
        f'<a href="{blog}">{_title(about.TITLE)}</a>.</p>',
        comment_count=len(post.comments),
    )


def _comment(comment: SampleComment, place: int, post: SamplePost, link: str) -> str:
    return template("comment_item.xml").substitute(
        title=escape(f"By: {comment.name}"),
        link=f"{link}#comment-{place}",
        name=comment.name,
        published=rfc822(post.published),
        text=escape(comment.text),
    )


def _title(text: str) -> str:
    return text.translate(_MARKS)


def first_words(html: str) -> str:
    """WordPress's own excerpt: the first 55 words without markup, then `[&#8230;]`."""
    words = unescape(re.sub(r"<[^>]+>", " ", html)).split()
    return escape(" ".join(words[:_EXCERPT_WORDS]), quote=False) + " [&#8230;]"


def rfc822(moment: datetime) -> str:
    """A date as RSS 2.0 writes it: `Sun, 04 Oct 2026 13:10:00 +0000`."""
    return format_datetime(moment.astimezone(UTC))


@cache
def template(name: str) -> Template:
    """One of the sample blog's templates; places are `$name`."""
    return Template((_PAGES / name).read_text(encoding="utf-8"))
