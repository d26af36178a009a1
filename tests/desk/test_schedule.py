"""The page of the schedule: the slots ahead, the skipped ones, and the timer."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.editorial.draft import draft_issues
from newsletter.editorial.reschedule import skip_issue
from newsletter.models import DESK
from tests.support.visitor import Visitor


def test_the_next_issues_stand_with_their_days(author: Visitor) -> None:
    words = author.get("/schedule/").words
    assert "Weekly, on Sunday at 07:00 (America/Edmonton)." in words
    assert "Sunday, 22 November 2026 at 07:00 2026-W47" in words
    assert "Sunday, 10 January 2027 at 07:00" in words
    assert "newsletter schedule install" in words


def test_a_skipped_week_may_have_its_issue_after_all(context: Context, author: Visitor) -> None:
    draft_issues(context)
    skip_issue(context, "next", by=DESK)
    words = author.get("/schedule/").words
    assert "Skipped Sunday, 22 November 2026 at 07:00" in words
    page = author.press("/schedule/unskip", rhythm="weekly", key="2026-W47")
    assert "That week has its issue after all." in page.words
    assert "Skipped" not in page.words
    assert "is not skipped" in author.press("/schedule/unskip", rhythm="x", key="2026-W47").words
