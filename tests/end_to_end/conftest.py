"""A newsletter that has just begun: three old posts on the blog, nothing sent yet."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.conftest import Blog, Program
from tests.end_to_end.newsletter import Newsletter
from tests.feeds import Item

OLD = tuple(
    Item(number=day, title=f"Old post {day}", day=dt.date(2026, 9, day)) for day in (3, 2, 1)
)


@pytest.fixture
def begun(program: Program, blog: Blog) -> Newsletter:
    """Made on Monday 5 October 2026; its first issue would be due on Sunday the 11th."""
    made = Newsletter(program, blog)
    made.publish(*OLD)
    made.at("2026-10-05T12:00")
    answer = program.init(blog.url)
    assert answer.code == 0, answer
    return made
