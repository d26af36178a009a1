"""The circuit breaker: an issue with too many bounces or complaints is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.delivery.control import resume
from newsletter.delivery.ledger.circuit_breaker import FailureCounts, exceeded_threshold
from newsletter.models import Figures
from newsletter.pipeline.send import send
from tests.support.delivery_folder import create_sendgrid_newsletter, freeze_next_issue, status
from tests.support.sendgrid import SendGridStandIn


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (FailureCounts(handed_over=200, bounced=11), "11 of 200 messages came back"),
        (FailureCounts(handed_over=200, complained=1), "reported as spam"),
        (FailureCounts(handed_over=200, refused=21), "refused"),
    ],
)
def test_each_threshold_trips(back: FailureCounts, words: str) -> None:
    assert words in exceeded_threshold(back)


@pytest.mark.parametrize(
    "back",
    [
        FailureCounts(handed_over=200, bounced=10, refused=20),
        FailureCounts(handed_over=1000, complained=3),
        FailureCounts(handed_over=199, bounced=199),
    ],
)
def test_low_rates_and_few_messages_do_not_trip(back: FailureCounts) -> None:
    assert exceeded_threshold(back) == ""


def test_an_issue_with_many_refusals_is_stopped_until_the_author_resumes_it(
    tmp_path: Path, sendgrid: SendGridStandIn, database_url: str
) -> None:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter",
        sendgrid,
        readers=400,
        batch_size=100,
        database_url=database_url,
    )
    sendgrid.refused_addresses |= {f"runner{number}@example.org" for number in range(1, 41)}
    issue = freeze_next_issue(context)

    stopped = send(context, "last")
    assert status(context, issue) == "stopped"
    assert "resume" in stopped.reason
    assert stopped.figures.pending > 0

    resume(context, "last")
    progress = send(context, "last")
    assert progress.figures == Figures(planned=400, accepted=360, failed=40)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 360
    context.engine.dispose()
