"""The sample blog's web pages: the front page and a page for each post."""

from __future__ import annotations

from datetime import datetime
from html import escape

from newsletter.demo import about
from newsletter.demo.feed import first_words, template
from newsletter.demo.posts import SamplePost, posts


def front_page(base_url: str, as_of: datetime) -> str:
    """Return the front page at the moment `as_of`: every post of the year, newest first."""
    main = "\n".join(_render_teaser(post, base_url) for post in posts(as_of))
    return _render_page(base_url, title=about.TITLE, canonical=f"{base_url}/", main=main)


def post_page(base_url: str, post: SamplePost) -> str:
    """Return the page of one post, with its comments."""
    link = post.link(base_url)
    comments = "\n".join(
        f'<div id="comment-{place}"><p><b>{escape(comment.name)}</b><br>'
        f"{escape(comment.text)}</p></div>"
        for place, comment in enumerate(post.comments, 1)
    )
    main = template("post.html").substitute(
        number=post.number,
        title=escape(post.title),
        date=_format_date(post.published),
        author=escape(about.AUTHOR),
        categories=escape(", ".join(post.categories)),
        content=post.html(base_url),
        heading=_comment_count(post),
        comments=comments,
    )
    more = (
        f'<link rel="alternate" type="application/rss+xml" '
        f'title="{escape(f"{about.TITLE} » {post.title} Comments Feed")}" href="{link}feed/">\n'
    )
    title = f"{post.title} – {about.TITLE}"
    return _render_page(base_url, title=title, canonical=link, main=main, more_feeds=more)


def missing_page(base_url: str) -> str:
    """Return the body of a 404 response."""
    main = "<h1>That trail does not exist</h1><p>Follow the blog's name above to the start.</p>"
    return _render_page(base_url, title="Page not found", canonical=f"{base_url}/", main=main)


def _render_page(
    base_url: str, *, title: str, canonical: str, main: str, more_feeds: str = ""
) -> str:
    return template("page.html").substitute(
        blog=base_url,
        blog_title=escape(about.TITLE),
        tagline=escape(about.TAGLINE),
        title=escape(title),
        canonical=canonical,
        main=main,
        more_feeds=more_feeds,
    )


def _render_teaser(post: SamplePost, base_url: str) -> str:
    return template("teaser.html").substitute(
        link=post.link(base_url),
        title=escape(post.title),
        date=_format_date(post.published),
        comments=_comment_count(post),
        summary=escape(post.excerpt) or first_words(post.html(base_url)),
    )


def _format_date(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"


def _comment_count(post: SamplePost) -> str:
    match len(post.comments):
        case 0:
            return "No comments"
        case 1:
            return "1 comment"
        case many:
            return f"{many} comments"
