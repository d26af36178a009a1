from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery.status import IssueProgress
from newsletter.models import Figures, Issue
from newsletter.notices.run_notices import delivery_notices
from newsletter.storage.ledger.failures import DeliveryGroup

NOW = dt.datetime(2026, 11, 29, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("fault", "detail", "subject", "line"),
    [
        (
            "reader_later",
            "452 4.2.2 mailbox full",
            "Issue 1: 1 reader waits for a mailbox",
            "1 more: their mailbox is full for now, or wants to be asked twice.",
        ),
        (
            "account",
            "454 4.7.1 Relay access denied",
            "Issue 1: 1 reader waits to be tried again",
            "1: 454 4.7.1 Relay access denied",
        ),
    ],
)
def test_a_wait_is_blamed_on_a_mailbox_only_where_it_is_the_mailboxs_fault(
    fault: str, detail: str, subject: str, line: str
) -> None:
    progress = IssueProgress(
        issue=Issue(key="2026-W48", number=1, planned_for=NOW, created_at=NOW, status="sending"),
        figures=Figures(planned=3, accepted=2, pending=1),
        reason="Issue 1: 2 of 3 accepted.",
        waiting=1,
    )
    group = DeliveryGroup(
        status="pending", fault=fault, detail=detail, addresses=("ben@example.net",)
    )

    (notice,) = delivery_notices(progress, (group,), now=NOW, zone=ZoneInfo("America/Edmonton"))

    assert notice.content is not None
    assert notice.content.subject == subject
    assert line in notice.content.lines
