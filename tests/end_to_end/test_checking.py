"""`check`, and how errors hold an issue back, by the real program."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.support.blog import Blog
from tests.support.feeds import Item
from tests.support.program import Program


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsletter]:
    """A newsletter with one waiting post and one reader; the issue is due on Sunday."""
    folder = tmp_path_factory.mktemp("checks") / "newsletter"
    with Blog.running() as blog:
        yield _create_draft(Newsletter(Program(folder), blog))


@pytest.fixture
def letters(drafted: Newsletter, tmp_path: Path) -> Newsletter:
    """A copy of that newsletter for each test."""
    folder = tmp_path / "newsletter"
    shutil.copytree(drafted.folder, folder)
    return replace(drafted, program=replace(drafted.program, folder=folder, env={}))


def _create_draft(made: Newsletter) -> Newsletter:
    program, blog = made.program, made.blog
    made.publish(Item(number=1, title="Before it all", day=dt.date(2026, 8, 30)))
    made.at("2026-09-01T08:00")
    assert program.init(blog.url).code == 0
    made.set('approval = "required"', 'approval = "auto"')
    made.subscribe("ada@example.com")
    picture = f'<p><img src="{blog.url}/gone.jpg" width="600" height="300" alt="A hill"></p>'
    body = f"{picture}<p>Eight times up the long hill, and once more for the dog.</p>"
    made.publish(Item(number=2, title="Hill repeats", day=dt.date(2026, 9, 2), body=body))
    made.at("2026-09-04T12:00")
    made.run("collect")
    made.run("draft")
    return made


def _break(made: Newsletter) -> None:
    """Write the author's own footer, without an unsubscribe link."""
    own = made.folder / "templates" / "email"
    own.mkdir(parents=True)
    (own / "digest.txt").write_text("Hello {{ '{{' }} you.\n{{ postal_address | join(' ') }}\n")


def test_check_says_that_an_issue_may_go_out(letters: Newsletter) -> None:
    answer = letters.run("check", "next", "--no-network", "--json")
    assert answer.json["ok"] is True
    assert {finding["level"] for finding in answer.json["findings"]} <= {"warning"}


def test_check_prints_the_spam_score_if_spamassassin_is_there(letters: Newsletter) -> None:
    own = letters.folder / "bin"
    own.mkdir()
    filter_ = own / "spamassassin"
    filter_.write_text("#!/bin/sh\necho 'X-Spam-Status: No, score=0.4 tests=HTML_MESSAGE a=no'\n")
    filter_.chmod(0o755)
    letters.program.env["PATH"] = f"{own}{os.pathsep}{os.environ['PATH']}"

    assert "scores it 0.4 (5 counts as spam)" in letters.run("check", "next", "--no-network").out
    assert letters.run("check", "next", "--no-network", "--json").json["spam_score"] == 0.4


def test_check_requests_pictures_unless_told_not_to(letters: Newsletter) -> None:
    rules = {finding["rule"] for finding in letters.run("check", "next", "--json").json["findings"]}
    assert "image-dead" in rules
    quiet = letters.run("check", "next", "--no-network", "--json").json["findings"]
    assert "image-dead" not in {item["rule"] for item in quiet}


def test_an_error_ends_check_with_3_and_holds_the_issue_back(letters: Newsletter) -> None:
    _break(letters)
    checked = letters("check", "next", "--no-network", "--json")
    assert checked.code == 3
    errors = {
        finding["rule"] for finding in checked.json["findings"] if finding["level"] == "error"
    }
    assert errors == {"unsubscribe", "leftover"}
    assert all(finding["where"] and finding["cure"] for finding in checked.json["findings"])
    sent = letters("send", "next")
    assert sent.code == 1
    assert "unsubscribe" in sent.err
    assert "--force" in sent.err
    run = letters.at("2026-09-06T08:00")("run", "--json")
    assert run.code == 3
    assert run.json["issue"] is None
    assert letters.outbox() == {}
    assert "unsubscribe" in letters("run", "--quiet").err


def test_only_the_checks_named_are_overridden(letters: Newsletter) -> None:
    _break(letters)
    assert letters("send", "next", "--force", "leftover").code == 1
    assert letters("send", "next", "--force", "unsubscribe", "leftover").code == 0
    assert list(letters.outbox()) == ["ada@example.com"]


def test_a_check_that_does_not_exist_cannot_be_forced(letters: Newsletter) -> None:
    answer = letters("send", "next", "--force", "unsubscrib")
    assert answer.code == 2
    assert "unsubscribe" in answer.err


def test_readers_are_greeted_by_name_or_without(letters: Newsletter) -> None:
    letters.set('sign_off = "', 'salutation = "Hello {name},"\nsign_off = "')
    letters.run("subscribers", "add", "bo@example.com", "--name", "Bo Larch")
    letters.run("send", "next")
    sent = letters.outbox()
    assert "Hello Bo," in text_of(sent["bo@example.com"])
    assert "Hello runner," in text_of(sent["ada@example.com"])
