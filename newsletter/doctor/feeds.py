"""The feeds: whether they can be read, and whether they are a blog's newest posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.doctor.diagnosis import Diagnosis, error, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import FeedError
from newsletter.reader.discover import partial_kind
from newsletter.reader.http.fetch import FetchLimits, fetch
from newsletter.reader.workers.pool import ParserPool

_SECONDS = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What came of reading a feed."""

    url: str
    #: Why it could not be read, and what to do; "" if it could.
    problem: str = ""
    cure: str = ""
    posts: int = 0
    #: What it holds if it is not the newest posts of a blog, in words.
    partial_kind: str = ""
    #: Where it has moved for good, "" if it has not.
    moved_to: str = ""


def check_feeds(installation: Installation) -> Iterator[Diagnosis]:
    """Read every feed once, store nothing, and judge it."""
    with ParserPool(size=1, seconds=installation.seconds_left(_SECONDS)) as pool:
        for feed in installation.settings.feeds:
            yield judge_feed(_read(feed.url, installation, pool))


def judge_feed(facts: FeedFacts) -> Diagnosis:
    """Judge one feed. Pure."""
    if facts.problem:
        return error("feed", facts.problem, facts.cure)
    if facts.partial_kind:
        return warning(
            "feed-kind",
            f"{facts.url} holds {facts.partial_kind}.",
            "Write the address of the blog's own feed under [[feeds]].",
        )
    if facts.moved_to:
        return warning(
            "feed-moved",
            f"{facts.url} has moved to {facts.moved_to} for good.",
            "Write the new address under [[feeds]], before the old one ends.",
        )
    posts = "1 post" if facts.posts == 1 else f"{facts.posts} posts"
    return ok("feed", f"{urlsplit(facts.url).hostname} has a feed with {posts}.")


def _read(url: str, installation: Installation, pool: ParserPool) -> FeedFacts:
    try:
        response = fetch(
            url,
            allow_private=installation.allows_private,
            limits=FetchLimits(seconds=installation.seconds_left(_SECONDS)),
        )
        parsed = pool.parse(response)
    except FeedError as problem:
        return FeedFacts(url=url, problem=problem.message, cure=problem.cure)
    return FeedFacts(
        url=url,
        posts=len(parsed.items),
        partial_kind=partial_kind(response.final_url, parsed),
        moved_to=response.moved_to,
    )
