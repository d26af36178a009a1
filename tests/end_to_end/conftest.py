"""Newsletters to start from: the real program creates each once, and tests get copies."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, MUD
from tests.support.blog import Blog
from tests.support.feeds import Item
from tests.support.postgresql import PostgreSQL
from tests.support.program import Program

OLD = tuple(
    Item(number=day, title=f"Old post {day}", day=dt.date(2026, 9, day)) for day in (3, 2, 1)
)


@pytest.fixture(scope="session")
def web() -> Iterator[Blog]:
    """The blog of all copies, whose address their settings and databases hold."""
    with Blog() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def pattern(web: Blog, tmp_path_factory: pytest.TempPathFactory) -> Newsletter:
    newsletter = open_at_start(tmp_path_factory.mktemp("pattern") / "newsletter", web)
    answer = newsletter.program.init(web.url)
    assert answer.code == 0, answer
    # The first issue is in October, when a season by whole months is no news any more.
    newsletter.set("greetings = true", 'seasons = "sun"\ngreetings = true')
    return newsletter


@pytest.fixture(scope="session")
def read_pattern(pattern: Newsletter, tmp_path_factory: pytest.TempPathFactory) -> Newsletter:
    newsletter = copy_newsletter(pattern, tmp_path_factory.mktemp("read") / "newsletter")
    newsletter.subscribe("ann@example.com")
    newsletter.run(
        "subscribers", "add", "sue@example.com", "--hemisphere", "south", "--name", "Sue"
    )
    return newsletter


@pytest.fixture(scope="session")
def drafted_pattern(
    read_pattern: Newsletter, tmp_path_factory: pytest.TempPathFactory
) -> Newsletter:
    newsletter = copy_newsletter(read_pattern, tmp_path_factory.mktemp("drafted") / "newsletter")
    newsletter.at(FRIDAY).publish(MUD, HILL)
    newsletter.run("collect")
    newsletter.run("draft")
    return newsletter


@pytest.fixture
def begun(pattern: Newsletter, tmp_path: Path) -> Newsletter:
    """A new newsletter on Monday 5 October 2026, with its first issue due on Sunday the 11th."""
    return copy_newsletter(pattern, tmp_path / "newsletter")


@pytest.fixture
def weekly(read_pattern: Newsletter, tmp_path: Path) -> Newsletter:
    """Ann in the north and Sue in the south, two new posts, and no approval needed."""
    newsletter = copy_newsletter(read_pattern, tmp_path / "newsletter")
    newsletter.set('approval = "required"', 'approval = "auto"')
    newsletter.at(FRIDAY).publish(MUD, HILL)
    return newsletter


@pytest.fixture
def drafted(drafted_pattern: Newsletter, tmp_path: Path) -> Newsletter:
    """Ann in the north and Sue in the south, and a draft of two posts to approve."""
    newsletter = copy_newsletter(drafted_pattern, tmp_path / "newsletter")
    newsletter.at(FRIDAY).publish(MUD, HILL)
    return newsletter


@pytest.fixture
def on_postgresql(web: Blog, tmp_path: Path, postgresql_server: PostgreSQL) -> Newsletter:
    """On PostgreSQL: Ann in the north, two new posts, and no approval needed."""
    newsletter = open_at_start(tmp_path / "newsletter", web)
    newsletter.program.env["NEWSLETTER_DATABASE_URL"] = postgresql_server.new_database()
    assert newsletter.program.init(web.url).code == 0
    newsletter.set('approval = "required"', 'approval = "auto"')
    newsletter.subscribe("ann@example.com")
    newsletter.at(FRIDAY).publish(MUD, HILL)
    return newsletter


def open_at_start(folder: Path, web: Blog) -> Newsletter:
    """Return the newsletter of a folder on its first Monday, and reset its blog to that day."""
    web.pages.clear()
    newsletter = Newsletter(Program(folder), web)
    newsletter.publish(*OLD)
    return newsletter.at("2026-10-05T12:00")


def copy_newsletter(pattern: Newsletter, folder: Path) -> Newsletter:
    """Copy a newsletter folder."""
    shutil.copytree(pattern.folder, folder)
    return open_at_start(folder, pattern.blog)
