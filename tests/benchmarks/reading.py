"""Reading 200 feeds against feedparser and rss2email; memory of a large feed; cleaning a post."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import feedparser

from newsletter.app import open_newsletter
from newsletter.collecting.collect import collect
from newsletter.models import FetchResult
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import build_clean_post
from tests.benchmarks.feed_server import feed
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import compare, in_unit, interleave, time_of_children, wall_time

_FEEDS = 200
# feedparser's time is proportional to the number of feeds: measure this many and extrapolate.
_SAMPLE = 20
_ROUNDS = 5
_FEEDS_OF_PROGRAMS, _ROUNDS_OF_PROGRAMS = 40, 3
_R2E = str(Path(sys.executable).with_name("r2e"))
_LARGE_POSTS = 1480  # 5 MB of them
_LARGE_MB = 100.0
_CLEANING_MS = 1.0
_CLEANING_ROUNDS = 15
_WHY = (
    "By a profile the parsing of new posts takes all cores; what is left is the start of the "
    "parsers' processes and the storing of the posts."
)
#: Mode of the server -> the work, how many times faster it has to be, and what feedparser sends.
_MODES: dict[str, tuple[str, float, dict[str, str]]] = {
    "plain": ("all new: fetch, parse, store", 3, {}),
    "again": ("nothing new, a server without 304", 15, {}),
    "validators": ("nothing new, 304", 20, {"etag": f'"0-{len(feed(0))}"'}),
    "new": ("one new post in each", 8, {}),
}
_BY_MODE = {
    mode: Comparison(
        key=f"reading.{mode}",
        what=f"{_FEEDS} feeds 50 ms away, {what}",
        against="feedparser, one by one",
        unit="s",
        floor=1 / times,
        clock="wall",
        explanation=_WHY,
    )
    for mode, (what, times, _) in _MODES.items()
}
_RSS2EMAIL = Comparison(
    key="reading.rss2email",
    what=f"newsletter collect, {_FEEDS_OF_PROGRAMS} feeds 50 ms away, nothing new",
    against="r2e run (rss2email), both as whole processes",
    unit="s",
    floor=1.0,
    clock="processor",
    explanation="Of a whole process most is the start of the program; the reading itself takes "
    "half a second.",
)
_MEMORY = Comparison(
    key="reading.memory",
    what="memory for a feed of 5 MB with 1,480 new posts",
    against="100 MB",
    unit="MB",
    floor=1.0,
    clock="memory",
    explanation="feedparser holds the whole feed as Python objects; it runs in a process of "
    "its own that ends with the reading.",
    is_limit=True,
)
_CLEANING = Comparison(
    key="reading.cleaning",
    what="a post, cleaned",
    against="1 ms",
    unit="ms",
    floor=1.0,
    clock="processor",
    explanation="By a profile half of it is the parsing of the post's HTML, twice: before and "
    "after the sanitiser.",
    is_limit=True,
)
COMPARISONS = (*_BY_MODE.values(), _RSS2EMAIL, _MEMORY, _CLEANING)
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


def measure() -> Iterator[Measurement]:
    with _server(_FEEDS) as url:
        yield from _many_feeds(url)
        if shutil.which(_R2E):
            yield _against_rss2email(url)
    yield _memory()
    yield _measure_cleaning()


def _many_feeds(url: str) -> Iterator[Measurement]:
    """Time each function in turn with feedparser's, once a round."""
    ours: dict[str, list[float]] = {mode: [] for mode in _MODES}
    theirs: dict[str, list[float]] = {mode: [] for mode in _MODES}
    for _ in range(_ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            _write_settings(Path(folder), [f"{url}/feed/{n}" for n in range(_FEEDS)])
            context = open_newsletter(Path(folder), os.environ, make_database=True)
            for mode, (_, _, asking) in _MODES.items():
                _switch(url, mode)
                if mode == "validators":
                    collect(context)
                one_by_one = wall_time(lambda: _one_by_one(url, asking))  # noqa: B023 - called at once
                theirs[mode].append(one_by_one * _FEEDS / _SAMPLE)
                ours[mode].append(wall_time(lambda: collect(context)))  # noqa: B023 - called at once
            context.engine.dispose()
    for mode, comparison in _BY_MODE.items():
        yield Measurement(comparison=comparison, ours=tuple(ours[mode]), theirs=tuple(theirs[mode]))


def _against_rss2email(url: str) -> Measurement:
    """Run both programs on the same feeds, which they have seen before."""
    _switch(url, "plain")
    addresses = [f"{url}/feed/{number}" for number in range(_FEEDS_OF_PROGRAMS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_settings(folder, addresses)
        open_newsletter(folder, os.environ, make_database=True).engine.dispose()
        feeds = "".join(
            f"[feed.f{place}]\nurl = {address}\n" for place, address in enumerate(addresses)
        )
        config = folder / "rss2email.cfg"
        config.write_text(f"[DEFAULT]\nfrom = a@example.com\nto = b@example.com\n{feeds}", "utf-8")
        peer = [_R2E, "-c", str(config), "-d", str(folder / "rss2email.json"), "run", "--no-send"]
        program = [sys.executable, "-m", "newsletter", "--folder", name, "collect"]
        return compare(
            _RSS2EMAIL,
            lambda: subprocess.run(program, capture_output=True, check=True),
            lambda: subprocess.run(peer, capture_output=True, check=True),
            rounds=_ROUNDS_OF_PROGRAMS,
            clock=time_of_children,
        )


def _switch(url: str, mode: str) -> None:
    wanted = "plain" if mode == "again" else mode
    with urllib.request.urlopen(f"{url}/mode/{wanted}"):
        pass


def _one_by_one(url: str, asking: dict[str, str]) -> None:
    for number in range(_SAMPLE):
        result = feedparser.parse(f"{url}/feed/{number if not asking else 0}", **asking)
        assert result.status in {200, 304}


def _memory() -> Measurement:
    """Return the peak memory of a reader of a 5 MB feed, or of its parser process."""
    body = feed(0, _LARGE_POSTS)
    with tempfile.TemporaryDirectory() as folder, _server(1, _LARGE_POSTS) as url:
        _write_settings(Path(folder), [f"{url}/feed/0"])
        data = subprocess.run(
            [sys.executable, "-c", _ONE_LARGE, folder], stdout=subprocess.PIPE, check=True
        ).stdout
    new, own, parser = map(int, data.split())
    assert new == _LARGE_POSTS
    return Measurement(
        comparison=_MEMORY,
        ours=(max(own, parser) / 1024,),
        theirs=(_LARGE_MB,),
        remark=f"reader {own / 1024:.0f} MB, its parser {parser / 1024:.0f} MB, "
        f"{len(body) / 1024**2:.1f} MB of feed",
    )


def _measure_cleaning() -> Measurement:
    """Time the cleaning of all posts of a feed, and divide by their number."""
    items = parse_feed(FetchResult(url="u", final_url="u", status=200, body=feed(0))).items

    def clean() -> None:
        for item in items:
            build_clean_post(item, feed_url="u", site_url="u")

    works = {"clean": clean}
    seconds = interleave(works, rounds=_CLEANING_ROUNDS, clock=time.process_time)["clean"]
    return Measurement(
        comparison=_CLEANING,
        ours=in_unit(seconds, 1e3 / len(items)),
        theirs=(_CLEANING_MS,),
        remark=f"posts of {len(items[0].content):,} characters",
    )


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
