"""Figures as text, JSON, CSV and HTML: the same figures, and no reader's address in any."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery.engagement import Engagement
from newsletter.errors import NewsletterError
from newsletter.models import Figures
from newsletter.statistics.documents import figures_csv, figures_document
from newsletter.statistics.figures import (
    IssueFigures,
    NewsletterFigures,
    PostFigures,
    effect_end,
    format_share,
    group_by_weekday,
    rank_posts,
    share,
    sum_issues,
)
from newsletter.statistics.files import is_replaceable, save_text
from newsletter.statistics.notes import NOT_TRACKED, notes_on
from newsletter.statistics.report_page import render_report
from newsletter.statistics.terminal import TextStyle, render_text, style_of
from newsletter.subscriptions.growth import GrowthMonth
from newsletter.text import columns

ZONE = ZoneInfo("America/Edmonton")
SUNDAY = dt.datetime(2026, 11, 1, 14, tzinfo=dt.UTC)
HOSTILE = "=1+1 <script>alert(1)</script>\x1b[31m " + "跑步" * 40


def an_issue(number: int, **changes: object) -> IssueFigures:
    """Return an issue to a thousand readers of which nothing is known beyond its deliveries."""
    at = SUNDAY + dt.timedelta(weeks=number)
    issue = IssueFigures(
        number=number,
        key=f"{at:%G-W%V}",
        rhythm="weekly",
        status="sent",
        subject=f"Up the hill {number}",
        frozen_at=at,
        sent_at=at,
        is_rehearsal=False,
        deliveries=Figures(planned=1000, accepted=990, failed=10),
        failed_by=(("reader_gone", 7), ("", 3)),
        delivered=None,
        bounced=None,
        complained=None,
        unsubscribed=number,
        effect_until=at,
        engagement=Engagement(),
        posts=(
            PostFigures(
                id=1, title="Mud", url="https://b.example/1", issue=number, clicked=None, comments=4
            ),
            PostFigures(
                id=2,
                title=HOSTILE,
                url="https://b.example/2",
                issue=number,
                clicked=None,
                comments=9,
            ),
        ),
    )
    return replace(issue, **changes)  # type: ignore[arg-type]  # fields by name


def tracked_issue(number: int, clicked: int, **changes: object) -> IssueFigures:
    issue = an_issue(number, engagement=Engagement(clicked=clicked, opened=3, opened_by_machine=5))
    posts = tuple(replace(post, clicked=post.id * clicked) for post in issue.posts)
    return replace(issue, posts=posts, bounced=2, complained=0, **changes)  # type: ignore[arg-type]


def all_of(*issues: IssueFigures) -> NewsletterFigures:
    months = (GrowthMonth(year=2026, month=10, came=40, left=3, bounced=1),)
    readers = {"active": 1234, "pending": 0, "unsubscribed": 3, "bounced": 1, "complained": 0}
    return NewsletterFigures(
        title="Pine & Pace",
        at=SUNDAY,
        zone=ZONE,
        issues=issues,
        readers=readers,  # type: ignore[arg-type]  # statuses by name
        months=months if issues else (),
    )


def text_of(figures: NewsletterFigures | IssueFigures) -> str:
    return render_text(figures, TextStyle())


def page_of(figures: NewsletterFigures | IssueFigures) -> str:
    return render_report(
        figures, title="Pine & Pace", now=SUNDAY, zone=ZONE, folder=Path("/nowhere")
    )


EVERYTHING = (
    all_of(),
    all_of(an_issue(1)),
    all_of(*(tracked_issue(number, 40 * number) for number in range(1, 15))),
    all_of(an_issue(1, status="sending"), tracked_issue(2, 9, is_rehearsal=True)),
    an_issue(3, subject=HOSTILE),
    tracked_issue(4, 700, subject=HOSTILE),
)


@pytest.mark.parametrize("figures", EVERYTHING)
@pytest.mark.parametrize("style", [TextStyle(), TextStyle(has_blocks=False), TextStyle(width=60)])
def test_text_fits_the_terminal_and_nothing_acts_on_it(
    figures: NewsletterFigures | IssueFigures, style: TextStyle
) -> None:
    text = render_text(figures, style)
    assert max(map(columns, text.splitlines())) <= style.width
    assert "\x1b" not in text
    if not style.has_blocks:
        assert not re.search("[█░–…“”’]", text)


def test_colour_is_for_terminals() -> None:
    coloured = render_text(EVERYTHING[2], TextStyle(has_colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).split() == text_of(EVERYTHING[2]).split()


@pytest.mark.parametrize(
    ("encoding", "has_blocks"),
    [("utf-8", True), ("ascii", False), ("latin-1", False), ("no such", False)],
)
def test_the_stream_decides_about_the_blocks(encoding: str, has_blocks: bool) -> None:
    class Stream(io.StringIO):
        pass

    stream = Stream()
    Stream.encoding = encoding
    assert style_of(stream) == TextStyle(has_blocks=has_blocks)


def test_what_is_not_tracked_is_said_and_not_shown_as_0() -> None:
    text = text_of(all_of(an_issue(1)))
    assert NOT_TRACKED.split(":")[0] in " ".join(text.split())
    assert "clicked" not in text
    assert "Bounces and complaints are not known" in " ".join(text.split())
    page = page_of(all_of(an_issue(1)))
    assert "Opens and clicks are not tracked" in page
    assert "Complained" not in page
    assert notes_on(()) == ()


def test_an_issue_under_way_rehearsals_and_partial_tracking_are_said() -> None:
    first, second, third = (
        an_issue(1, status="sending"),
        tracked_issue(2, 5),
        an_issue(3, is_rehearsal=True),
    )
    notes = " ".join(notes_on((first, second, third)))
    assert "Issue 1 is still going out" in notes
    assert "known of 1 of 3 issues" in notes
    assert "Issue 3 went to the outbox" in notes
    assert "nobody was mailed" in notes_on((third,))[0]
    assert (
        "Issues 1, 2 and 4 are still"
        in notes_on([an_issue(n, status="stopped") for n in (1, 2, 4)])[0]
    )


def test_the_best_posts_are_those_with_clicks_else_with_comments() -> None:
    assert [post.id for post in rank_posts((an_issue(1),))] == [2, 1]
    ranked = rank_posts((an_issue(1), tracked_issue(2, 8), tracked_issue(3, 5)), 3)
    assert [(post.issue, post.clicked) for post in ranked] == [(2, 16), (3, 10), (2, 8)]


def test_weekdays_compare_by_the_author_s_calendar() -> None:
    monday = tracked_issue(2, 99, frozen_at=SUNDAY + dt.timedelta(days=1))
    early = an_issue(1, frozen_at=dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC))
    first, second = group_by_weekday((early, monday), ZONE)
    assert (first.name, first.clicked, first.click_share) == ("Monday", 99, 0.1)
    assert (second.name, second.clicked, second.unsubscribed) == ("Sunday", None, 1)
    assert "Monday" in text_of(all_of(early, monday))
    assert "Monday has the most" in page_of(all_of(early, monday))
    untracked = all_of(early, an_issue(2, frozen_at=SUNDAY + dt.timedelta(days=1)))
    assert "Who unsubscribed, by the day it went out" in text_of(untracked)
    assert "issues the most left" in page_of(untracked)


def test_sums_leave_unknown_figures_unknown() -> None:
    totals = sum_issues((an_issue(1), tracked_issue(2, 8)))
    assert (totals.clicked, totals.bounced, totals.delivered) == (8, 2, None)
    assert totals.failed_by == (("reader_gone", 14), ("", 6))


def test_shares_and_the_week_of_an_issue() -> None:
    assert (share(None, 4), share(1, 0), share(5, 4)) == (None, None, 1.0)
    shares = [format_share(value) for value in (None, 0.0, 0.004, 0.17)]
    assert shares == ["", "0 %", "0.4 %", "17 %"]
    far, week = SUNDAY + dt.timedelta(days=90), SUNDAY + dt.timedelta(days=7)
    assert effect_end(SUNDAY, None, far) == week
    assert effect_end(SUNDAY, SUNDAY + dt.timedelta(days=3), far) == SUNDAY + dt.timedelta(days=3)
    assert effect_end(SUNDAY, None, SUNDAY) == SUNDAY


def test_json_has_null_for_what_is_not_known() -> None:
    document = figures_document(all_of(an_issue(1), tracked_issue(2, 8)))
    first, second = document["issues"]
    assert (first["clicked"], first["bounced"], first["opened_by_machine"]) == (None, None, None)
    assert (second["clicked"], second["clicked_by_machine"], second["opened_by_machine"]) == (
        8,
        0,
        5,
    )
    assert document["totals"]["failed_by"] == [
        {"fault": "reader_gone", "count": 14},
        {"fault": None, "count": 6},
    ]
    assert document["growth"] == [{"month": "2026-10", "came": 40, "left": 3, "bounced": 1}]
    assert [post["comments"] for post in figures_document(an_issue(1))["posts"]] == [4, 9]


def test_csv_leaves_unknown_cells_empty_and_holds_no_formula() -> None:
    first, second = csv.DictReader(
        io.StringIO(figures_csv(all_of(an_issue(1), tracked_issue(2, 8))))
    )
    assert (first["clicked"], first["failed_reader_gone"], first["rehearsal"]) == ("", "7", "no")
    assert second["clicked"] == "8"
    posts = list(csv.DictReader(io.StringIO(figures_csv(tracked_issue(1, 3)))))
    assert [row["clicked"] for row in posts] == ["3", "6"]
    assert posts[1]["title"].startswith("'=1+1")


@pytest.mark.parametrize("figures", EVERYTHING)
def test_the_report_needs_nothing_from_elsewhere(figures: NewsletterFigures | IssueFigures) -> None:
    page = page_of(figures)
    assert not re.search(r"<(script|link|img|iframe|object)\b|@import|url\((?!#)", page)
    assert page.count("<svg") == page.count("<title id=")
    sections = page.split("<section")[1:]
    assert all("<table" in section for section in sections if "<svg" in section)


def test_a_report_replaces_reports_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "figures.html"
    save_text(file, page_of(all_of()))
    assert is_replaceable(file)
    save_text(tmp_path / "a.csv", figures_csv(all_of()))
    assert is_replaceable(tmp_path / "a.csv")
    file.write_text("<p>My other page</p>", "utf-8")
    assert not is_replaceable(file)
    assert not is_replaceable(tmp_path)
    with pytest.raises(NewsletterError, match="There is no folder"):
        save_text(tmp_path / "no" / "such.html", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "figures.html"]
