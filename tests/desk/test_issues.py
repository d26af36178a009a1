"""The pages of all issues: how each went, who did not get it, and another try."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.context import Context
from newsletter.delivery.issue_report import list_issue_page, report_issue
from newsletter.delivery.resolve import count_failed
from newsletter.desk.server import listen
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries, events
from newsletter.storage.ledger.events import EventRecord
from newsletter.storage.tables import delivery
from newsletter.subscriptions import subscriber_admin
from tests.desk.conftest import OpenDesk
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_sendgrid_newsletter,
    freeze_next_issue,
)
from tests.support.sendgrid import SendGridStandIn
from tests.support.visitor import Visitor, run_server


def retryable(context: Context) -> int:
    with snapshot(context.engine) as connection:
        return count_failed(connection, context.settings, "1", "")[1]


def fail(context: Context, count: int, *, fault: str, detail: str) -> None:
    """Let the first deliveries of the last issue have failed."""
    with transaction(context.engine) as connection:
        connection.execute(
            update(delivery)
            .where(delivery.c.subscriber_id <= count)
            .values(status="failed", fault=fault, detail=detail)
        )


@pytest.fixture
def sent(tmp_path: Path) -> Context:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    freeze_next_issue(context)
    send(context, "last")
    return context


def test_the_list_says_how_each_issue_went(sent: Context, open_desk: OpenDesk) -> None:
    author = open_desk(sent)
    words = author.get("/issues/").words
    assert "Up the hill Issue 1 · 2026-W47 Sent" in words
    assert "6 of 6 written to the outbox" in words
    assert "No issues yet." not in words


def test_an_empty_list_is_a_sentence(author: Visitor) -> None:
    assert "The first one is made once a new post waits." in author.get("/issues/").words


def test_one_issue_tells_its_figures_message_and_what_followed(
    sent: Context, open_desk: OpenDesk
) -> None:
    author = open_desk(sent)
    words = author.get("/issues/1").words
    assert "Planned 6 Written to the outbox 6 Had left before 0 Failed 0" in words
    assert "Opens and clicks are not tracked" in words
    assert "Who did not get it" not in words
    message = author.get("/issues/1/message")
    assert "Up the hill" in message.text
    assert "runner1@example.org" not in message.text
    assert "sandbox" in message.headers["Content-Security-Policy"]


def test_failures_stand_by_reason_and_are_sent_again(sent: Context, open_desk: OpenDesk) -> None:
    fail(sent, 2, fault="account", detail="550 5.7.1 blocked by a list")
    author = open_desk(sent)
    words = author.get("/issues/1").words
    assert "Your account was refused: 2 550 5.7.1 blocked by a list" in words
    assert "runner1@example.org, runner2@example.org" in words
    asked = author.get("/issues/1/retry")
    assert "Send issue 1 again to 2 readers?" in asked.words
    assert retryable(sent) == 2, "asking sends nothing"
    author.press("/issues/1/retry", reason="")
    assert retryable(sent) == 0


def test_only_the_failures_of_one_reason_are_sent_again(sent: Context, open_desk: OpenDesk) -> None:
    fail(sent, 3, fault="session", detail="the connection broke")
    fail(sent, 1, fault="message", detail="552 too large")
    author = open_desk(sent)
    asked = author.get("/issues/1/retry?reason=message").words
    assert "Send issue 1 again to one reader?" in asked
    assert "Nothing to send again" in author.get("/issues/1/retry?reason=account").words


def test_a_reader_s_own_fault_is_not_tried_again(sent: Context, open_desk: OpenDesk) -> None:
    fail(sent, 1, fault="reader_gone", detail="550 5.1.1 no such user")
    words = open_desk(sent).get("/issues/1").words
    assert "Their mailbox is gone: 1" in words
    assert "Send again" not in words


def test_unknown_deliveries_are_explained_and_left(
    tmp_path: Path, sendgrid: SendGridStandIn, open_desk: OpenDesk
) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    sendgrid.script += [None, "lost"]
    freeze_next_issue(context)
    send(context, "last")
    author = open_desk(context)
    words = author.get("/issues/1").words
    assert "Nobody knows of 2" in words
    assert "some may get it twice" in words
    assert "Say what is to become of them" in author.press("/issues/1/resolve").words
    assert "2 in doubt were left" in author.press("/issues/1/resolve", decision="leave").words
    with snapshot(context.engine) as connection:
        report = report_issue(connection, context.config, "1")
    assert report.progress.figures == Figures(planned=6, accepted=4, failed=2)


def test_opens_clicks_complaints_and_who_left_are_set_apart(
    sent: Context, open_desk: OpenDesk
) -> None:
    kinds = ("open", "machine_open", "machine_open", "click", "spamreport", "delivered")
    with transaction(sent.engine) as connection:
        for number, kind in enumerate(kinds, start=1):
            events.add(
                connection,
                EventRecord(
                    dedup_key=f"{number}",
                    kind=kind,
                    at=sent.clock(),
                    issue_id=1,
                    subscriber_id=number % 3 + 1,
                ),
            )
    words = open_desk(sent).get("/issues/1").words
    assert "Opened 1 readers, and 2 by programs" in words
    assert "Followed a link 1 readers, and 0 by filters" in words
    assert "Complained 1" in words
    assert "Delivered 1 as their servers say" in words


def test_the_figures_of_a_sent_issue_come_from_the_indexes(
    tmp_path: Path, database_url: str
) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    subscriber_admin.remove(context, "runner6@example.org")
    freeze_next_issue(context)
    send(context, "last")
    fail(context, 2, fault="account", detail="no")
    with snapshot(context.engine) as connection:
        (listed,) = list_issue_page(connection, size=5).issues
        assert list_issue_page(connection, below=1, size=5).issues == ()
        counted = deliveries.figures(connection, listed.issue.id)
    assert listed.figures == counted == Figures(planned=5, accepted=3, failed=2)
    context.engine.dispose()


def test_a_number_that_no_issue_has_is_no_page(author: Visitor) -> None:
    assert author.get("/issues/7").status == 404
    assert author.get(f"/issues/{10**20}").status == 404
    assert author.get("/issues/7/message").status == 404


def test_the_figures_of_all_issues_stand_on_a_page_and_in_files(
    sent: Context, open_desk: OpenDesk
) -> None:
    author = open_desk(sent)
    page = author.get("/figures/")
    assert "Opens and clicks are not tracked" in page.words
    assert "Only the outbox took what is counted here" in page.words
    report = author.get("/figures/report.html")
    assert report.headers["Content-Disposition"] == 'attachment; filename="figures.html"'
    assert "Up the hill" in report.text
    table = author.get("/figures/issues.csv")
    assert table.text.startswith("number,key,")
    assert "runner1@example.org" not in page.text + report.text + table.text
    of_issue = author.get("/figures/1/report.html")
    assert "Issue 1 went out on" in of_issue.words
    assert author.get("/figures/7/report.html").status == 404


def test_the_figures_are_behind_the_desk_s_door(sent: Context) -> None:
    desk = listen(sent, 0)
    with run_server(desk.server):
        stranger = Visitor(desk.port)
        pages = [stranger.get(path) for path in ("/figures/", "/figures/report.html")]
    assert [page.status for page in pages] == [403, 403]
