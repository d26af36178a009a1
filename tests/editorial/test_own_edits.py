"""The author writes and arranges one issue, from the draft to the sent message."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest, edits_token
from newsletter.editorial.own_edits import edit_issue, issue_edits, step_through_edits
from newsletter.editorial.preview import render_preview
from newsletter.errors import EditConflict, NewsletterError, NotFound, NotReady, UsageError
from newsletter.models import OwnEdits, PostState, SafeHtml
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

    undone = step_through_edits(context, "next", "undo")
    assert (undone.issue.subject, undone.changed) == ("Mud", ("subject",))
    assert compare_contents(told, contents_of(undone.issue)).lines == (
        "Its subject is now “Mud”.",
        "You changed its subject.",
    )
    assert step_through_edits(context, "next", "undo").issue.note == ""
    with pytest.raises(NotReady, match="no edit to undo"):
        step_through_edits(context, "next", "undo")
    _refuses_what_it_cannot_show(context)
    with transaction(context.engine) as connection:
        assert issue_edits(connection, context.config, "next").issue.own_edits == OwnEdits()
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
        (("--undo", "--subject", "x"), "--undo and --redo stand alone"),
        (("--note", str(tmp_path / "none")), "cannot be read: No such file"),
        (("--note", str(tmp_path / "latin")), "not text in UTF-8"),
        (("--treat", "1", "huge"), "'lead', 'card', 'title'"),
    ):
        result = newsletter("edit", "next", *words)
        assert (result.code, problem in result.err) == (2, True), result.err


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = create_newsletter(tmp_path / "weekly")
    publish(context, "Hips", "Mud", "Frost")
    subscribe(context, "ann@example.com")
    draft_issue(context)
    return context


def ids_in_draft(context: Context) -> list[int]:
    issue = draft_issue(context).issue
    assert issue is not None
    return [post.id for post in issue.posts]


def test_what_is_undone_can_be_redone_until_the_next_edit(context: Context) -> None:
    edit_issue(context, "next", EditRequest(subject="One"))
    edit_issue(context, "next", EditRequest(subject="Two"))
    step_through_edits(context, "next", "undo")
    step_through_edits(context, "next", "undo")
    draft_issue(context)
    assert step_through_edits(context, "next", "redo").issue.subject == "One"
    assert step_through_edits(context, "next", "redo").issue.subject == "Two"
    with pytest.raises(NotReady, match="no edit to redo"):
        step_through_edits(context, "next", "redo")
    step_through_edits(context, "next", "undo")
    edit_issue(context, "next", EditRequest(preheader="Other"))
    with pytest.raises(NotReady, match="no edit to redo"):
        step_through_edits(context, "next", "redo")


def test_words_typed_in_one_go_are_undone_at_once(context: Context) -> None:
    for text in ("F", "Fr", "Frost"):
        edit_issue(context, "next", EditRequest(subject=text), amend=text != "F")
    edit_issue(context, "next", EditRequest(note="Hello"), amend=True)
    assert step_through_edits(context, "next", "undo").issue.subject == "Frost"
    assert step_through_edits(context, "next", "undo").issue.own_edits.subject == ""


def test_a_post_held_back_waits_and_comes_back(context: Context) -> None:
    edit_issue(context, "next", EditRequest(hold_back=(2,)))
    draft = draft_issue(context)
    assert ids_in_draft(context) == [3, 1]
    assert [(post.id, reason) for post, reason in draft.left_out] == [
        (2, "you hold it back: it waits for a later issue")
    ]
    step_through_edits(context, "next", "undo")
    assert ids_in_draft(context) == [3, 2, 1]
    edit_issue(context, "next", EditRequest(hold_back=(1, 2)))
    with pytest.raises(UsageError, match="holds one post at least"):
        edit_issue(context, "next", EditRequest(hold_back=(3,)))
    edit_issue(context, "next", EditRequest(leave_to_us=(1,)))
    assert ids_in_draft(context) == [3, 1]


def test_a_post_of_before_the_start_is_pulled_in_and_sent(context: Context) -> None:
    publish(context, "An old race", state="seen_before_start")
    publish(context, "Held", state="held")
    edit_issue(context, "next", EditRequest(pull_in=(4, 5)))
    assert set(ids_in_draft(context)) == {1, 2, 3, 4, 5}
    step_through_edits(context, "next", "undo")
    assert ids_in_draft(context) == [3, 2, 1]
    step_through_edits(context, "next", "redo")
    approve(context, "next")
    run(open_newsletter(context.folder, {"NEWSLETTER_NOW": SUNDAY}))
    with transaction(context.engine) as connection:
        assert {post.state for post in posts.all_posts(connection)} == {"issued"}
    publish(context, "Later")
    draft_issue(context)
    with pytest.raises(NotReady, match="no post goes out twice"):
        edit_issue(context, "next", EditRequest(pull_in=(4,)))


def test_a_later_edit_of_the_same_part_is_refused_and_another_is_told(context: Context) -> None:
    seen = edits_token(OwnEdits())
    edit_issue(context, "next", EditRequest(subject="Hers"), seen=seen)
    with pytest.raises(EditConflict, match="Its subject changed in another window"):
        edit_issue(context, "next", EditRequest(subject="His"), seen=seen)
    told = edit_issue(context, "next", EditRequest(note="His note"), seen=seen)
    assert told.elsewhere == ("subject",)
    assert told.issue.own_edits == OwnEdits(subject="Hers", note="His note")
    with pytest.raises(EditConflict):
        step_through_edits(context, "next", "undo", seen=seen)
    with pytest.raises(EditConflict, match="too long ago"):
        edit_issue(context, "next", EditRequest(subject="His"), seen="0" * 16)


def test_another_picture_of_a_post_or_none_is_shown(context: Context) -> None:
    body = '<p>Up.</p><img src="https://blog.example.com/b.jpg" alt="Top" width="800" height="600">'
    publish(context, "With pictures", image="https://blog.example.com/a.jpg")
    with transaction(context.engine) as connection:
        (post,) = posts.by_ids(connection, (4,))
        posts.save(connection, [replace(post, html=SafeHtml(body))])
    draft_issue(context)
    newsletter = Program(folder=context.folder, now="2026-11-20T12:00:00+00:00")
    assert "a.jpg" in render_preview(context, "next").html
    edited = newsletter("edit", "next", "--picture", "4", "https://blog.example.com/b.jpg")
    assert "picture: https://blog.example.com/b.jpg" in edited.out
    assert "a.jpg" not in render_preview(context, "next").html
    assert "b.jpg" in render_preview(context, "next").html
    newsletter("edit", "next", "--picture", "4", "none")
    assert "b.jpg" not in render_preview(context, "next").html
    newsletter("edit", "next", "--undo")
    newsletter("edit", "next", "--undo")
    assert "a.jpg" in render_preview(context, "next").html
    assert newsletter("edit", "next", "--redo", "--json").json["redos"] == 1
    wrong = newsletter("edit", "next", "--picture", "4", "https://elsewhere.example/x.jpg")
    assert "shows no picture https://elsewhere.example/x.jpg" in wrong.err
