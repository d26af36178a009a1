"""Letting an issue go on the desk: send now, undo, stop, another time, skip, and who decided."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from newsletter.context import Context
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.editions import content_hash
from newsletter.errors import SettingsError
from newsletter.models import DESK, Issue, Receipt
from newsletter.pipeline.release import send_now
from newsletter.pipeline.run import run
from newsletter.pipeline.send import send
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries
from tests.desk.conftest import OpenDesk
from tests.support.newsletter_folder import create_newsletter, open_issue, publish, subscribe
from tests.support.visitor import Page, Visitor


def issue(context: Context, number: int = 1) -> Issue:
    with snapshot(context.engine) as connection:
        stored = issues.by_number(connection, number)
    assert stored is not None
    return stored


def press_send(author: Visitor, **fields: str) -> Page:
    return author.press("/send-now/1", seen=author.get("/").hidden_field("seen"), **fields)


def without_grace(context: Context) -> Context:
    no_grace = changed(context.settings.issue, undo_minutes=0)
    return replace(context, settings=changed(context.settings, issue=no_grace))


@contextmanager
def working(context: Context) -> Iterator[DeliveryWorker]:
    """Run the thread that an open desk has."""
    worker = DeliveryWorker(context)
    worker.start()
    try:
        yield worker
    finally:
        worker.close()


def wait_for(is_so: threading.Event) -> None:
    assert is_so.wait(30)


def test_what_happens_next_is_one_sentence(context: Context, author: Visitor) -> None:
    assert "Nobody gets it until you approve it. Then it goes to 2 readers on Sunday 07:00." in (
        author.get("/").words
    )
    page = press_send(author)
    assert "Issue 1 goes out in 5 minutes" in page.words
    assert "it goes to 2 readers at" in page.words
    assert "unless you undo that. Nothing has left yet." in page.words
    assert issue(context).status == "approved"


def test_undo_leaves_it_as_it_was(context: Context, author: Visitor) -> None:
    author.get("/")
    before = issue(context)
    press_send(author)
    page = author.press("/undo/1")
    assert "Undone: nobody got issue 1. It is a draft again, as it was before." in page.words
    assert issue(context) == before


def test_a_second_click_and_the_way_back_are_harmless(context: Context, author: Visitor) -> None:
    page = author.get("/")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    first = author.submit("/send-now/1", fields)
    released = issue(context).release_at
    again = author.submit("/send-now/1", fields)
    assert (first.status, again.status) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert issue(context).release_at == released


def test_a_page_that_is_stale_sends_nothing(context: Context, author: Visitor) -> None:
    page = author.get("/")
    publish(context, "A late post")
    draft_issue(context)
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    author.submit("/send-now/1", fields)
    assert "has changed since you looked at it" in author.get("/").words
    assert issue(context).release_at is None


def test_the_desks_thread_delivers_when_the_grace_is_over(context: Context) -> None:
    context = without_grace(context)
    draft_issue(context)
    gone = threading.Event()
    mailer = context.mailer

    class Watched:
        """The outbox, which says when it is closed after a delivery."""

        def __init__(self) -> None:
            self._inner = mailer()

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def close(self) -> None:
            self._inner.close()
            if list((context.folder / "outbox" / "1").glob("*.eml")):
                gone.set()

    watched = replace(context, mailer=Watched)  # type: ignore[arg-type]  # a mailer in all but its type
    with working(watched) as worker:
        with snapshot(context.engine) as connection:
            seen = content_hash(connection, context.config, issue(context))
        send_now(context, "1", seen=seen, by=DESK)
        worker.wake()
        wait_for(gone)
    assert issue(context).status == "sent"
    assert sorted(path.name for path in (context.folder / "outbox" / "1").glob("*.eml")) == [
        "ada@example.com.eml",
        "bo@example.com.eml",
    ]


def test_a_desk_that_closes_leaves_nothing_in_flight_and_a_run_goes_on(context: Context) -> None:
    context = without_grace(context)
    sender = changed(context.settings.sender, batch_size=1)
    one_by_one = replace(context, settings=changed(context.settings, sender=sender))
    issue_1 = draft_issue(one_by_one).issue
    assert issue_1 is not None
    with snapshot(context.engine) as connection:
        seen = content_hash(connection, context.config, issue_1)
    send_now(one_by_one, "1", seen=seen, by=DESK)
    mailer, closing = context.mailer, threading.Event()
    worker = DeliveryWorker(one_by_one)

    class Slow:
        """The outbox, in which the desk is closed while the first message is written."""

        def __init__(self) -> None:
            self._inner = mailer()

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def send(self, batch: Batch) -> tuple[Receipt, ...]:
            receipts = self._inner.send(batch)
            if not closing.is_set():
                threading.Thread(target=worker.close).start()
                closing.set()
                worker._closing.wait(30)  # until it has begun to close
            return receipts

    worker.context = replace(one_by_one, mailer=Slow)  # type: ignore[arg-type]  # a mailer in all but its type
    worker.start()
    wait_for(closing)
    worker.close()

    with snapshot(context.engine) as connection:
        left = deliveries.figures(connection, issue_1.id)
    assert (left.accepted, left.pending, left.unknown) == (1, 1, 0)
    assert run(one_by_one).figures.accepted == 2


def test_what_keeps_the_desk_from_delivering_is_said_and_tried_again(
    context: Context, open_desk: OpenDesk
) -> None:
    tried = threading.Event()

    def refuse() -> Mailer:
        tried.set()
        raise SettingsError("The mailer has no key.", cure="Write it to .env.")

    context = without_grace(context)
    author = open_desk(context)
    press_send(author)
    with working(replace(context, mailer=refuse)) as worker:
        wait_for(tried)
    assert "The mailer has no key. Write it to .env." in worker.problem
    assert issue(context).status == "approved"
    assert issue(context).release_at is not None


def test_progress_and_stop_answer_while_a_run_holds_the_lock(
    context: Context, author: Visitor
) -> None:
    press_send(author)
    with context.lock():
        assert "Issue 1 goes out" in author.get("/delivery/1").words
        assert author.get("/delivery/1/panel").status == 200
        assert "is stopped" in author.press("/stop/1").words
    assert issue(context).status == "stopped"


def test_the_panel_of_a_page_that_waits_tells_when_it_was_undone(author: Visitor) -> None:
    press_send(author)
    assert 'data-panel="/delivery/1/panel"' in author.get("/delivery/1").text
    author.press("/undo/1")
    assert author.get("/delivery/1/panel").status == 204
    assert author.get("/delivery/1").status == 303


def test_soon_after_another_issue_the_author_has_to_mean_it(
    context: Context, open_desk: OpenDesk
) -> None:
    author = open_desk(without_grace(context))
    press_send(author)
    run(without_grace(context))
    publish(context, "A second thought")
    page = author.get("/")
    assert "Another issue went out less than three days ago. Send this one all the same." in (
        page.words
    )
    seen = page.hidden_field("seen")
    assert "less than three days ago" in author.press("/send-now/2", seen=seen).words
    assert issue(context, 2).release_at is None
    author.press("/send-now/2", seen=seen, insist="yes")
    assert issue(context, 2).release_at is not None


def test_an_issue_is_moved_and_brought_back(author: Visitor) -> None:
    shown = author.get("/").hidden_field("shown")
    page = author.press("/schedule/1", when="2026-11-24T18:00", shown=shown)
    assert "Issue 1 is for Tuesday 18:00 now." in page.words
    assert "Then it goes to 2 readers on Tuesday 18:00." in page.words
    late = author.press("/schedule/1", when="2026-11-25T18:00", shown=shown)
    assert "was moved meanwhile: it is for Tuesday 18:00 now" in late.words
    usual = author.press("/schedule/1", usual="yes", shown=late.hidden_field("shown"))
    assert "Issue 1 is for Sunday 07:00 now." in usual.words


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("soon", "That is no day and time."),
        ("2026-11-01T07:00", "That time has passed."),
        ("2027-11-01T07:00", "That is as late as the issue after it"),
        ("9999-12-31T23:59", "That is"),
    ],
)
def test_a_time_that_cannot_be_ends_in_a_sentence(
    author: Visitor, when: str, sentence: str
) -> None:
    assert sentence in author.press("/schedule/1", when=when).words
    assert "on Sunday 07:00" in author.get("/").words


def test_a_week_is_skipped_and_brought_back(context: Context, author: Visitor) -> None:
    key = author.get("/").hidden_field("key")
    page = author.press("/skip/1", key=key)
    assert "Skipped. All that issue 1 holds waits for Sunday 29 November, 07:00." in page.words
    assert "You skip Sunday 07:00." in page.words
    assert "is for Sunday 29 November, 07:00 by now" in author.press("/skip/1", key=key).words
    author.press(f"/unskip/weekly/{key}")
    assert open_issue(context).planned_for == dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)


def test_who_decided_what_stands_on_the_page(author: Visitor) -> None:
    author.press("/approve/1", seen=author.get("/").hidden_field("seen"))
    page = author.press("/unapprove/1")
    assert "Approved on Friday 20 November 2026, 05:00 at the desk." in page.words
    assert "Approval taken back on Friday 20 November 2026, 05:00 at the desk." in page.words


def test_a_delivery_that_does_not_exist_has_no_page(author: Visitor) -> None:
    assert author.get("/delivery/7").status == 404
    author.get("/")
    assert author.get("/delivery/1").headers["Location"] == "/?issue=1"


def test_an_issue_of_a_rehearsal_says_where_its_messages_are(
    tmp_path: Path, open_desk: OpenDesk
) -> None:
    context = without_grace(create_newsletter(tmp_path / "other"))
    publish(context, "Larch week")
    subscribe(context, "ada@example.com")
    author = open_desk(context)
    press_send(author)
    send(context, "1")
    page = author.get("/delivery/1")
    assert "Issue 1 is out" in page.words
    assert "1 message written to outbox/1; nobody was mailed" in page.words
    assert "Issue 1 is out" in author.get("/").words, "the start page tells of it for an hour"
