"""What came back, or was refused, is booked on the reader it is about: at once, or in a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery import bounces
from newsletter.delivery.bounces import Booking, is_mailbox_gone
from newsletter.models import Issue, Receipt
from newsletter.models.deliveries import ReceiptOutcome
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import failures
from newsletter.storage.ledger.events import ReportKind, find_delivery
from subscribers import storage as people
from subscribers.storage import double_opt_in
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue, ledger
from tests.support.newsletter_folder import publish, status_of

ANN = "runner1@example.org"
GONE = "550 5.1.1 no such runner"
FULL = "452 4.2.2 mailbox full"
POLICY = "550 5.7.1 not wanted here"


class Weeks:
    """A newsletter of one reader, Ann, to whom an issue goes out each week."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.number = 0
        with snapshot(context.engine) as connection:
            self.ann = people.require_by_address(connection, ANN).id

    def pass_days(self, days: int) -> None:
        now = self.context.clock() + dt.timedelta(days=days)
        self.context = replace(self.context, clock=lambda: now)

    def deliver(self, outcome: ReceiptOutcome = "accepted", detail: str = "") -> Issue:
        """Deliver the next issue, a week after the one before."""
        self.pass_days(7)
        self.number += 1
        publish(self.context, f"Run {self.number}")
        issue = freeze_next_issue(self.context)
        stored = ledger(self.context, issue)
        batch = stored.claim(None)
        assert batch is not None
        receipts = [
            Receipt(subscriber_id=reader.subscriber_id, outcome=outcome, detail=detail)
            for reader in batch.recipients
        ]
        stored.record(batch, tuple(receipts))
        return issue

    def report(self, issue: Issue, kind: ReportKind, detail: str) -> Booking:
        with transaction(self.context.engine) as connection:
            delivery = find_delivery(connection, issue.number, self.ann)
            assert delivery is not None
            return bounces.book_report(
                connection, delivery, self.ann, kind, detail, now=self.context.clock()
            )

    def refuse(self, issue: Issue, detail: str) -> Booking:
        with transaction(self.context.engine) as connection:
            return bounces.book_refusal(
                connection,
                issue_number=issue.number,
                subscriber_id=self.ann,
                detail=detail,
                now=self.context.clock(),
            )

    @property
    def status(self) -> str:
        return status_of(self.context, ANN)


@pytest.fixture
def weeks(tmp_path: Path, database_url: str) -> Iterator[Weeks]:
    context = create_outbox_newsletter(tmp_path / "news", readers=1, database_url=database_url)
    yield Weeks(context)
    context.engine.dispose()


def test_a_mailbox_that_does_not_exist_is_bounced_at_once(weeks: Weeks) -> None:
    assert weeks.report(weeks.deliver(), "bounce", GONE) == "bounced"
    assert weeks.status == "bounced"


def test_other_failures_bounce_with_the_third_issue_in_a_row(weeks: Weeks) -> None:
    assert weeks.report(weeks.deliver(), "bounce", POLICY) == "recorded"
    assert weeks.report(weeks.deliver(), "deferred", FULL) == "recorded"
    assert weeks.status == "active"
    assert weeks.report(weeks.deliver(), "bounce", POLICY) == "bounced"
    assert weeks.status == "bounced"


def test_a_delivery_in_between_begins_the_count_anew(weeks: Weeks) -> None:
    for _ in range(2):
        weeks.report(weeks.deliver(), "deferred", FULL)
    weeks.deliver()
    for _ in range(2):
        assert weeks.report(weeks.deliver(), "deferred", FULL) == "recorded"
    assert weeks.status == "active"


def test_what_is_delivered_late_after_all_did_not_fail(weeks: Weeks) -> None:
    for _ in range(3):
        issue = weeks.deliver()
        weeks.report(issue, "deferred", FULL)
        weeks.report(issue, "delivered", "")
    assert weeks.report(weeks.deliver(), "deferred", FULL) == "recorded"


def test_a_report_counts_once_for_its_issue_however_often_it_comes(weeks: Weeks) -> None:
    first, second = weeks.deliver(), weeks.deliver()
    assert weeks.report(first, "bounce", POLICY) == "recorded"
    assert weeks.report(second, "bounce", POLICY) == "recorded"
    # The same issue may be reported late first and failed later.
    assert weeks.report(second, "deferred", FULL) == "recorded"
    assert [weeks.report(first, "bounce", POLICY) for _ in range(3)] == ["repeated"] * 3
    assert weeks.status == "active"


def test_an_issue_that_was_never_tried_counts_neither_way(weeks: Weeks) -> None:
    for _ in range(2):
        weeks.report(weeks.deliver(), "deferred", FULL)
    weeks.deliver("unknown")
    assert weeks.report(weeks.deliver(), "deferred", FULL) == "bounced"


def test_what_was_blocked_for_a_reason_of_ours_is_no_delivery_in_between(weeks: Weeks) -> None:
    for _ in range(2):
        weeks.report(weeks.deliver(), "deferred", FULL)
    weeks.report(weeks.deliver(), "blocked", "554 5.7.1 listed")
    assert weeks.report(weeks.deliver(), "deferred", FULL) == "bounced"


def test_an_address_the_relay_refuses_is_booked_likewise(weeks: Weeks) -> None:
    for _ in range(2):
        assert weeks.refuse(weeks.deliver("refused", POLICY), POLICY) == "recorded"
    weeks.report(weeks.deliver(), "deferred", FULL)
    assert weeks.status == "bounced"


def test_a_dead_address_that_the_relay_knows_is_bounced_at_once(weeks: Weeks) -> None:
    assert weeks.refuse(weeks.deliver("refused", GONE), GONE) == "bounced"


def test_what_is_our_own_fault_is_kept_and_counts_for_nobody(weeks: Weeks) -> None:
    for _ in range(4):
        assert weeks.report(weeks.deliver(), "blocked", "554 5.7.1 listed") == "recorded"
    assert weeks.status == "active"


def test_a_complaint_counts_at_once_and_outweighs_having_left(weeks: Weeks) -> None:
    issue = weeks.deliver()
    with transaction(weeks.context.engine) as connection:
        people.unsubscribe(connection, weeks.ann, at=weeks.context.clock(), source="test")
    assert weeks.report(issue, "spamreport", "") == "complained"
    assert weeks.report(issue, "spamreport", "") == "repeated"
    assert weeks.status == "complained"


def test_what_is_older_than_the_latest_consent_changes_nothing(weeks: Weeks) -> None:
    issue, other = weeks.deliver(), weeks.deliver()
    weeks.report(issue, "bounce", GONE)
    weeks.pass_days(1)
    now = weeks.context.clock()
    with transaction(weeks.context.engine) as connection:
        people.change_status(
            connection, weeks.ann, "pending", by="subscriber", at=now, source="test"
        )
        people.change_status(
            connection, weeks.ann, "active", by="subscriber", at=now, source="test"
        )
    weeks.pass_days(1)

    assert weeks.report(issue, "bounce", GONE) == "repeated"
    assert weeks.report(other, "bounce", GONE) == "outdated"
    assert weeks.report(other, "spamreport", "") == "outdated"
    assert weeks.refuse(other, GONE) == "outdated"
    assert weeks.status == "active"
    for _ in range(2):
        assert weeks.report(weeks.deliver(), "deferred", FULL) == "recorded"
    assert weeks.status == "active"


def test_what_came_back_from_a_former_address_changes_nothing(weeks: Weeks) -> None:
    issue = weeks.deliver()
    secrets, moment = weeks.context.secrets.signing, weeks.context.clock()
    with transaction(weeks.context.engine) as connection:
        double_opt_in.request_change(
            connection, weeks.ann, "ann@example.net", at=moment, secrets=secrets
        )
        # In the same moment, so that the time alone does not tell.
        double_opt_in.confirm_change(
            connection,
            weeks.ann,
            int(moment.timestamp()),
            at=issue.frozen_at or moment,
            ip="",
            secrets=secrets,
        )
    assert weeks.report(issue, "bounce", GONE) == "outdated"
    assert status_of(weeks.context, "ann@example.net") == "active"


def test_a_report_proves_that_the_message_was_accepted(weeks: Weeks) -> None:
    issue = weeks.deliver("unknown")
    weeks.report(issue, "bounce", GONE)
    with snapshot(weeks.context.engine) as connection:
        delivery = find_delivery(connection, issue.number, weeks.ann)
        reported = failures.reported_failures(connection, issue.id)
    assert delivery is not None
    assert delivery.status == "accepted"
    assert reported == {"bounce": 1}


def test_who_is_erased_is_not_looked_for(weeks: Weeks) -> None:
    issue = weeks.deliver()
    with transaction(weeks.context.engine) as connection:
        people.erase(
            connection,
            ANN,
            by="author",
            at=weeks.context.clock(),
            secrets=weeks.context.secrets.signing,
        )
    assert weeks.report(issue, "bounce", GONE) == "outdated"


@pytest.mark.parametrize(
    ("detail", "gone"),
    [
        ("550 5.1.1 <…@example.org>: Recipient address rejected: User unknown", True),
        ("550-5.1.1 The email account that you tried to reach does not exist.", True),
        ("5.1.10 smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        ("551 5.1.6 moved away", True),
        ("Sorry, no mailbox here by that name. (#5.1.1)", True),
        ("550 Unknown user", True),
        ("550 No such user here", True),
        ("5.0.0 smtp; 550 Unrouteable address", True),
        ("550 5.0.0 account not found", True),
        ("550 5.1.2 Host unknown", False),
        ("550 5.2.1 mailbox disabled", False),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 user unknown to this blocklist", False),
        ("450 4.1.1 user unknown", False),
        ("450 user unknown in the cache", False),
        ("554 rejected by 5.1.1.7", False),
        ("550 message refused", False),
        ("", False),
    ],
)
def test_only_a_mailbox_that_does_not_exist_is_gone(detail: str, *, gone: bool) -> None:
    assert is_mailbox_gone(detail) is gone
