"""Look for the blog while the author types on, and propose answers by what it says."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parseaddr

from newsletter.config.places import hemisphere_of_zone, local_language, local_zone, wet_months_of
from newsletter.errors import PrivateAddress, UsageError
from newsletter.models import Feed
from newsletter.reader.discover import discover_feed, partial_kind
from newsletter.reader.parsing.items import Item, ParsedFeed
from newsletter.setup.answers import SetupAnswers, check_language


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBlog:
    """The feed of a blog, and what it proposes."""

    feed: Feed
    parsed: ParsedFeed

    @property
    def kind(self) -> str:
        """What the feed holds instead of the blog's newest posts, "" if it holds those."""
        return partial_kind(self.feed.url, self.parsed)

    @property
    def title(self) -> str:
        """The name of the newsletter."""
        return self.parsed.title or "Happy Trails"

    @property
    def author(self) -> str:
        """The person who writes the blog, "" if the feed names only the blog itself."""
        names = (item.author for item in self.parsed.items)
        return next((name for name in names if name and not _is_same(name, self.title)), "")

    @property
    def language(self) -> str:
        """The language of the blog, English if it does not say."""
        with suppress(UsageError):
            tag = check_language(self.parsed.language)
            return "en" if tag == "en-US" else tag
        return "en"

    @property
    def newest(self) -> Item | None:
        """The newest post."""
        dated = [item for item in self.parsed.items if item.published is not None]
        listed = next(iter(self.parsed.items), None)
        return max(dated, key=lambda item: str(item.published), default=listed)


class BlogSearch:
    """A search for a blog's feed, in the background."""

    def __init__(self, address: str, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[FoundBlog] = self._pool.submit(
            find_blog, address, allow_private=allow_private
        )
        self._pool.shutdown(wait=False)

    @property
    def is_done(self) -> bool:
        """Whether the search has ended."""
        return self._future.done()

    def result(self) -> FoundBlog:
        """Return the blog, after waiting for it. Raise FeedError as `find_blog` does."""
        return self._future.result()


def find_blog(address: str, *, allow_private: bool) -> FoundBlog:
    """Return the blog at `address`. Raise FeedError if no feed can be read there."""
    try:
        feed, parsed = discover_feed(address, allow_private=allow_private)
    except PrivateAddress as error:
        raise PrivateAddress(
            error.message,
            url=error.url,
            cure="If it is a blog on your own network, add --allow-private-addresses.",
        ) from None
    return FoundBlog(feed=feed, parsed=parsed)


def require_whole(found_blog: FoundBlog) -> None:
    """Raise UsageError if the feed holds something else than the blog's newest posts."""
    if found_blog.kind:
        raise UsageError(
            f"{found_blog.feed.url} holds {found_blog.kind}, not the blog's newest posts.",
            cure=f"Give the blog's own address{_other_address(found_blog)}, or add --yes to take "
            "it all the same.",
        )


def _other_address(found_blog: FoundBlog) -> str:
    site = found_blog.parsed.site_url
    return f" ({site})" if site and site != found_blog.feed.url else ""


def complete(answers: SetupAnswers, found_blog: FoundBlog) -> SetupAnswers:
    """Return the answers, with what the author left open proposed by the blog and the machine."""
    zone = answers.timezone or local_zone()
    hemisphere = answers.hemisphere or hemisphere_of_zone(zone)
    title = answers.title or found_blog.title
    sender_name = parseaddr(answers.sender)[0]
    from_sender = "" if _is_same(sender_name, title) else sender_name
    is_tropical = hemisphere == "tropics"
    return replace(
        answers,
        title=title,
        author=answers.author or found_blog.author or from_sender,
        timezone=zone,
        hemisphere=hemisphere,
        wet_months=wet_months_of(zone)
        if is_tropical and answers.wet_months is None
        else answers.wet_months,
        language=answers.language or local_language(found_blog.language, zone),
    )


def _is_same(name: str, title: str) -> bool:
    return name.casefold().strip() == title.casefold().strip()
