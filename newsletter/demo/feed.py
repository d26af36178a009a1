"""The sample blog's feeds as WordPress writes them (RSS 2.0).

The shape is that of `feed-rss2.php` in WordPress core. The Yoast plugin adds the line
"The post … appeared first on …" to each item.
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

#: How many posts a feed holds: WordPress's default.
ITEMS = 10
#: How many words an automatic excerpt holds: WordPress's default.
_EXCERPT_WORDS = 55
#: WordPress writes punctuation in titles as numeric character references.
_PUNCTUATION = str.maketrans(
    {"&": "&#038;", "<": "&lt;", ">": "&gt;", "’": "&#8217;", "“": "&#8220;", "”": "&#8221;"}
)
_PAGES = Path(__file__).resolve().parent / "pages"


def feed_xml(base_url: str, as_of: datetime) -> bytes:
    """Return the blog's feed at the aware moment `as_of`: its ten newest posts.

    Links and pictures in the feed start with `base_url`, the blog's address.
    """
    blog = base_url.rstrip("/")
    newest = posts(as_of)[:ITEMS]
    items = "".join(_item(post, blog) for post in newest)
    return _channel(f"{blog}/feed/", about.TITLE, blog, newest[0].published, items)


def comments_xml(base_url: str, post: SamplePost) -> bytes:
    """Return the feed of one post's comments, newest first."""
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
            built=format_rfc822(built),
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
        published=format_rfc822(post.published),
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
        published=format_rfc822(post.published),
        text=escape(comment.text),
    )


def _title(text: str) -> str:
    return text.translate(_PUNCTUATION)


def first_words(html: str) -> str:
    """Return WordPress's automatic excerpt: 55 words without markup, then `[&#8230;]`."""
    words = unescape(re.sub(r"<[^>]+>", " ", html)).split()
    return escape(" ".join(words[:_EXCERPT_WORDS]), quote=False) + " [&#8230;]"


def format_rfc822(moment: datetime) -> str:
    """Return a date as RSS 2.0 writes it: `Sun, 04 Oct 2026 13:10:00 +0000`."""
    return format_datetime(moment.astimezone(UTC))


@cache
def template(name: str) -> Template:
    """Return a template of `pages/`; its placeholders are `$name`."""
    return Template((_PAGES / name).read_text(encoding="utf-8"))
