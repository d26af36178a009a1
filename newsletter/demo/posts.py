"""The sample blog's posts, read from `posts/*.html` and dated for any day.

A file is a TOML head between two lines of `+++`, then the HTML as WordPress would give
it, with `$blog` for the blog's address, `$link` for the post's and `$when` for its month
and year. The head names the day of the year on which the post is published. The year
follows from `as_of`, so the blog always spans the last twelve months and is in season.
`$when` makes this year's text differ from last year's: the same text under a new guid
would count as the same post moved to a new guid.
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
    """A reader's comment on a post."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePost:
    """A post of the sample blog with its date."""

    slug: str
    title: str
    published: datetime
    categories: tuple[str, ...]
    comments: tuple[SampleComment, ...]
    #: The excerpt written by hand, "" if there is none.
    excerpt: str
    #: HTML with `$blog`, `$link` and `$when` as placeholders.
    body: str

    @property
    def number(self) -> int:
        """WordPress's post number: it grows with the date and differs from year to year."""
        return self.published.toordinal()

    @property
    def path(self) -> str:
        """The post's path on the blog, such as `/2026/10/04/hips-first/`."""
        return f"/{self.published:%Y/%m/%d}/{self.slug}/"

    def link(self, base_url: str) -> str:
        """Return the post's address on a blog at `base_url` (no slash at the end)."""
        return base_url + self.path

    def html(self, base_url: str) -> str:
        """Return the post's HTML for a blog at `base_url` (no slash at the end)."""
        return Template(self.body).substitute(
            blog=base_url, link=self.link(base_url), when=f"{self.published:%B %Y}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _UndatedPost:
    """A post as its file has it: without the year."""

    slug: str
    title: str
    month: int
    day: int
    at: time
    categories: tuple[str, ...]
    comments: tuple[SampleComment, ...]
    excerpt: str
    body: str

    def date_by(self, as_of: datetime) -> SamplePost:
        """Return the post as last published by `as_of`: this year or the year before."""
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
    """Return the posts of the twelve months before the aware moment `as_of`, newest first."""
    moment = as_of.astimezone(UTC)
    dated = (undated.date_by(moment) for undated in _read_folder())
    return tuple(sorted(dated, key=lambda post: post.published, reverse=True))


@cache
def _read_folder() -> tuple[_UndatedPost, ...]:
    return tuple(_read_file(path) for path in sorted(FOLDER.glob("*.html")))


def _read_file(path: Path) -> _UndatedPost:
    _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    fields = tomllib.loads(head)
    return _UndatedPost(
        slug=path.stem,
        title=fields["title"],
        month=fields["month"],
        day=fields["day"],
        at=fields["at"],
        categories=tuple(fields["categories"]),
        comments=tuple(SampleComment(**comment) for comment in fields["comments"]),
        excerpt=fields.get("excerpt", ""),
        body=body.strip(),
    )
