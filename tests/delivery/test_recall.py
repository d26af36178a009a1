"""`on_unknown = "cancel"`: unknown batches are recalled, and a stop recalls what is held."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery.control import find_recallable, recall_batches, resume, stop
from newsletter.delivery.resolve import Decision, resolve
from newsletter.delivery.webhook_events import record_events
from newsletter.errors import MailerError, NotReady
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.sender.batch import Hold
from newsletter.sender.mailers import HoldingMailer, NotNow
from newsletter.sender.mailers.sendgrid.held_mailer import HeldSendGrid
from newsletter.sender.mailers.sendgrid.webhook import Event
from tests.delivery.test_resolve import dead
from tests.support.batches import batch, recipient
from tests.support.delivery_folder import (
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    ledger,
    status,
)
from tests.support.sendgrid import KEY, Fault, Reply, SendGridStandIn

NOW = 1_800_000_000.0


@pytest.fixture
def context(tmp_path: Path, sendgrid: SendGridStandIn, database_url: str) -> Iterator[Context]:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", sendgrid, on_unknown="cancel", database_url=database_url
    )
    yield context
    context.engine.dispose()


def everybody_once(sendgrid: SendGridStandIn) -> bool:
    return sorted(sendgrid.addresses) == [f"runner{number}@example.org" for number in range(1, 7)]


def test_each_request_is_held_under_an_id_of_its_own(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    freeze_next_issue(context)
    assert send(context, "last").figures == Figures(planned=6, accepted=6)
    ids = [request["batch_id"] for request in sendgrid.requests]
    assert len(set(ids)) == len(ids) == 3
    wait = sendgrid.requests[0]["send_at"] - dt.datetime.now(dt.UTC).timestamp()
    assert 24 * 60 < wait <= 25 * 60


@pytest.mark.parametrize("fault", ["lost", "reset", "garbage", "half_a_line", Reply(status=500)])
def test_a_batch_with_a_lost_response_is_recalled_and_everybody_gets_it_once(
    context: Context, sendgrid: SendGridStandIn, fault: Fault | Reply
) -> None:
    freeze_next_issue(context)
    sendgrid.script += [None, fault, fault]
    progress = send(context, "last")
    assert progress.figures == Figures(planned=6, accepted=6)
    assert progress.issue.status == "sent"
    assert everybody_once(sendgrid)


def test_an_unconfirmed_cancel_leaves_the_batch_unknown(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    freeze_next_issue(context)
    sendgrid.script += ["lost"]
    # Three ids are given; then every cancel and every question about it fails.
    sendgrid.other_script += [None, None, None, *["reset"] * 60]  # type: ignore[list-item]  # all are faults
    assert send(context, "last").figures == Figures(planned=6, accepted=4, unknown=2)
    assert everybody_once(sendgrid)


def test_a_killed_run_s_batch_is_recalled_by_the_next(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    issue = freeze_next_issue(context)
    with_mailer = context.mailer()
    assert isinstance(with_mailer, HoldingMailer)
    book = dead(ledger(context, issue))
    claimed = book.claim(with_mailer.create_hold())
    assert claimed is not None
    with_mailer.send(claimed)
    with_mailer.close()
    assert len(sendgrid.addresses) == 2

    assert send(context, "last").figures == Figures(planned=6, accepted=6)
    assert everybody_once(sendgrid)


def test_stopping_recalls_held_batches_even_when_all_is_sent(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    issue = freeze_next_issue(context)
    assert send(context, "last").issue.status == "sent"
    stop(context, "last")
    assert sendgrid.addresses == []
    assert figures(context, issue) == Figures(planned=6, pending=6)
    assert status(context, issue) == "stopped"

    resume(context, "last")
    assert send(context, "last").figures == Figures(planned=6, accepted=6)
    assert everybody_once(sendgrid)


@pytest.mark.parametrize("word", ["leave", "resend"])
def test_what_is_called_back_only_when_it_is_resolved_is_sent_after_all(
    context: Context, sendgrid: SendGridStandIn, word: Decision
) -> None:
    freeze_next_issue(context)
    sendgrid.script += ["lost"]
    sendgrid.other_script += [None, None, None, *["reset"] * 60]  # type: ignore[list-item]  # all are faults
    assert send(context, "last").issue.status == "sent"
    sendgrid.other_script.clear()

    progress = resolve(context, "last", word)
    if word == "leave":
        # Nothing is unknown any more, so no recipient is left out.
        assert progress.figures == Figures(planned=6, accepted=4, pending=2)
        assert progress.issue.status == "sending"
        assert "goes on with what was surely not sent" in progress.reason
        progress = send(context, "last")
    assert progress.figures == Figures(planned=6, accepted=6)
    assert progress.issue.status == "sent"
    assert everybody_once(sendgrid)


WRONG_CLOCKS = pytest.mark.parametrize("off", [-2 * 3600, 0, 2 * 3600], ids=str)


def by_a_clock(context: Context, off: float) -> Context:
    """Return the newsletter on a machine whose clock is wrong by this many seconds."""
    return replace(context, real_clock=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=off))


@WRONG_CLOCKS
def test_a_stop_in_time_by_sendgrid_s_clock_recalls_everything(
    context: Context, sendgrid: SendGridStandIn, off: float
) -> None:
    issue = freeze_next_issue(context)
    send(context, "last")
    stop(by_a_clock(context, off), "last")
    assert sendgrid.addresses == []
    assert figures(context, issue) == Figures(planned=6, pending=6)


@WRONG_CLOCKS
def test_after_its_time_by_sendgrid_s_clock_a_sent_issue_cannot_be_stopped(
    context: Context, sendgrid: SendGridStandIn, off: float
) -> None:
    issue = freeze_next_issue(context)
    send(context, "last")
    sendgrid.clock = lambda: time.time() + 15 * 60 + 5
    with pytest.raises(NotReady, match="nothing to stop"):
        stop(by_a_clock(context, off), "last")
    assert everybody_once(sendgrid)
    # An accepted delivery stays accepted.
    assert figures(context, issue) == Figures(planned=6, accepted=6)


@pytest.mark.parametrize("heard", [1, 2, 6])
def test_a_stop_delayed_past_the_due_time_keeps_known_deliveries_accepted(
    context: Context, sendgrid: SendGridStandIn, heard: int
) -> None:
    issue = freeze_next_issue(context)
    send(context, "last")
    with closing(context.mailer()) as mailer:
        still_held = find_recallable(
            context.engine,
            mailer,
            issue,
            clock=context.clock,
            real_clock=context.real_clock,
        )
    sendgrid.clock = lambda: time.time() + 3600
    record_events(context, delivered_events(sendgrid)[:heard])
    with closing(context.mailer()) as mailer:
        assert recall_batches(context.engine, mailer, still_held, clock=context.clock) == 0
    assert figures(context, issue) == Figures(planned=6, accepted=heard, unknown=6 - heard)
    record_events(context, delivered_events(sendgrid))
    assert figures(context, issue) == Figures(planned=6, accepted=6)


def delivered_events(sendgrid: SendGridStandIn) -> list[Event]:
    """Return the events SendGrid would report after sending all that it holds."""
    people = [
        personalization["custom_args"]
        for r in sendgrid.requests
        for personalization in r["personalizations"]
    ]
    return [
        Event(
            mark=f"{person['attempt_id']}-{person['subscriber_id']}",
            kind="delivered",
            at=dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC),
            attempt_id=person["attempt_id"],
            subscriber_id=int(person["subscriber_id"]),
        )
        for person in people
    ]


@pytest.mark.parametrize("off", [-2 * 3600, 2 * 3600, -365 * 86_400])
def test_a_machine_s_wrong_clock_changes_no_due_time(sendgrid: SendGridStandIn, off: float) -> None:
    sendgrid.clock = lambda: NOW
    mailer = held_mailer(sendgrid, NOW + off)
    hold = mailer.create_hold()
    assert hold.send_at.timestamp() == pytest.approx(NOW + 25 * 60, abs=5)
    assert mailer.recall(hold)
    mailer.close()


def test_a_slow_clock_makes_no_late_cancel_look_timely(sendgrid: SendGridStandIn) -> None:
    sendgrid.clock = lambda: NOW
    ours = [NOW]
    mailer = HeldSendGrid(KEY, sendgrid.url, clock=lambda: ours[0])
    hold = mailer.create_hold()
    sendgrid.clock = lambda: NOW + 20 * 60
    ours[0] = NOW - 2 * 3600
    assert not mailer.recall(hold)
    mailer.close()


def held_mailer(standin: SendGridStandIn, now: float = NOW) -> HeldSendGrid:
    return HeldSendGrid(KEY, standin.url, clock=lambda: now)


def test_nothing_is_sent_that_could_not_be_recalled_in_time(
    sendgrid: SendGridStandIn,
) -> None:
    sendgrid.clock = lambda: NOW
    hold = held_mailer(sendgrid).create_hold()
    stalled = replace(batch(recipient(1)), hold=hold)
    mailer = held_mailer(sendgrid, now=NOW + 15 * 60 + 1)
    assert [receipt.outcome for receipt in mailer.send(stalled)] == ["not_sent"]
    assert sendgrid.mailed == []


def test_a_cancel_that_comes_too_late_counts_for_nothing(sendgrid: SendGridStandIn) -> None:
    hold = Hold(id="hold-1", send_at=dt.datetime.fromtimestamp(NOW + 9 * 60, dt.UTC))
    sendgrid.clock = lambda: NOW
    mailer = held_mailer(sendgrid)
    assert not mailer.recall(hold)
    assert [method for method, _, _ in sendgrid.calls] == ["GET"]  # the time, and no cancel
    mailer.close()


def test_recalling_twice_equals_recalling_once(sendgrid: SendGridStandIn) -> None:
    mailer = held_mailer(sendgrid)
    hold = mailer.create_hold()
    assert mailer.recall(hold)
    assert mailer.recall(hold)
    mailer.close()


def test_what_arrives_after_the_cancel_is_never_mailed(sendgrid: SendGridStandIn) -> None:
    mailer = held_mailer(sendgrid)
    hold = mailer.create_hold()
    mailer.recall(hold)
    mailer.send(replace(batch(recipient(1)), hold=hold))
    mailer.close()
    assert sendgrid.addresses == []


def test_without_an_id_nothing_is_claimed(context: Context, sendgrid: SendGridStandIn) -> None:
    issue = freeze_next_issue(context)
    sendgrid.other_script += [Reply(status=500)] * 10
    progress = send(context, "last")
    assert "no batch id" in progress.reason
    assert figures(context, issue) == Figures(planned=6, pending=6)
    mailer = held_mailer(sendgrid)
    with pytest.raises(NotNow):
        mailer.create_hold()
    sendgrid.other_script.clear()
    sendgrid.other_script.append(Reply(status=403))
    with pytest.raises(MailerError, match="forbids"):
        mailer.create_hold()
    mailer.close()
