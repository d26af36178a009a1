from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from newsletter.composer.checks.lint import lint
from newsletter.composer.checks.proof import Finding
from newsletter.composer.render import render
from newsletter.models import Edition, Issue, Letterhead
from newsletter.resources import template_folders
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

FIELDS = {
    "unsubscribe_url": f"https://news.example.com/unsubscribe/{'t' * 80}",
    "preferences_url": f"https://news.example.com/preferences/{'t' * 80}",
    "address": f"{'a' * 60}@runners.example",
}
Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def check() -> Check:
    """Lint the sample issue; `html` and `text` change the rendered parts."""

    def lint_it(
        issue: Issue = ISSUE,
        *,
        html: Callable[[str], str] = str,
        text: Callable[[str], str] = str,
        subject: str = "",
        letterhead: Letterhead = LETTERHEAD,
        **changes: str,
    ) -> tuple[Finding, ...]:
        own = replace(letterhead, **changes)  # type: ignore[arg-type]  # fields of Letterhead
        edition: Edition = render(
            issue, "north", own, folders=template_folders("email", None), merge_key=MERGE_KEY
        )
        changed = replace(
            edition,
            html=html(edition.html),
            text=text(edition.text),
            subject=subject or edition.subject,
        )
        return lint(changed, issue, own, fields=FIELDS)

    return lint_it
