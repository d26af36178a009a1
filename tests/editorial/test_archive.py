"""The archive of sent issues."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.delivery.freeze import freeze
from newsletter.editorial.approval import approve
from newsletter.editorial.archive import ArchiveEntry, archive_page, list_archive
from newsletter.editorial.draft import draft_issue
from newsletter.errors import NotFound
from newsletter.models import IssueStatus
from newsletter.pipeline.send import send
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from tests.support.newsletter_folder import NOW, create_newsletter, publish, subscribe


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = create_newsletter(tmp_path / "newsletter")
    subscribe(context, "ada@example.com", "north")
    subscribe(context, "bo@example.com", "south")
    return context


def _send_issue(context: Context, *titles: str) -> int:
    publish(context, *titles)
    approved = approve(context, str(_number(context))).issue
    return send(context, str(approved.number)).issue.number


def _number(context: Context) -> int:
    issue = draft_issue(context).issue
    assert issue is not None
    return issue.number


def _set(context: Context, number: int, status: IssueStatus) -> None:
    with transaction(context.engine) as connection:
        issue = issues.by_number(connection, number)
        assert issue is not None
        issues.set_status(connection, issue.id, status)


def archive_of(context: Context) -> tuple[ArchiveEntry, ...]:
    with snapshot(context.engine) as connection:
        return list_archive(connection, context.config)


@pytest.mark.parametrize(
    ("language", "date", "tag"),
    [
        ("en", "November 22, 2026", "en"),
        ("en-GB", "22 November 2026", "en-GB"),
        ("de", "22. November 2026", "de"),
        ("pt-BR", "22 de novembro de 2026", "pt-BR"),
        ("fi", "November 22, 2026", "en"),
    ],
)
def test_the_list_writes_a_date_as_the_issue_does(
    tmp_path: Path, language: str, date: str, tag: str
) -> None:
    create_newsletter(tmp_path / "own").engine.dispose()
    settings = tmp_path / "own" / "newsletter.toml"
    text = settings.read_text("utf-8")
    settings.write_text(
        text.replace("[newsletter]", f'[newsletter]\nlanguage = "{language}"'), "utf-8"
    )
    context = open_newsletter(tmp_path / "own", {"NEWSLETTER_NOW": NOW})
    subscribe(context, "ada@example.com")
    number = _send_issue(context, "Larch week")

    (entry,) = archive_of(context)

    assert (entry.date, entry.date_language) == (date, tag)
    assert date in archive_page(context, number).html
    words = tmp_path / "own" / "templates" / "email" / "words" / f"{language}.toml"
    words.parent.mkdir(parents=True)
    words.write_text("broken", "utf-8")
    assert [entry.date for entry in archive_of(context)] == [date], "readers sign up all the same"
    context.engine.dispose()


def test_what_was_sent_is_listed_newest_first(context: Context) -> None:
    assert archive_of(context) == ()
    first = _send_issue(context, "Larch week")
    second = _send_issue(context, "Hill repeats", "Old shoes")
    publish(context, "Not yet")
    draft_issue(context)
    listed = archive_of(context)
    assert [archive_entry.number for archive_entry in listed] == [second, first]
    assert listed[1].subject == "Larch week"
    assert listed[1].day.isoformat() == "2026-11-22"


def test_a_page_is_the_author_s_edition_without_reader_data(context: Context) -> None:
    number = _send_issue(context, "Larch week")
    page = archive_page(context, number)
    assert page.subject == "Larch week"
    assert "Larch week" in page.html
    for own in ("-nl", "/unsubscribe/", "/preferences/", "example.com signed up", "Unsubscribe"):
        assert own not in page.html
    assert (page.older, page.newer) == (None, None)
    with snapshot(context.engine) as connection:
        issue = issues.by_number(connection, number)
    assert issue is not None
    north, south, _ = issue.greetings
    assert north.season.hemisphere == "north"
    lines = [line.strip() for line in north.text.split("!!", 1)]
    assert all(line in unescape(page.html) for line in lines)
    assert south.text not in unescape(page.html)


def test_a_page_links_its_neighbours(context: Context) -> None:
    first = _send_issue(context, "Larch week")
    second = _send_issue(context, "Hill repeats")
    assert archive_page(context, first).newer == second
    page = archive_page(context, second)
    assert page.older == first
    assert f'href="/archive/{first}"' in page.html


def test_the_canonical_url_of_one_post_is_the_blog_s_and_of_several_the_archive_s(
    context: Context,
) -> None:
    item = archive_page(context, _send_issue(context, "Larch week"))
    assert '<link rel="canonical" href="https://blog.example.com/0/">' in item.html
    number = _send_issue(context, "Hill repeats", "Old shoes")
    assert f'/archive/{number}">' in archive_page(context, number).html.partition("</head>")[0]


def test_the_policy_names_each_style_block_of_the_page(context: Context) -> None:
    page = archive_page(context, _send_issue(context, "Larch week"))
    blocks = re.findall(r"<style[^>]*>(.*?)</style>", page.html, re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        digest = base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy
    assert "script" not in page.policy


@pytest.mark.parametrize("name", [0, 7, 10**30])
def test_an_unknown_issue_has_no_page(context: Context, name: int) -> None:
    with pytest.raises(NotFound, match="archive"):
        archive_page(context, name)


def test_a_draft_and_an_undelivered_issue_have_no_page(context: Context) -> None:
    publish(context, "Larch week")
    number = _number(context)
    with pytest.raises(NotFound):
        archive_page(context, number)
    approve(context, str(number))
    freeze(context, number, need_approval=True)
    for status in ("frozen", "stopped", "cancelled"):
        _set(context, number, status)
        with pytest.raises(NotFound):
            archive_page(context, number)


def test_a_stopped_issue_that_reached_readers_has_a_page(context: Context) -> None:
    number = _send_issue(context, "Larch week")
    for status in ("sending", "stopped", "cancelled"):
        _set(context, number, status)
        assert "Larch week" in archive_page(context, number).html
        assert archive_of(context) == ()
