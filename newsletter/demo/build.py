"""Build the example newsletter with the real program: one issue sent, the next one a draft."""

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
from newsletter.demo.marker import write_marker
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import Draft, draft_issue
from newsletter.pipeline.run import run
from newsletter.pipeline.run_report import RunReport
from newsletter.setup.answers import SetupAnswers
from newsletter.setup.make import make_newsletter
from newsletter.subscriptions.subscriber_admin import add

#: A feed holds ten posts. Read once a season, none of them scrolls off unseen.
_SEASON = dt.timedelta(days=90)
#: How many posts of the summer go into the first issue.
_BACKFILL = 5
# Messages that are named; there are more readers.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """The contents of the example."""

    #: For a person.
    text: str
    #: For a script, as JSON.
    document: dict[str, Any]


def build_demo(
    folder: Path, *, now: dt.datetime, say: Callable[[str], None], program: str = "newsletter"
) -> DemoSummary:
    """Build the example in `folder`, as it would be at the aware moment `now`.

    The first issue of the last fall is sent to all readers, as files. The next is a draft
    with every post since. `program` is the command that the summary's hints call. Raise
    UsageError if `folder` holds a newsletter.
    """
    sunday = first_fall_sunday(now)
    start = sunday - dt.timedelta(days=2)
    with SampleBlog(as_of=start) as blog:
        say(f"The sample blog {about.TITLE!r} is served at {blog.url} for this example.")
        make_newsletter(folder, _setup_answers(blog.url), _environ_at(start))
        write_marker(folder, blog.url)
        report = _send_first_issue(folder, sunday)
        say(report.reason)
        for day in _reading_days(sunday, now):
            blog.as_of = day
            next_issue = _draft_next_issue(folder, day)
    return _summarise(folder, report, next_issue, program)


def first_fall_sunday(now: dt.datetime) -> dt.datetime:
    """Return the sending time on the first Sunday of fall, at least two weeks before `now`."""
    zone = ZoneInfo(about.TIMEZONE)
    for year in (now.year, now.year - 1):
        first = dt.date(year, 9, 1)
        day = first + dt.timedelta(days=6 - first.weekday())
        moment = dt.datetime.combine(day, dt.time(7), zone)
        if now - moment >= dt.timedelta(days=14):
            break
    return moment


def _setup_answers(blog_url: str) -> SetupAnswers:
    return SetupAnswers(
        blog=blog_url,
        sender=f"{about.TITLE} <news@example.com>",
        postal_address=about.POSTAL_ADDRESS,
        title=about.TITLE,
        author=about.AUTHOR,
        timezone=about.TIMEZONE,
        hemisphere="north",
        backfill=_BACKFILL,
        allow_private=True,
    )


def _send_first_issue(folder: Path, sunday: dt.datetime) -> RunReport:
    saturday = _open_at(folder, sunday - dt.timedelta(days=1))
    for reader in about.READERS:
        add(saturday, (reader.address,), name=reader.name, hemisphere=reader.hemisphere or "")
    collect(saturday)
    draft_issue(saturday)
    approve(saturday, "next")
    return run(_open_at(folder, sunday))


def _draft_next_issue(folder: Path, now: dt.datetime) -> Draft:
    context = _open_at(folder, now)
    collect(context, conditional=False)
    return draft_issue(context)


def _reading_days(first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    day = first + _SEASON
    while day < last:
        yield day
        day += _SEASON
    yield last


def _open_at(folder: Path, moment: dt.datetime) -> Context:
    return open_newsletter(folder, _environ_at(moment))


def _environ_at(moment: dt.datetime) -> Mapping[str, str]:
    """Return an environment that sets the clock to `moment` and nothing else."""
    return {"NEWSLETTER_NOW": moment.isoformat()}


def _summarise(folder: Path, report: RunReport, next_issue: Draft, program: str) -> DemoSummary:
    number = report.issue.number if report.issue else 0
    outbox = folder / "outbox" / str(number)
    messages = sorted(outbox.glob("*.eml"))
    lines = [
        f"Issue {number} went out to {len(messages)} readers, as files in {outbox}:",
        *(f"  {path}" for path in messages[:_SHOWN]),
        f"  … and {len(messages) - _SHOWN} more",
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
        "draft": next_issue.issue.number if next_issue.issue else None,
        "reason": report.reason,
    }
    return DemoSummary(text="\n".join(lines), document=document)
