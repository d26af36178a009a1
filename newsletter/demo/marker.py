"""A file in the example's folder that says where its sample blog is to be served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.errors import NewsletterError

_NAME = ".sample-blog"


def write_marker(folder: Path, blog_url: str) -> None:
    """Store the sample blog's address in the folder of the example."""
    (folder / _NAME).write_text(blog_url + "\n", "utf-8")


@contextmanager
def serve_sample_blog(folder: Path, now: dt.datetime) -> Iterator[str]:
    """Serve the example's blog at its address inside a `with` block; yield that address.

    Commands that read the feed or show the issue's pictures need it. Yields "" for any
    other newsletter, and where the port is taken: then something serves the blog already,
    or its pictures stay away.
    """
    marker = folder / _NAME
    if not marker.is_file():
        yield ""
        return
    # Imported here so that `run` of any other newsletter starts without it.
    from newsletter.demo.blog import SampleBlog

    url = marker.read_text("utf-8").strip()
    try:
        blog = SampleBlog(as_of=now, port=urlsplit(url).port or 0)
    except NewsletterError:
        yield ""
        return
    with blog:
        yield url
