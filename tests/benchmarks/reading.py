"""Reading 200 feeds against feedparser one by one; memory of a large feed; cleaning a post."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import feedparser

from newsletter.app import open_newsletter
from newsletter.collecting.collect import collect
from newsletter.models import FetchResult
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import build_clean_post
from tests.benchmarks.feed_server import feed
from tests.benchmarks.table import Row

_FEEDS = 200
# feedparser's time is proportional to the number of feeds: measure this many and extrapolate.
_SAMPLE = 20
_ROUNDS = 5
_LARGE_POSTS = 1480  # 5 MB of them
_LARGE_MB = 100.0
_CLEANING_MS = 1.0
_SETTINGS = """[newsletter]
title = "Bench"
from = "Bench <news@example.com>"
postal_address = "1 Hill Road"
[fetch]
allow_private_addresses = true
"""
_ONE_LARGE = """
import os, re, resource, sys
from pathlib import Path
from newsletter.app import open_newsletter
from newsletter.collecting.collect import collect
report = collect(open_newsletter(Path(sys.argv[1]), os.environ, make_database=True))[0]
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(report.new, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def rows() -> Iterator[Row]:
    with _server(_FEEDS) as url:
        yield from _many_feeds(url)
    yield _memory()
    yield _measure_cleaning()


def _many_feeds(url: str) -> Iterator[Row]:
    """Time each function in turn with feedparser's, once a round."""
    works = {
        "plain": ("all new: fetch, parse, store", 3, {}),
        "again": ("nothing new, a server without 304", 15, {}),
        "validators": ("nothing new, 304", 20, {"etag": f'"0-{len(feed(0))}"'}),
        "new": ("one new post in each", 8, {}),
    }
    ours: dict[str, list[float]] = {name: [] for name in works}
    theirs: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(_ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            _write_settings(Path(folder), [f"{url}/feed/{n}" for n in range(_FEEDS)])
            context = open_newsletter(Path(folder), os.environ, make_database=True)
            for name, (_, _, asking) in works.items():
                _switch(url, name)
                if name == "validators":
                    collect(context)
                theirs[name].append(_seconds(lambda: _one_by_one(url, asking)) * _FEEDS / _SAMPLE)  # noqa: B023 - called at once
                ours[name].append(_seconds(lambda: collect(context)))  # noqa: B023 - called at once
            context.engine.dispose()
    for name, (what, times, _) in works.items():
        faster = sorted(other / mine for mine, other in zip(ours[name], theirs[name], strict=True))
        mine, other = statistics.median(ours[name]), statistics.median(theirs[name])
        median = statistics.median(faster)
        figures = (
            f"{mine:.2f} s, one by one {other:.1f} s: {median:.1f} times faster "
            f"({faster[0]:.1f} to {faster[-1]:.1f})"
        )
        yield Row(what=f"200 feeds, {what}", ratio=1 / median, aim=1 / times, figures=figures)


def _switch(url: str, mode: str) -> None:
    wanted = "plain" if mode == "again" else mode
    with urllib.request.urlopen(f"{url}/mode/{wanted}"):
        pass


def _one_by_one(url: str, asking: dict[str, str]) -> None:
    for number in range(_SAMPLE):
        result = feedparser.parse(f"{url}/feed/{number if not asking else 0}", **asking)
        assert result.status in {200, 304}


def _memory() -> Row:
    """Return the peak memory of a reader of a 5 MB feed, or of its parser process."""
    body = feed(0, _LARGE_POSTS)
    with tempfile.TemporaryDirectory() as folder, _server(1, _LARGE_POSTS) as url:
        _write_settings(Path(folder), [f"{url}/feed/0"])
        data = subprocess.run(
            [sys.executable, "-c", _ONE_LARGE, folder], stdout=subprocess.PIPE, check=True
        ).stdout
    new, own, parser = map(int, data.split())
    assert new == _LARGE_POSTS
    largest = max(own, parser) / 1024
    figures = (
        f"reader {own / 1024:.0f} MB, its parser {parser / 1024:.0f} MB, aim 100 MB, "
        f"for {len(body) / 1024**2:.1f} MB"
    )
    return Row(what="memory for a feed of 5 MB", ratio=largest / _LARGE_MB, aim=1, figures=figures)


def _measure_cleaning() -> Row:
    """Time the cleaning of each post. The best of its rounds counts: others share the machine."""
    items = parse_feed(FetchResult(url="u", final_url="u", status=200, body=feed(0))).items
    best = [
        min(
            _seconds(lambda: build_clean_post(item, feed_url="u", site_url="u"))  # noqa: B023 - called at once
            for _ in range(_ROUNDS)
        )
        for item in items
    ]
    number = statistics.median(best) * 1000
    figures = f"{number:.2f} ms, aim 1 ms, on posts of {len(items[0].content)} characters"
    return Row(what="cleaning a post", ratio=number / _CLEANING_MS, aim=1, figures=figures)


def _write_settings(folder: Path, urls: list[str]) -> None:
    feeds = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
    (folder / "newsletter.toml").write_text(_SETTINGS + feeds, "utf-8")
    secret = folder / ".env"
    secret.write_text("NEWSLETTER_SECRET=0123456789abcdef0123456789abcdef\n", "utf-8")
    secret.chmod(0o600)


@contextmanager
def _server(feeds: int, *posts: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.feed_server", str(feeds)]
    with subprocess.Popen(
        [*command, *map(str, posts)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
