"""Rehearsals: what is said of them, and `reset --rehearsals`, after which issue 1 is real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.collecting.post_decisions import all_posts
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.find_issue import list_issues
from newsletter.editorial.own_edits import edit_issue
from newsletter.errors import NotReady, RehearsalsHoldPosts
from newsletter.pipeline.rehearsals import reset_rehearsals
from newsletter.pipeline.send import send
from newsletter.storage import greeting_uses
from newsletter.storage.database.engine import snapshot
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_sendgrid_newsletter,
    freeze_next_issue,
    switch_to_sendgrid,
)
from tests.support.newsletter_folder import NOW, publish
from tests.support.program import Program
from tests.support.sendgrid import KEY, SendGridStandIn


def test_posts_numbers_and_greetings_are_free_again(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    freeze_next_issue(context)
    send(context, "last")

    reset = reset_rehearsals(context)
    assert (reset.issues, reset.posts, reset.draft_number) == (1, 1, None)
    with snapshot(context.engine) as connection:
        assert list_issues(connection) == ()
        assert greeting_uses.all_uses(connection) == ()
        known = all_posts(connection, context.config, context.clock())
    assert [post.state for post in known] == ["waiting"]
    issue = draft_issue(context).issue
    assert issue is not None
    assert issue.number == 1


def test_the_messages_are_moved_aside_and_the_next_ones_take_their_place(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    outbox = context.folder / "outbox"
    for count in (1, 2):
        freeze_next_issue(context)
        assert send(context, "last").figures.accepted == 6
        assert reset_rehearsals(context).moved_to == outbox / f"rehearsal-{count}"
    assert not (outbox / "1").exists()
    assert len(list((outbox / "rehearsal-2" / "1").iterdir())) == 6


def test_a_draft_in_the_making_stays_under_number_one(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    draft_issue(context)
    assert reset_rehearsals(context).draft_number == 1
    with snapshot(context.engine) as connection:
        assert [issue.status for issue, _ in list_issues(connection)] == ["draft"]


def test_without_a_rehearsal_nothing_happens(tmp_path: Path) -> None:
    reset = reset_rehearsals(create_outbox_newsletter(tmp_path / "newsletter"))
    assert (reset.issues, reset.posts, reset.draft_number, reset.moved_to) == (0, 0, None, None)


def test_without_a_rehearsal_an_approval_stays(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    draft_issue(context)
    approve(context, "next")
    assert reset_rehearsals(context).issues == 0
    issue = draft_issue(context).issue
    assert issue is not None
    assert issue.status == "approved"
    context.engine.dispose()


def test_the_author_s_words_are_in_the_draft_again(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    draft_issue(context)
    edit_issue(context, "next", EditRequest(subject="My own words"))
    approve(context, "next")
    send(context, "next")
    reset_rehearsals(context)
    again = draft_issue(context).issue
    assert again is not None
    assert (again.number, again.subject) == (1, "My own words")
    context.engine.dispose()


def test_issues_sent_to_real_people_are_never_reset(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    freeze_next_issue(context)
    send(context, "last")
    with snapshot(context.engine) as connection:
        before = list_issues(connection)
    with pytest.raises(NotReady, match="no rehearsal"):
        reset_rehearsals(context)
    with snapshot(context.engine) as connection:
        assert list_issues(connection) == before


NOBODY = 'nobody was mailed (mailer = "outbox")'


def test_every_command_says_that_nobody_was_mailed(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    program = Program(context.folder, NOW)
    program("draft")
    copy = program("test", "next", "--to", "me@example.com")
    sent = program("send", "next")
    again = program("send", "last", "--json")
    listed, failures = program("issues"), program("issues", "1")

    assert copy.out == f"me@example.com: written to outbox/test; {NOBODY}.\n"
    written = f"Issue 1: 6 messages written to outbox/1; {NOBODY}."
    assert sent.out == f"{written} It is dated Sunday 2026-11-22, the day it was for.\n"
    assert again.json["reason"] == f"{written} It was written before."
    assert (again.json["planned"], again.json["accepted"]) == (6, 6)
    assert "6/6 written to outbox/1" in listed.out
    assert listed.out.endswith(f"Of what was written to outbox, {NOBODY}.\n")
    assert failures.out.startswith(written)
    assert f"Issue 1 (2026-W47) was written to outbox/1; {NOBODY}." in program("run").out


def test_the_sentence_counts_who_got_none(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=3)
    freeze_next_issue(context)
    assert Program(context.folder, NOW)("subscribers", "remove", "runner2@example.org").code == 0
    reason = send(context, "last").reason
    assert reason == (
        "Issue 1: 2 of 3 messages written to outbox/1, 1 left before it went out; " + NOBODY + "."
    )


def test_a_real_issue_is_accepted_not_written(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    freeze_next_issue(context)
    assert send(context, "last").reason == "Issue 1: 6 of 6 accepted."
    assert "outbox" not in Program(context.folder, NOW)("issues").out


@pytest.fixture
def rehearsed(tmp_path: Path, sendgrid: SendGridStandIn, database_url: str) -> Iterator[Context]:
    """A newsletter with two rehearsed issues of three posts, and a real mailer since."""
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    for titles in (("Frost",), ()):
        publish(context, *titles)
        freeze_next_issue(context)
        send(context, "last")
        publish(context, "Mud season")
    real_context = switch_to_sendgrid(context, sendgrid)
    yield real_context
    real_context.engine.dispose()


REMINDER = "2 rehearsed issues hold 3 posts that no reader got: `newsletter reset --rehearsals`"


def test_the_first_real_send_asks_once(rehearsed: Context, sendgrid: SendGridStandIn) -> None:
    draft_issue(rehearsed)
    with pytest.raises(RehearsalsHoldPosts, match=REMINDER) as error:
        send(rehearsed, "next")
    assert error.value.exit_code == 3
    assert "this is said once" in str(error.value)
    assert sendgrid.mailed == []

    sent = send(rehearsed, "next")
    assert (sent.issue.number, sent.figures.accepted) == (3, 6)
    assert "rehears" not in sent.reason
    assert len(sendgrid.mailed) == 6


def test_what_it_says_is_still_possible(rehearsed: Context) -> None:
    draft_issue(rehearsed)
    with pytest.raises(RehearsalsHoldPosts):
        send(rehearsed, "next")
    assert reset_rehearsals(rehearsed).posts == 3
    draft_issue(rehearsed)
    sent = send(rehearsed, "next")
    assert sent.issue.number == 1
    assert {post.title for post in sent.issue.posts} == {"Up the hill", "Frost", "Mud season"}


def test_new_rehearsals_are_said_again(rehearsed: Context, sendgrid: SendGridStandIn) -> None:
    draft_issue(rehearsed)
    with pytest.raises(RehearsalsHoldPosts):
        send(rehearsed, "next")
    settings = rehearsed.folder / "newsletter.toml"
    real = settings.read_text("utf-8")
    settings.write_text(real.replace('mailer = "sendgrid"', 'mailer = "outbox"'), "utf-8")
    program = Program(rehearsed.folder, NOW, {"SENDGRID_API_KEY": KEY})
    assert program("send", "next").code == 0

    settings.write_text(real, "utf-8")
    publish(rehearsed, "Hills")
    draft_issue(rehearsed)
    answer = program("send", "next", "--json")
    assert answer.code == 3
    assert "3 rehearsed issues hold 4 posts" in answer.json["error"]
    assert answer.json["error"] in answer.err
    assert sendgrid.mailed == []


def test_without_rehearsals_nothing_is_asked(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    draft_issue(context)
    assert send(context, "next").figures.accepted == 6
