"""`[images] host = "site"`: messages show small copies of the blog's pictures, served here.

Copies are made when the blog is read, never while a message is rendered: the same issue
gives the same bytes. A picture without a copy is shown from where it is.
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

from sqlalchemy import Connection

from newsletter.context import Context, NewsletterConfig
from newsletter.errors import FetchError
from newsletter.models import Edition, Image, Issue, Post, SafeHtml
from newsletter.reader.http.fetch import FetchLimits, fetch
from newsletter.storage import issues, pictures, posts
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.pictures import StoredPicture

_LIMITS = FetchLimits(seconds=20.0, body_bytes=20 * 1024 * 1024)
_AT_ONCE = 4
_SECONDS = 60.0
_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(")')
_NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png)")
_COPY = re.compile(rf"/images/({_NAME.pattern})")
_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _MissingCopy:
    """A picture that a waiting post of `feed` shows."""

    feed: str
    url: str


def copy_pictures(context: Context, *, seconds: float = _SECONDS) -> Mapping[str, str]:
    """Makes the copies that the posts waiting for an issue still lack.

    What cannot be had now, or not within `seconds` for all of them together, is tried
    again at the next reading. Returns what went wrong, in a sentence for each feed.
    """
    if context.settings.images.host != "site":
        return {}
    missing = _missing_copies(context)
    allow = context.settings.fetch.allow_private_addresses
    troubles: defaultdict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        until = time.monotonic() + seconds
        urls = [one.url for one in missing]
        bodies = pool.map(partial(_download, allow_private=allow, until=until), urls)
        for one, body in zip(missing, bodies, strict=True):
            trouble = _store_copy(context, one.url, body) if isinstance(body, bytes) else body
            if trouble:
                troubles[one.feed].append(f"{one.url[:100]}: {trouble}")
    return {feed: _failure_sentence(found) for feed, found in troubles.items()}


def _missing_copies(context: Context) -> tuple[_MissingCopy, ...]:
    with snapshot(context.engine) as connection:
        waiting = posts.in_state(connection, "waiting", "held")
        wanted = {url: post.feed for post in waiting for url in picture_urls(post)}
        known = pictures.known_pictures(connection, wanted)
    return tuple(
        _MissingCopy(feed=feed, url=url) for url, feed in wanted.items() if url not in known
    )


def _failure_sentence(troubles: Sequence[str]) -> str:
    if len(troubles) == 1:
        return f"No copy of a picture was made, so the blog's own is shown. {troubles[0]}"
    return (
        f"No copies of {len(troubles)} pictures were made, so the blog's own are shown. "
        f"The first is {troubles[0]}"
    )


def use_picture_copies(connection: Connection, config: NewsletterConfig, issue: Issue) -> Issue:
    """Return the issue with our copies in place of the blog's pictures, where there are any."""
    if config.settings.images.host != "site":
        return issue
    urls = {url for post in issue.posts for url in picture_urls(post)}
    known = pictures.known_pictures(connection, urls)
    copies = {url: picture for url, picture in known.items() if picture.name}
    site = config.site_url
    return replace(
        issue, posts=tuple(_use_copies_in_post(post, copies, site) for post in issue.posts)
    )


def copy_names_in(html: str) -> frozenset[str]:
    """The names of the copies that a message shows."""
    return frozenset(_COPY.findall(html))


def picture_file(context: Context, name: str) -> tuple[bytes, str] | None:
    """A copy's bytes and media type, None for a name that is none."""
    if not _NAME.fullmatch(name):
        return None
    with snapshot(context.engine) as connection:
        body = pictures.read_file(connection, name)
    return None if body is None else (body, _TYPES[name.rpartition(".")[2]])


def picture_urls(post: Post) -> Iterator[str]:
    """The addresses of the pictures a post shows."""
    found = [unescape(source) for _, source, _ in _SOURCE.findall(post.html)]
    found += [post.image.url] if post.image else []
    return (url for url in found if url.startswith(("https://", "http://")))


def _download(url: str, *, allow_private: bool, until: float) -> bytes | str:
    """The bytes at `url`, or why they cannot be had by the moment `until`."""
    left = until - time.monotonic()
    if left <= 0:
        return "The time for this reading was up; the next goes on."
    limits = replace(_LIMITS, seconds=min(_LIMITS.seconds, left))
    try:
        return fetch(url, allow_private=allow_private, limits=limits).body
    except FetchError as error:
        return f"{error.message} The next reading tries again."


def _store_copy(context: Context, url: str, body: bytes) -> str:
    """Stores the copy, or that there can be none; then it returns why."""
    # Pillow takes a tenth of a second to load: only who reads pictures waits for it.
    from newsletter.composer.images.resize import NotResized, resize_image

    made = resize_image(body)
    with transaction(context.engine) as connection:
        if url in pictures.known_pictures(connection, (url,)):
            return ""
        if isinstance(made, NotResized):
            pictures.save_without_copy(connection, url)
            return made.reason
        pictures.save_copy(connection, url, made.body, made.extension, (made.width, made.height))
        return ""


def _use_copies_in_post(post: Post, copies: dict[str, StoredPicture], site: str) -> Post:
    def copied(found: re.Match[str]) -> str:
        kept = copies.get(unescape(found[2]))
        return f"{found[1]}{escape(_copy_url(site, kept))}{found[3]}" if kept else found[0]

    # Cleaned HTML stays clean: an address of the blog becomes one of ours.
    html = SafeHtml(_SOURCE.sub(copied, post.html)) if copies else post.html
    return replace(post, html=html, image=_use_copy_of_image(post.image, copies, site))


def _use_copy_of_image(
    image: Image | None, copies: dict[str, StoredPicture], site: str
) -> Image | None:
    kept = copies.get(image.url) if image else None
    if image is None or kept is None:
        return image
    known = image.width > 0
    return replace(
        image,
        url=_copy_url(site, kept),
        width=image.width if known else kept.width,
        height=image.height if known else kept.height,
    )


def _copy_url(site: str, kept: StoredPicture) -> str:
    return f"{site}/images/{kept.name}"


# The month's issue shows posts once more that went out in the weeks before it.
_AGAIN = dt.timedelta(days=70)


def retain_copies(connection: Connection, editions: Iterable[Edition]) -> None:
    """The copies that frozen editions show stay."""
    names = frozenset(name for one in editions for name in copy_names_in(one.html))
    pictures.retain(connection, names)


def prune_copies(context: Context) -> int:
    """Forgets copies that no issue shows and no post needs that may come into one.

    Returns how many.
    """
    if context.settings.images.host != "site":
        return 0
    with transaction(context.engine) as connection:
        wanted = (
            *posts.in_state(connection, "waiting", "held", "protected"),
            *posts.sent_after(connection, context.clock() - _AGAIN),
            *(post for one in issues.all_open(connection) for post in one.posts),
        )
        return pictures.prune(connection, {url for post in wanted for url in picture_urls(post)})
