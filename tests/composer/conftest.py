from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.composer.render import render
from newsletter.models import Edition, Hemisphere, Issue, Letterhead
from newsletter.resources import template_folders
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

Renderer = Callable[..., Edition]


@pytest.fixture
def rendered() -> Renderer:
    """Render the sample issue, or a changed one, with changes to the letterhead."""

    def render_it(
        issue: Issue = ISSUE,
        hemisphere: Hemisphere = "north",
        folders: tuple[Path, ...] | None = None,
        **changes: str,
    ) -> Edition:
        letterhead: Letterhead = replace(LETTERHEAD, **changes)  # type: ignore[arg-type]  # fields of Letterhead
        return render(
            issue,
            hemisphere,
            letterhead,
            folders=folders or template_folders("email", None),
            merge_key=MERGE_KEY,
        )

    return render_it
