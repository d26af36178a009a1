"""The time to render an edition of eight posts, against the bare MJML compiler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

from mjml import mjml2html

from newsletter.composer.render import render
from newsletter.models import Edition, Issue, SafeHtml
from newsletter.resources import template_folders
from tests.benchmarks.table import Row, medians
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

_ROUNDS = 300
_Body = Literal["excerpt", "full"]
# The aim is for the default digest. Full posts are also converted to plain text.
_AIMS: dict[_Body, float | None] = {"excerpt": 4.0, "full": None}


def rows() -> Iterator[Row]:
    """Measure `render` of one edition, with excerpts and with full posts.

    Each edition is of an issue not seen before, so no cache can help.
    """
    for body, aim in _AIMS.items():
        rendered = _renderer(body)
        source = rendered().mjml
        seconds = medians(
            {"edition": rendered, "bare": partial(mjml2html, source)},
            rounds=_ROUNDS,
            clock=time.process_time,
        )
        yield Row(
            what=f"edition of {len(ISSUE.posts)} posts ({body}) : bare mjml-python",
            ratio=seconds["edition"] / seconds["bare"],
            aim=aim,
            figures=f"{seconds['edition'] * 1e3:.2f} ms : {seconds['bare'] * 1e3:.2f} ms",
        )


def _renderer(body: _Body) -> Callable[[], Edition]:
    letterhead = replace(LETTERHEAD, body=body)
    folders = template_folders("email", None)
    issues = iter([_issue(number) for number in range(_ROUNDS + 2)])
    return lambda: render(next(issues), "north", letterhead, folders=folders, merge_key=MERGE_KEY)


def _issue(number: int) -> Issue:
    """Return an issue whose posts differ from those of every other."""
    posts = tuple(
        replace(post, title=f"{post.title} {number}", html=SafeHtml(f"{post.html}<p>{number}</p>"))
        for post in ISSUE.posts
    )
    return replace(ISSUE, posts=posts)
