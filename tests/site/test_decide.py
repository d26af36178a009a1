"""The author's links in a notice: approve, send now, undo and stop, on the public site."""

from __future__ import annotations

import datetime as dt
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.parser import BytesParser
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.decision_links import decision_links
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.own_edits import edit_issue
from newsletter.models import Issue
from newsletter.pipeline.run import run
from newsletter.pipeline.send import send
from newsletter.site.server import listen
from newsletter.storage import decisions, issues
from newsletter.storage.database.engine import snapshot
from subscribers.tokens import sign_decision, sign_token
from tests.support.newsletter_folder import (
    NOW,
    create_newsletter,
    link_id_of,
    publish,
    retitle,
    subscribe,
)
from tests.support.visitor import Page, Visitor, run_server

SITE = "https://news.example.com"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A draft of two posts for one reader, and the author told of it by a notice."""
    context = create_newsletter(tmp_path / "newsletter", site_url=SITE)
    publish(context, "Larch week", "Hill repeats")
    subscribe(context, "ada@example.com")
    run(context)
    return context


@pytest.fixture
def visitor(context: Context) -> Iterator[Visitor]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        yield Visitor(site.port)


def notices(context: Context) -> list[Path]:
    """The notices about the issue: those about the blog, which cannot be read, are others."""
    return list((context.folder / "outbox" / "notice").glob("1-*.eml"))


def notice_text(context: Context) -> str:
    """The text of the newest notice about the issue."""
    newest = max(notices(context), key=lambda path: (path.stat().st_mtime_ns, path.name))
    body = (
        BytesParser(policy=email.policy.default)
        .parsebytes(newest.read_bytes())
        .get_body(("plain",))
    )
    assert body is not None
    return str(body.get_content())


def links(context: Context) -> tuple[str, str]:
    """The paths of the approve and the stop link in the newest notice."""
    text = notice_text(context)
    paths = [re.search(rf"{SITE}(/{verb}/\S+)", text) for verb in ("approve", "stop")]
    approve, stop = (match[1] if match else "" for match in paths)
    return approve, stop


def issue(context: Context) -> Issue:
    with snapshot(context.engine) as connection:
        stored = issues.by_number(connection, 1)
    assert stored is not None
    return stored


def post(visitor: Visitor, path: str, **fields: str) -> Page:
    return visitor.submit(path, fields)


def test_the_notice_holds_the_links_the_checks_and_whom_it_lets_decide(context: Context) -> None:
    approve, stop = links(context)
    words = " ".join(notice_text(context).split())
    assert approve
    assert stop
    assert "ada@example.com" not in words
    assert "The checks: * They find nothing to correct." in words
    assert "Whoever has this mail can approve or stop this issue by its links" in words
    assert "It is for 1 reader." in words
    assert "newsletter approve 1" in words
    assert "Up the hill before breakfast." in words, "the issue itself is below"


def test_without_a_public_site_the_notice_says_how_to_approve(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "other")
    publish(context, "Larch week")
    run(context)
    words = notice_text(context)
    assert "newsletter approve 1" in words
    assert "/approve/" not in words
    assert "Whoever has this mail" not in words


def test_a_scanner_that_follows_the_links_changes_nothing(
    context: Context, visitor: Visitor
) -> None:
    before = issue(context)
    for path in links(context):
        for method in ("GET", "HEAD", "GET"):
            assert visitor.request(method, path).status == 200
    assert issue(context) == before


def test_the_page_says_to_whom_it_goes_and_when_and_one_button_approves(
    context: Context, visitor: Visitor
) -> None:
    approve, _ = links(context)
    asked = visitor.get(approve)
    assert "Approve issue 1?" in asked.words
    assert "Then it goes to 1 reader on Sunday 07:00." in asked.words
    assert "ada@example.com" not in asked.text

    done = post(visitor, approve, act="approve")

    assert done.status == 200
    assert "Issue 1 is approved" in done.words
    assert issue(context).status == "approved"
    with snapshot(context.engine) as connection:
        (entry,) = decisions.decisions_on(connection, 1)
    assert (entry.kind, entry.by.way, entry.by.who) == ("approve", "mail link", "maren@example.com")
    assert post(visitor, approve).status == 200, "a second click is harmless"


def test_send_now_is_undone_on_the_answer(context: Context, visitor: Visitor) -> None:
    approve, _ = links(context)
    before = issue(context)
    let_go = post(visitor, approve, act="send")
    assert "Issue 1 is let go" in let_go.words
    assert "within the hour" in let_go.words
    assert issue(context).release_at is not None

    undone = post(visitor, approve, act="undo")

    assert "Undone: nobody got issue 1" in undone.words
    assert replace(issue(context), noticed_at=before.noticed_at) == before
    run(replace(context, real_clock=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)))
    assert not (context.folder / "outbox" / "1").exists()


def test_the_site_delivers_nothing_itself_and_the_next_run_does(
    context: Context, visitor: Visitor
) -> None:
    approve, _ = links(context)
    post(visitor, approve, act="send")
    assert not (context.folder / "outbox" / "1").exists()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)
    run(replace(context, real_clock=lambda: later))
    assert (context.folder / "outbox" / "1" / "ada@example.com.eml").exists()
    gone = visitor.get(approve)
    assert gone.status == 410
    assert "Issue 1 is out. Nothing can be decided here any more." in gone.words


def test_the_stop_link_stops(context: Context, visitor: Visitor) -> None:
    approve, stop = links(context)
    assert "Stop issue 1?" in visitor.get(stop).words
    assert "Issue 1 is stopped" in post(visitor, stop).words
    assert issue(context).status == "stopped"
    assert "is stopped" in post(visitor, approve, act="approve").words
    assert issue(context).status == "stopped"


@pytest.mark.parametrize("place", [0, 1])
def test_after_an_edit_a_link_decides_nothing_and_says_what_changed(
    context: Context, visitor: Visitor, place: int
) -> None:
    path = links(context)[place]
    edit_issue(context, "1", EditRequest(subject="My own subject"))
    retitle(context, "Larch week", "Golden larch week")
    draft_issue(context)
    for answer in (visitor.get(path), post(visitor, path)):
        assert answer.status == 410
        assert "Issue 1 has changed since this message was sent." in answer.words
        assert "Its subject is now “My own subject”." in answer.words
        assert "<button" not in answer.text.partition("<main")[2]
    assert issue(context).status == "draft"


def test_after_the_issue_went_out_a_link_decides_nothing(
    context: Context, visitor: Visitor
) -> None:
    approve, stop = links(context)
    post(visitor, approve)
    send(context, "1")
    for path in (approve, stop):
        assert post(visitor, path).status == 410
    assert issue(context).status == "sent"


def test_a_link_is_good_for_its_own_purpose_only(context: Context, visitor: Visitor) -> None:
    approve, stop = (path.rpartition("/")[2] for path in links(context))
    assert visitor.get(f"/approve/{stop}").status == 404
    assert visitor.get(f"/stop/{approve}").status == 404
    keys = context.secrets.require_signing()
    of_a_reader = sign_token("unsubscribe", link_id_of(context, 1), keys)
    assert visitor.get(f"/approve/{of_a_reader}").status == 404
    assert visitor.get(f"/unsubscribe/{approve}").status == 404
    assert issue(context).status == "draft"


@pytest.mark.parametrize("content", ["", "0" * 32])
def test_a_link_to_other_contents_decides_nothing(
    context: Context, visitor: Visitor, content: str
) -> None:
    token = sign_decision("approve", 1, content, context.secrets.require_signing())
    assert post(visitor, f"/approve/{token}").status == 410
    assert issue(context).status == "draft"


def test_a_forged_link_is_refused_and_guessing_is_slowed_down(
    context: Context, visitor: Visitor
) -> None:
    approve, _ = links(context)
    with snapshot(context.engine) as connection:
        true = decision_links(connection, context.config, context.secrets, issue(context))
    assert true is not None
    forged = sign_decision("approve", 1, true.content, ("another secret",))
    shortened = approve[:-3]
    statuses = [post(visitor, f"/approve/{forged}").status for _ in range(8)]
    statuses += [post(visitor, shortened).status for _ in range(4)]
    assert set(statuses) == {404, 429}
    assert issue(context).status == "draft"
    assert visitor.get(approve).status == 200, "a link that works always does"


def test_an_approval_by_mail_takes_the_new_text_of_an_approved_issue(
    context: Context, visitor: Visitor
) -> None:
    post(visitor, links(context)[0])
    retitle(context, "Larch week", "Golden larch week")
    run(context)
    approve, _ = links(context)
    assert "Golden larch week" in notice_text(context)
    refused = post(visitor, approve, act="send")
    assert refused.status == 409
    assert "Approve the new text first" in refused.words
    post(visitor, approve)
    assert "Golden larch week" in [each.title for each in issue(context).posts]


def test_a_run_at_work_is_waited_for_and_then_told(context: Context, visitor: Visitor) -> None:
    approve, _ = links(context)
    with context.lock():
        answer = post(visitor, approve)
    assert answer.status == 503
    assert "Another run is at work" in answer.words
    assert "Approve issue 1?" in answer.words
    assert issue(context).status == "draft"


def test_a_reminder_comes_once_before_an_unapproved_issue_is_due(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter", site_url=SITE)
    publish(context, "Larch week")
    run(context)
    for now, count in (
        (NOW, 1),
        ("2026-11-22T01:00:00+00:00", 1),
        ("2026-11-22T02:30:00+00:00", 2),
        ("2026-11-22T03:30:00+00:00", 2),
    ):
        run(open_newsletter(context.folder, {"NEWSLETTER_NOW": now}))
        assert len(notices(context)) == count, now
    assert "Issue 1 still waits for you: Sunday 07:00" in notice_text(context)
    assert links(context)[0]


def test_an_approved_issue_needs_no_reminder(context: Context, visitor: Visitor) -> None:
    post(visitor, links(context)[0])
    run(open_newsletter(context.folder, {"NEWSLETTER_NOW": "2026-11-22T03:00:00+00:00"}))
    assert len(notices(context)) == 1


def test_under_veto_the_notice_and_the_page_say_that_it_goes_by_itself(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter", approval="veto", site_url=SITE)
    publish(context, "Larch week")
    subscribe(context, "ada@example.com")
    run(context)
    words = " ".join(notice_text(context).split())
    assert "It goes out by itself Sunday, 22 November 2026 at 07:00, unless you stop it." in words
    assert "Approve it, without the wait" in words
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        visitor = Visitor(site.port)
        _, stop = links(context)
        assert "It goes to 1 reader on Sunday 07:00 unless you stop it." in visitor.get(stop).words
        post(visitor, stop)
    assert issue(context).status == "stopped"
