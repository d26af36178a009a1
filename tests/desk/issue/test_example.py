"""Before the first issue the desk shows an example of the newest posts, and says that it is one."""

from __future__ import annotations

from pathlib import Path

from tests.desk.conftest import OpenDesk
from tests.support.newsletter_folder import create_newsletter, publish


def test_a_new_newsletter_shows_how_an_issue_will_look(tmp_path: Path, open_desk: OpenDesk) -> None:
    context = create_newsletter(tmp_path / "new")
    publish(context, "An old hill", "An older hill", state="seen_before_start")
    author = open_desk(context)

    page, mail = author.get("/"), author.get("/example")

    assert "How an issue will look An example, of the newest posts on your blog" in page.words
    assert "nobody gets this" in page.words
    assert "An example: no new post waits yet" in mail.words
    assert "An old hill" in mail.words
    assert "An older hill" in mail.words


def test_the_first_post_that_waits_ends_the_example(tmp_path: Path, open_desk: OpenDesk) -> None:
    context = create_newsletter(tmp_path / "new")
    publish(context, "An old hill", state="seen_before_start")
    author = open_desk(context)
    publish(context, "A new hill")

    words = author.get("/").words

    assert "How an issue will look" not in words
    assert "A new hill" in words
