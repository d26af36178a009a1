"""`python -m tests.meaning --corpus DIR`: what our text part keeps of the words of real posts.

Each post's own HTML is rendered in Chromium, without scripts and network. Words that are visible
there and missing in our text part, and words in ours that are hidden there, are counted and
printed by post and by reason. Posts that the limit on a post's length cuts are not counted.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright

from newsletter.composer.layout.text_part import body_text
from newsletter.composer.phrase_files import load_phrases
from newsletter.errors import ParseError
from newsletter.reader.clean.post import read_blocks
from newsletter.reader.clean.source import LENGTH
from newsletter.reader.clean.urls import Page
from newsletter.reader.parsing.items import Item
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import build_clean_post
from tests.conftest import BROWSER_ARGS
from tests.meaning.comparison import compare, words_of
from tests.meaning.reasons import FAULT, reason_of
from tests.meaning.rendering import open_page, render_pieces
from tests.support.small_feeds import FEED_URL, fetch_result

#: The share of the visible words that should be kept.
AIM = 0.999
_SHOWN_WORDS = 40
_ALT = re.compile(r'\balt="([^"]*)"')


@dataclass(slots=True)
class Totals:
    """The figures of all posts."""

    posts: int = 0
    cut: int = 0
    visible: int = 0
    exposed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> float:
        """The share of the visible words that no fault lost."""
        return 1 - self.reasons[FAULT] / self.visible if self.visible else 1.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make meaning ARGS=...", description=__doc__)
    parser.add_argument("--corpus", metavar="DIR", type=Path, help="a folder of feeds")
    parser.add_argument("--only", metavar="TEXT", default="", help="only files named so")
    options = parser.parse_args(arguments)
    if options.corpus is None or not options.corpus.is_dir():
        print(
            "This measure reads a folder of real feeds, which you name: "
            "make meaning ARGS='--corpus DIR'.",
            file=sys.stderr,
        )
        return 2
    totals, started = Totals(), time.monotonic()
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        with open_page(browser) as page:
            for file, item in _items(options.corpus, options.only):
                for line in measure_item(page, item, totals):
                    print(f"{file.relative_to(options.corpus)} | {line}", flush=True)
        browser.close()
    print_totals(totals, time.monotonic() - started)
    return 0 if totals.kept >= AIM and not totals.exposed else 1


def _items(corpus: Path, only: str) -> Iterator[tuple[Path, Item]]:
    for path in sorted(corpus.rglob("*.*")):
        if not path.is_file() or only not in path.name:
            continue
        try:
            feed = parse_feed(fetch_result(path.read_bytes(), kind=""))
        except ParseError:
            continue
        for item in feed.items:
            yield path, item


def measure_item(page: BrowserPage, item: Item, totals: Totals) -> Iterator[str]:
    """Count one post, and yield a line for each reason that is a fault."""
    html = item.content if item.content.strip() else item.summary
    if len(html) > LENGTH:
        totals.cut += 1
        return
    post = build_clean_post(item, feed_url=FEED_URL, site_url=FEED_URL)
    if post.protected or not html.strip():
        return
    walk = read_blocks(html, Page(url=item.url, site_url=FEED_URL, title=item.title))
    ours = body_text(post.html, phrases=load_phrases("en"))
    added = [text for block in walk.flow.blocks for link in block.links for text in link]
    added += (unescape(alt) for alt in _ALT.findall(post.html))
    result = compare(render_pieces(page, html), ours, added=added)
    set_aside = frozenset(word for text in walk.set_aside for word in words_of(text))
    totals.posts += 1
    totals.visible += result.visible
    totals.exposed += len(result.exposed)
    by_reason: dict[str, list[str]] = {}
    for word in result.missing:
        reason = reason_of(word, title=item.title, set_aside=set_aside)
        by_reason.setdefault(reason, []).append(word.word)
    totals.reasons.update({reason: len(words) for reason, words in by_reason.items()})
    name = item.title[:40] or item.guid[:40]
    for reason, words in by_reason.items():
        yield f"{name} | {reason} | {len(words)} of {result.visible} | {_excerpt(words)}"
    if result.exposed:
        yield f"{name} | hidden on the page | {len(result.exposed)} | {_excerpt(result.exposed)}"


def _excerpt(words: list[str] | tuple[str, ...]) -> str:
    return " ".join(words[:_SHOWN_WORDS]) + (" …" if len(words) > _SHOWN_WORDS else "")


def print_totals(totals: Totals, seconds: float) -> None:
    print(f"\n{totals.posts} posts, {totals.visible} visible words, in {seconds:.0f} s")
    print(f"{totals.cut} posts longer than the limit, not counted")
    for reason, count in totals.reasons.most_common():
        print(f"{count:8} words: {reason}")
    print(f"{totals.exposed:8} words hidden on the page and shown by us")
    print(f"kept: {totals.kept:.4%} (aim {AIM:.1%})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
