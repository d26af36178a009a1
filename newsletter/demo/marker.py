"""Knows an example's folder again, and serves its blog while somebody looks at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.errors import NewsletterError

_NAME = ".sample-blog"


def leave_marker(folder: Path, blog_url: str) -> None:
    """Notes in the folder where its sample blog was served."""
    (folder / _NAME).write_text(blog_url + "\n", "utf-8")


@contextmanager
def sample_blog_beside(folder: Path, now: dt.datetime) -> Iterator[str]:
    """Serves an example's blog again, at its old address; "" for any other newsletter.

    The example's feed and the pictures of its messages come from there.
    """
    marker = folder / _NAME
    if not marker.is_file():
        yield ""
        return
    # Any other newsletter's `run` is spared the import.
    from newsletter.demo.blog import SampleBlog

    url = marker.read_text("utf-8").strip()
    try:
        blog = SampleBlog(as_of=now, port=urlsplit(url).port or 0)
    except NewsletterError:
        yield ""  # somebody serves it already, or the port is taken: pictures stay away
        return
    with blog:
        yield url
