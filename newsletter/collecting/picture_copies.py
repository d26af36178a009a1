"""Copies of the blog's pictures, served by the public site (`[images] host = "site"`).

Copies are made when posts are collected, never while a message is rendered, so that an
issue always renders to the same bytes. A picture without a copy is shown from the blog.

An issue's copies stay as long as its page in the archive. A copy for a post that was
skipped or withdrawn is pruned, and made again if the post returns.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from html import escape, unescape
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from newsletter.config.settings import Settings
from newsletter.context import NewsletterConfig
from newsletter.errors import FetchError
from newsletter.models import Edition, Image, Issue, Post, SafeHtml
from newsletter.reader.http.fetch import FetchLimits, fetch
from newsletter.storage import issues, pictures, posts
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.pictures import StoredPicture

if TYPE_CHECKING:
    from newsletter.composer.images.resize import NotResized, ResizedImage

_LIMITS = FetchLimits(seconds=20.0, body_bytes=20 * 1024 * 1024)
_THREADS = 4
_SECONDS = 60.0
# The monthly issue repeats posts of the weeks before it.
_REPEATED_WITHIN = dt.timedelta(days=70)
_IMG_SRC = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(")')
_NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png)")
_COPY_PATH = re.compile(rf"/images/({_NAME.pattern})")
_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _MissingCopy:
    """A picture without a copy, of a post that waits for an issue."""

    #: The URL of the post's feed.
    feed: str
    #: The picture's URL on the blog.
    url: str


def copy_pictures(
    engine: Engine, settings: Settings, *, seconds: float = _SECONDS
) -> Mapping[str, str]:
    """Copy the pictures of waiting posts that have no copy yet.

    All downloads together take at most `seconds`; those that fail or do not fit are tried
    again after the next reading. Return the failures as one sentence for each feed URL.
    """
    if settings.images.host != "site":
        return {}
    # Pillow takes a tenth of a second to import.
    from newsletter.composer.images.resize import resize_image

    with snapshot(engine) as connection:
        missing = _missing_copies(connection)
    download = partial(
        _download,
        allow_private=settings.fetch.allow_private_addresses,
        deadline=time.monotonic() + seconds,
    )
    failures: defaultdict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        bodies = threads.map(download, [picture.url for picture in missing])
        for picture, body in zip(missing, bodies, strict=True):
            failure = body if isinstance(body, str) else ""
            if isinstance(body, bytes):
                copy = resize_image(body)
                with transaction(engine) as connection:
                    failure = _store_copy(connection, picture.url, copy)
            if failure:
                failures[picture.feed].append(f"{picture.url[:100]}: {failure}")
    return {feed: _failure_sentence(sentences) for feed, sentences in failures.items()}


def use_picture_copies(connection: Connection, config: NewsletterConfig, issue: Issue) -> Issue:
    """Return the issue with our copies in place of the blog's pictures, where there are any."""
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
    return pictures.prune(connection, {url for post in needed for url in picture_urls(post)})


def picture_file(connection: Connection, name: str) -> tuple[bytes, str] | None:
    """Return the bytes and the media type of the copy called `name`, or None."""
    if not _NAME.fullmatch(name):
        return None
    body = pictures.read_file(connection, name)
    return None if body is None else (body, _MEDIA_TYPES[name.rpartition(".")[2]])


def picture_urls(post: Post) -> Iterator[str]:
    """Yield the URLs of the pictures that a post shows."""
    urls = [unescape(source) for _, source, _ in _IMG_SRC.findall(post.html)]
    urls += [post.image.url] if post.image else []
    return (url for url in urls if url.startswith(("https://", "http://")))


def _missing_copies(connection: Connection) -> tuple[_MissingCopy, ...]:
    waiting = posts.in_state(connection, "waiting", "held")
    feeds = {url: post.feed for post in waiting for url in picture_urls(post)}
    known = pictures.known_pictures(connection, feeds)
    return tuple(
        _MissingCopy(feed=feed, url=url) for url, feed in feeds.items() if url not in known
    )


def _download(url: str, *, allow_private: bool, deadline: float) -> bytes | str:
    """Return the bytes at `url`, or a sentence why they could not be downloaded."""
    left = deadline - time.monotonic()
    if left <= 0:
        return "The time for this reading was up; the next goes on."
    limits = replace(_LIMITS, seconds=min(_LIMITS.seconds, left))
    try:
        return fetch(url, allow_private=allow_private, limits=limits).body
    except FetchError as error:
        return f"{error.message} The next reading tries again."


def _store_copy(connection: Connection, url: str, copy: ResizedImage | NotResized) -> str:
    """Store the copy of the picture at `url`, or that there is none; then return the reason."""
    from newsletter.composer.images.resize import NotResized

    if url in pictures.known_pictures(connection, (url,)):
        return ""
    if isinstance(copy, NotResized):
        pictures.save_without_copy(connection, url)
        return copy.reason
    pictures.save_copy(connection, url, copy.body, copy.extension, (copy.width, copy.height))
    return ""


def _failure_sentence(failures: Sequence[str]) -> str:
    if len(failures) == 1:
        return f"No copy of a picture was made, so the blog's own is shown. {failures[0]}"
    return (
        f"No copies of {len(failures)} pictures were made, so the blog's own are shown. "
        f"The first is {failures[0]}"
    )


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
