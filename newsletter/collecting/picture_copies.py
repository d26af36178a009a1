"""Copies of the blog's pictures, served by the public site (`[images] host = "site"`).

`picture_copying` makes them when posts are collected, never while a message is rendered, so
that an issue always renders to the same bytes. A picture without a copy is shown from the blog.

An issue's copies stay as long as its page in the archive. A copy for a post that was
skipped or withdrawn is pruned, and made again if the post returns.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape, unescape

from sqlalchemy import Connection

from newsletter.collecting.uploaded_pictures import upload_urls
from newsletter.composer.digest import with_own_pictures
from newsletter.context import NewsletterConfig
from newsletter.models import Edition, Image, Issue, Post, SafeHtml
from newsletter.reader.clean.note import UPLOADS
from newsletter.storage import issues, pictures, posts
from newsletter.storage.own_edits import all_kept
from newsletter.storage.pictures import StoredPicture

# The monthly issue repeats posts of the weeks before it.
_REPEATED_WITHIN = dt.timedelta(days=70)
_IMG_SRC = re.compile(r'(<img\b[^<>]*?\bsrc=")([^"]*)(")')
_NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png)")
_COPY_PATH = re.compile(rf"/images/({_NAME.pattern})")
_UPLOAD_REFERENCE = re.compile(r"picture:([0-9a-f]{12})")
_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def resolve_pictures(connection: Connection, config: NewsletterConfig, issue: Issue) -> Issue:
    """Return the issue with the pictures that its messages show.

    They are those that the author chose and uploaded, and our copies in place of the blog's,
    where there are any.
    """
    issue = replace(
        issue,
        posts=with_own_pictures(issue.posts, issue.own_edits),
        note=_use_uploads(connection, config.site_url, issue.note),
    )
    if config.settings.images.host != "site":
        return issue
    urls = {url for post in issue.posts for url in picture_urls(post)}
    known = pictures.known_pictures(connection, urls)
    copies = {url: picture for url, picture in known.items() if picture.name}
    return replace(
        issue,
        posts=tuple(_use_copies_in_post(post, copies, config.site_url) for post in issue.posts),
    )


def retain_copies(connection: Connection, editions: Iterable[Edition]) -> None:
    """Keep the copies that these frozen editions show from being pruned."""
    names = (name for edition in editions for name in _COPY_PATH.findall(edition.html))
    pictures.retain(connection, frozenset(names))


def prune_copies(connection: Connection, now: dt.datetime) -> int:
    """Delete the copies that no issue shows and no post needs, and return their number."""
    needed = (
        *posts.in_state(connection, "waiting", "held", "protected"),
        *posts.sent_after(connection, now - _REPEATED_WITHIN),
        *(post for issue in issues.all_open(connection) for post in issue.posts),
    )
    urls = {url for post in needed for url in picture_urls(post)}
    return pictures.prune(connection, urls | _uploads_in_notes(connection))


def picture_file(connection: Connection, name: str) -> tuple[bytes, str] | None:
    """Return the bytes and the media type of the copy called `name`, or None."""
    if not _NAME.fullmatch(name):
        return None
    body = pictures.read_file(connection, name)
    return None if body is None else (body, _MEDIA_TYPES[name.rpartition(".")[2]])


def picture_urls(post: Post) -> Iterator[str]:
    """Yield the URLs of the pictures that a post shows, the lead picture first."""
    urls = [post.image.url] if post.image else []
    urls += [unescape(source) for _, source, _ in _IMG_SRC.findall(post.html)]
    return (url for url in urls if url.startswith(("https://", "http://")))


def _use_uploads(connection: Connection, site_url: str, note: SafeHtml) -> SafeHtml:
    """Return a note with the site's addresses of the pictures that the author uploaded."""
    html = str(note)
    for url, picture in pictures.known_pictures(connection, upload_urls(note)).items():
        size = f'width="{picture.width}" height="{picture.height}"'
        html = html.replace(f'src="{url}"', f'src="{_copy_url(site_url, picture)}" {size}')
    # Cleaned HTML stays clean: only our own address is replaced by another.
    return SafeHtml(html)


def _uploads_in_notes(connection: Connection) -> set[str]:
    """Return the addresses of the uploads in the notes of open issues, undone ones included."""
    histories = [
        (*issue.earlier_edits, issue.own_edits, *issue.later_edits)
        for issue in issues.all_open(connection)
    ]
    histories += all_kept(connection)
    notes = (edits.note for history in histories for edits in history)
    return {f"{UPLOADS}{key}" for note in notes for key in _UPLOAD_REFERENCE.findall(note)}


def _use_copies_in_post(post: Post, copies: Mapping[str, StoredPicture], site_url: str) -> Post:
    def replace_source(match: re.Match[str]) -> str:
        copy = copies.get(unescape(match[2]))
        return f"{match[1]}{escape(_copy_url(site_url, copy))}{match[3]}" if copy else match[0]

    # Cleaned HTML stays clean: only a URL of the blog is replaced by one of ours.
    html = SafeHtml(_IMG_SRC.sub(replace_source, post.html)) if copies else post.html
    return replace(post, html=html, image=_use_copy_of_image(post.image, copies, site_url))


def _use_copy_of_image(
    image: Image | None, copies: Mapping[str, StoredPicture], site_url: str
) -> Image | None:
    copy = copies.get(image.url) if image else None
    if image is None or copy is None:
        return image
    has_size = image.width > 0
    return replace(
        image,
        url=_copy_url(site_url, copy),
        width=image.width if has_size else copy.width,
        height=image.height if has_size else copy.height,
    )


def _copy_url(site_url: str, copy: StoredPicture) -> str:
    return f"{site_url}/images/{copy.name}"
