"""`[images] host = "site"`: messages show small copies of the blog's pictures, served here.

Copies are made when the blog is read, never while a message is rendered: the same issue
gives the same bytes. A picture without a copy is shown from where it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from html import escape, unescape

from newsletter.errors import FetchError
from newsletter.models import Image, Issue, Post, SafeHtml
from newsletter.pipeline.context import Context
from newsletter.reader.fetch import Limits, fetch
from newsletter.storage import pictures, posts
from newsletter.storage.engine import reading, writing
from newsletter.storage.pictures import Kept

_LIMITS = Limits(seconds=20.0, body_bytes=20 * 1024 * 1024)
_AT_ONCE = 4
_SECONDS = 60.0
_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(")')
_NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png)")
_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def copy_pictures(context: Context, *, seconds: float = _SECONDS) -> None:
    """Makes the copies that the posts waiting for an issue still lack.

    What cannot be had now, or not within `seconds` for all of them together, is tried
    again at the next reading.
    """
    if context.settings.images.host != "site":
        return
    with reading(context.engine) as connection:
        waiting = posts.in_state(connection, "waiting", "held")
        wanted = dict.fromkeys(url for post in waiting for url in _urls(post))
        missing = [url for url in wanted if url not in pictures.known(connection, wanted)]
    allow = context.settings.fetch.allow_private_addresses
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        until = time.monotonic() + seconds
        bodies = pool.map(partial(_body, allow_private=allow, until=until), missing)
        for url, body in zip(missing, bodies, strict=True):
            if body is not None:
                _keep(context, url, body)


def with_copies(context: Context, issue: Issue) -> Issue:
    """The issue with our copies in the place of the blog's pictures, as far as there are any."""
    if context.settings.images.host != "site":
        return issue
    wanted = {url for post in issue.posts for url in _urls(post)}
    with reading(context.engine) as connection:
        known = pictures.known(connection, wanted)
    copies = {url: one for url, one in known.items() if one.name}
    site = context.site_url
    return replace(issue, posts=tuple(_with_copies(post, copies, site) for post in issue.posts))


def picture_file(context: Context, name: str) -> tuple[bytes, str] | None:
    """A copy's bytes and media type, None for a name that is none."""
    if not _NAME.fullmatch(name):
        return None
    with reading(context.engine) as connection:
        body = pictures.file_named(connection, name)
    return None if body is None else (body, _TYPES[name.rpartition(".")[2]])


def _urls(post: Post) -> Iterator[str]:
    found = [unescape(source) for _, source, _ in _SOURCE.findall(post.html)]
    found += [post.image.url] if post.image else []
    return (url for url in found if url.startswith(("https://", "http://")))


def _body(url: str, *, allow_private: bool, until: float) -> bytes | None:
    """The bytes at `url`; None for what cannot be had by the moment `until`."""
    left = until - time.monotonic()
    if left <= 0:
        return None
    limits = replace(_LIMITS, seconds=min(_LIMITS.seconds, left))
    try:
        return fetch(url, allow_private=allow_private, limits=limits).body
    except FetchError:
        return None


def _keep(context: Context, url: str, body: bytes) -> None:
    # Pillow takes a tenth of a second to load: only who reads pictures waits for it.
    from newsletter.composer.images.resize import LeftAlone, resize

    made = resize(body)
    with writing(context.engine) as connection:
        if url in pictures.known(connection, (url,)):
            return
        if isinstance(made, LeftAlone):
            pictures.leave_alone(connection, url)
        else:
            size = (made.width, made.height)
            pictures.keep(connection, url, made.body, made.extension, size)


def _with_copies(post: Post, copies: dict[str, Kept], site: str) -> Post:
    def copied(found: re.Match[str]) -> str:
        kept = copies.get(unescape(found[2]))
        return f"{found[1]}{escape(_address(site, kept))}{found[3]}" if kept else found[0]

    # Cleaned HTML stays clean: an address of the blog becomes one of ours.
    html = SafeHtml(_SOURCE.sub(copied, post.html)) if copies else post.html
    return replace(post, html=html, image=_image(post.image, copies, site))


def _image(image: Image | None, copies: dict[str, Kept], site: str) -> Image | None:
    kept = copies.get(image.url) if image else None
    if image is None or kept is None:
        return image
    known = image.width > 0
    return replace(
        image,
        url=_address(site, kept),
        width=image.width if known else kept.width,
        height=image.height if known else kept.height,
    )


def _address(site: str, kept: Kept) -> str:
    return f"{site}/images/{kept.name}"
