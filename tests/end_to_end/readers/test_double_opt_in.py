"""`subscribers add --confirm`, the sign-up form, and how `run` handles sign-ups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.posts import HILL
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.program import Program


@pytest.fixture
def made(program: Program, blog: Blog) -> Program:
    blog.serve_feed(rss(HILL))
    program.now = "2026-11-20T12:00:00+00:00"
    assert program.init(blog.url).code == 0
    return program


def addresses_asked(program: Program) -> set[str]:
    return {path.stem for path in (program.folder / "outbox" / "confirm").glob("*.eml")}


def statuses(program: Program) -> dict[str, str]:
    listed = program("subscribers", "list", "--json").json["subscribers"]
    return {item["email"]: item["status"] for item in listed}


def test_a_reader_added_with_confirm_gets_a_message_and_is_pending(made: Program) -> None:
    answer = made("subscribers", "add", "ada@example.com", "--confirm")
    assert answer.code == 0
    assert "seven days" in answer.out
    assert addresses_asked(made) == {"ada@example.com"}
    assert statuses(made) == {"ada@example.com": "pending"}


def test_an_import_with_confirm_mails_only_new_readers(made: Program, tmp_path: Path) -> None:
    made("subscribers", "add", "old@example.com")
    people = tmp_path / "people.csv"
    people.write_text(
        "email,status\nold@example.com,\nnew@example.com,\nno@example.com,unsubscribed\n"
    )
    answer = made("subscribers", "import", str(people), "--confirm", "--json")
    assert answer.json["added"] == 2
    assert addresses_asked(made) == {"new@example.com"}
    assert statuses(made) == {
        "old@example.com": "active",
        "new@example.com": "pending",
        "no@example.com": "unsubscribed",
    }


def test_a_run_deletes_sign_ups_unconfirmed_after_seven_days(made: Program) -> None:
    made("subscribers", "add", "ada@example.com", "--confirm")
    made.now = "2026-11-27T12:00:01+00:00"
    made("run")
    assert statuses(made) == {}


def test_the_form_for_the_blog_is_plain_html(made: Program) -> None:
    without = made("subscribers", "form")
    assert without.code == 2
    assert "[site] url" in without.err
    made.set('url = ""  ', 'url = "https://news.example.com"  ')
    form = made("subscribers", "form").out
    assert 'action="https://news.example.com/subscribe" method="post"' in form
    assert "<script" not in form
    assert "style" not in form
