"""The sample blog's posts, read from `posts/*.html` and dated for any day.

A file is a TOML head between two lines of `+++` and the HTML as WordPress would give
it, with `$blog` for the blog's address, `$link` for the post's own and `$when` for its
month and year. The head says on which day of the year the post comes out; the year
follows from the day on which somebody looks, so the sample is always twelve months long
and always in season. `$when` makes this year's text another than last year's: a reader
of feeds rightly takes the same text under a new guid for a post that has moved.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).resolve().parent / "posts"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleComment:
    """What a reader of the sample blog wrote beneath a post."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePost:
    """A post of the sample blog, dated. `excerpt` is "" where none was written by hand."""

    slug: str
    title: str
    published: datetime
    categories: tuple[str, ...]
    comments: tuple[SampleComment, ...]
    excerpt: str
    body: str

    @property
    def number(self) -> int:
        """WordPress's post number: grows from post to post, differs from year to year."""
        return self.published.toordinal()

    @property
    def path(self) -> str:
        """Where the post stands on the blog: `/2026/10/04/hips-first/`."""
        return f"/{self.published:%Y/%m/%d}/{self.slug}/"

    def link(self, base_url: str) -> str:
        """The post's address on a blog at `base_url` (no slash at the end)."""
        return base_url + self.path

    def html(self, base_url: str) -> str:
        """The post's text for a blog at `base_url` (no slash at the end)."""
        return Template(self.body).substitute(
            blog=base_url, link=self.link(base_url), when=f"{self.published:%B %Y}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undated:
    """A post's file: all but the year."""

    slug: str
    title: str
    month: int
    day: int
    at: time
    categories: tuple[str, ...]
    comments: tuple[SampleComment, ...]
    excerpt: str
    body: str

    def dated(self, as_of: datetime) -> SamplePost:
        """The post as it last came out by `as_of`: this year or the year before."""
        published = datetime.combine(as_of.replace(month=self.month, day=self.day), self.at, UTC)
        if published > as_of:
            published = published.replace(year=published.year - 1)
        return SamplePost(
            slug=self.slug,
            title=self.title,
            published=published,
            categories=self.categories,
            comments=self.comments,
            excerpt=self.excerpt,
            body=self.body,
        )


def posts(as_of: datetime) -> tuple[SamplePost, ...]:
    """The blog's last twelve months as they stood at `as_of` (aware), newest first."""
    moment = as_of.astimezone(UTC)
    dated = (undated.dated(moment) for undated in _undated())
    return tuple(sorted(dated, key=lambda post: post.published, reverse=True))


@cache
def _undated() -> tuple[_Undated, ...]:
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.html")))


def _read(path: Path) -> _Undated:
    _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    told = tomllib.loads(head)
    return _Undated(
        slug=path.stem,
        title=told["title"],
        month=told["month"],
        day=told["day"],
        at=told["at"],
        categories=tuple(told["categories"]),
        comments=tuple(SampleComment(**comment) for comment in told["comments"]),
        excerpt=told.get("excerpt", ""),
        body=body.strip(),
    )
