"""The author writes and arranges one issue, from the draft to the sent message."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.own_edits import edit_issue, issue_edits, undo_edit
from newsletter.editorial.preview import render_preview
from newsletter.errors import NewsletterError, NotFound, NotReady, UsageError
from newsletter.models import OwnEdits, PostState
from newsletter.notices.draft_contents import compare_contents, contents_of
from newsletter.pipeline.run import run
from newsletter.storage import posts
from newsletter.storage.database.engine import transaction
from tests.support.newsletter_folder import create_newsletter, publish, subscribe
from tests.support.program import Program

NOTE = "Hello from the [river loop](https://blog.example.com/loop/).\n\nSee you *there*."
SUNDAY = "2026-11-22T15:00:00+00:00"


def test_what_the_author_wrote_stays_is_shown_and_is_sent(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "weekly")
    publish(context, "Hips", "Mud", "Frost", "My pack")
    subscribe(context, "ann@example.com")
    draft_issue(context)
    newsletter = Program(folder=context.folder, now="2026-11-20T12:00:00+00:00")
    before = newsletter("edit", "next")
    assert "[4] lead: My pack\n  [3] card: Frost" in before.out

    edit = ("--subject", "Frost <%name%>", "--preheader", "The river, at minus nine", "--note", "-")
    order = ("--order", "2", "4", "--lead", "3", "--excerpt", "2", "All of it.")
    edited = newsletter(
        "edit", "next", *edit, *order, "--treat", "1", "title", "--json", stdin=NOTE
    )
    assert edited.json["subject"] == "Frost < %name% >"
    assert edited.json["own"]["note"] == NOTE
    shown = [(post["id"], post["treatment"]) for post in edited.json["posts"]]
    assert shown == [(3, "lead"), (2, "card"), (4, "card"), (1, "title")]
    assert edited.json["changed"] == [
        *("subject", "preheader", "note", "order", "excerpts", "treatment of posts")
    ]

    publish(context, "A fifth post")
    drafted = newsletter("draft", "--json").json
    assert [post["id"] for post in drafted["posts"]] == [3, 2, 4, 5, 1]
    assert drafted["subject"] == "Frost < %name% >"
    assert "note" in drafted["own"]
    assert "yours: subject, preheader, note" in newsletter("draft").out

    # An edit after the approval voids it, and what changes nothing does not.
    approve(context, "next")
    assert newsletter("edit", "next", "--lead", "3").err.strip() == (
        "Issue 1 reads like that already."
    )
    voided = newsletter("edit", "next", "--order", "4", "2")
    assert "The approval of issue 1 is void: you changed its order." in voided.err
    assert draft_issue(context).voided in voided.err
    assert newsletter("edit", "next", "--undo", "--json").json["undos"] == 1
    assert '<a href="https://blog.example.com/loop/"' in render_preview(context, "next").html
    approve(context, "next")

    sunday = open_newsletter(context.folder, {"NEWSLETTER_NOW": SUNDAY})
    sent = run(sunday)
    assert sent.issue is not None
    assert sent.issue.status == "sent"
    (file,) = (context.folder / "outbox" / "1").rglob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Subject"] == "Frost < %name% >"
    part = message.get_body(("plain",))
    assert part is not None
    text = part.get_content().replace("\r\n", "\n")
    assert "Hello from the river loop [1].\n\nSee you there.\n\n[1] https://" in text
    places = [text.index(words) for words in ("\nFrost\n", "All of it.", "\nMy pack\n", "Also on")]
    assert places == sorted(places)
    for refused in (("last", "--subject", "x"), ("1", "--undo")):
        late = Program(folder=context.folder, now=SUNDAY)("edit", *refused)
        assert (late.code, "Issue 1 is sent; it stays" in late.err) == (1, True)
    sunday.engine.dispose()
    context.engine.dispose()


def test_edits_survive_a_draft_without_posts_and_can_be_undone(
    database_url: str, tmp_path: Path
) -> None:
    context = create_newsletter(tmp_path / "weekly", database_url=database_url)
    publish(context, "Mud")
    draft_issue(context)
    edit_issue(context, "next", EditRequest(note=NOTE))
    edit_issue(context, "next", EditRequest(subject="Mud, again"))
    _set_state(context, "skipped")
    assert draft_issue(context).issue is None
    _set_state(context, "waiting")
    draft = draft_issue(context)
    assert draft.issue is not None
    assert draft.issue.subject == "Mud, again"
    assert "river loop" in draft.issue.note
    told = contents_of(draft.issue)

    undone = undo_edit(context, "next")
    assert (undone.issue.subject, undone.changed) == ("Mud", ("subject",))
    assert compare_contents(told, contents_of(undone.issue)).lines == (
        "Its subject is now “Mud”.",
        "You changed its subject.",
    )
    assert undo_edit(context, "next").issue.note == ""
    with pytest.raises(NotReady, match="no edit to undo"):
        undo_edit(context, "next")
    _refuses_what_it_cannot_show(context)
    assert issue_edits(context, "next").issue.own_edits == OwnEdits()
    context.engine.dispose()


def _set_state(context: Context, state: PostState) -> None:
    with transaction(context.engine) as connection:
        posts.set_state(connection, (1,), state, "")


def _refuses_what_it_cannot_show(context: Context) -> None:
    publish(context, "Held back", state="held")
    refusals: tuple[tuple[EditRequest, type[NewsletterError], str], ...] = (
        (EditRequest(order=(99,)), NotFound, "no post 99"),
        (EditRequest(order=(2**70,)), NotFound, "no post"),
        (EditRequest(excerpts=((2, "x"),)), NotReady, "“Held back” is not in issue 1"),
        (EditRequest(treatments=((1, "title"),)), UsageError, "one post at least"),
        (EditRequest(note=">" * 99), UsageError, "too deep"),
    )
    for request, error, problem in refusals:
        with pytest.raises(error, match=problem):
            edit_issue(context, "next", request)


def test_the_command_says_what_is_wrong_with_its_words(tmp_path: Path) -> None:
    newsletter = Program(folder=tmp_path)
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    for words, problem in (
        (("--lead", "1", "--lead", "2"), "Only one post can lead"),
        (("--order", "1", "--order", "2"), "one --order"),
        (("--order", "1", "two"), "'two' is no post's id"),
        (("3",), "'3' belongs to no option"),
        (("--undo", "--subject", "x"), "--undo stands alone"),
        (("--note", str(tmp_path / "none")), "cannot be read: No such file"),
        (("--note", str(tmp_path / "latin")), "not text in UTF-8"),
        (("--treat", "1", "huge"), "'lead', 'card', 'title'"),
    ):
        result = newsletter("edit", "next", *words)
        assert (result.code, problem in result.err) == (2, True), result.err
