"""The example, made by the real program: a blog, readers, an issue sent and one in draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.app import open_newsletter
from newsletter.collecting.collect import collect
from newsletter.context import Context
from newsletter.demo import about
from newsletter.demo.blog import SampleBlog
from newsletter.demo.marker import leave_marker
from newsletter.demo.readers import READERS
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import Draft, draft_issue
from newsletter.pipeline.run import run
from newsletter.pipeline.run_report import RunReport
from newsletter.setup import SetupAnswers, make_newsletter
from newsletter.subscriptions.subscriber_admin import add

_SEASON = dt.timedelta(days=90)
_KEPT = 5  # posts of the summer that the first issue begins with


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """What the example holds, as text for a person and as a document for a script."""

    text: str
    document: dict[str, Any]


def build(
    folder: Path, *, now: dt.datetime, say: Callable[[str], None], program: str = "newsletter"
) -> DemoSummary:
    """Makes the example in `folder`, as it would stand at `now` (aware).

    The first issue of the last fall goes out to everybody, as files; the next stands in
    draft with what the blog has brought since. `program` is how this
    command is called here, for what to try next. Raises UsageError when `folder` holds a
    newsletter.
    """
    sunday = first_fall_sunday(now)
    began = sunday - dt.timedelta(days=2)
    with SampleBlog(as_of=began) as blog:
        say(f"The sample blog {about.TITLE!r} is served at {blog.url} for this example.")
        make_newsletter(folder, _wishes(blog.url), _at(began))
        leave_marker(folder, blog.url)
        report = _first_issue(folder, sunday)
        say(report.reason)
        for day in _days_between(sunday, now):
            blog.as_of = day
            made = _next_issue(folder, day)
    return _told(folder, report, made, program)


def first_fall_sunday(now: dt.datetime) -> dt.datetime:
    """The issue's hour on the first Sunday of the newest fall that began two weeks ago."""
    zone = ZoneInfo(about.TIMEZONE)
    for year in (now.year, now.year - 1):
        first = dt.date(year, 9, 1)
        day = first + dt.timedelta(days=6 - first.weekday())
        moment = dt.datetime.combine(day, dt.time(7), zone)
        if now - moment >= dt.timedelta(days=14):
            break
    return moment


def _wishes(blog_url: str) -> SetupAnswers:
    return SetupAnswers(
        blog=blog_url,
        sender=f"{about.TITLE} <news@example.com>",
        postal_address=about.POSTAL_ADDRESS,
        title=about.TITLE,
        timezone=about.TIMEZONE,
        hemisphere="north",
        backfill=_KEPT,
        allow_private=True,
    )


def _first_issue(folder: Path, sunday: dt.datetime) -> RunReport:
    saturday = _open(folder, sunday - dt.timedelta(days=1))
    for reader in READERS:
        add(saturday, reader.address, name=reader.name, hemisphere=reader.hemisphere or "")
    collect(saturday)
    draft_issue(saturday)
    approve(saturday, "next")
    return run(_open(folder, sunday))


def _next_issue(folder: Path, now: dt.datetime) -> Draft:
    context = _open(folder, now)
    collect(context, conditional=False)
    return draft_issue(context)


def _days_between(first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """Days a season apart: a feed holds ten posts, and none may scroll by unseen."""
    day = first + _SEASON
    while day < last:
        yield day
        day += _SEASON
    yield last


def _open(folder: Path, moment: dt.datetime) -> Context:
    return open_newsletter(folder, _at(moment))


def _at(moment: dt.datetime) -> Mapping[str, str]:
    """An environment in which it is `moment`; the shell's own settings stay outside."""
    return {"NEWSLETTER_NOW": moment.isoformat()}


def _told(folder: Path, report: RunReport, made: Draft, program: str) -> DemoSummary:
    number = report.issue.number if report.issue else 0
    outbox = folder / "outbox" / str(number)
    messages = sorted(outbox.glob("*.eml"))
    lines = [
        f"Issue {number} went out to {len(messages)} readers, as files in {outbox}:",
        *(f"  {path}" for path in messages[:3]),
        "  Any mail program opens them; a reader in the south is greeted by their own spring.",
        "",
        "What to try next:",
        f"  {program} --folder {folder} preview       look at the next issue and approve it",
        f"  {program} --folder {folder} show last     the plain text of what went out",
        f"  {program} --folder {folder} posts         each post and what became of it",
        f"  {program} --folder {folder} run           nothing goes out twice: see it say why",
    ]
    document = {
        "folder": str(folder),
        "issue": number,
        "messages": [str(path) for path in messages],
        "draft": made.issue.number if made.issue else None,
        "reason": report.reason,
    }
    return DemoSummary(text="\n".join(lines), document=document)
