"""A cure names the setting that applies to the issue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from newsletter.editorial.checks.check import max_posts_setting
from tests.support.newsletter_folder import create_newsletter
from tests.support.sample_issue import ISSUE


def test_an_issue_that_is_too_long_names_the_setting_of_its_rhythm(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    assert max_posts_setting(context.settings, ISSUE) == "max_posts"
    month = replace(ISSUE, rhythm="monthly")
    assert max_posts_setting(context.settings, month) == "monthly_max_posts"
