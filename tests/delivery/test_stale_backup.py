"""A database restored from a stale backup: SendGrid reports deliveries that it does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.context import Context
from newsletter.delivery.control import resume
from newsletter.delivery.freeze import freeze
from newsletter.delivery.ledger.stale_backup import origins, stale_backup_warning
from newsletter.delivery.resolve import resolve
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.proof_copy import send_proof_copy
from newsletter.errors import NotReady, StaleBackup
from newsletter.models import Figures, Issue
from newsletter.pipeline.send import send
from newsletter.sender.mailers.sendgrid.webhook import SIGNATURE
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.transactional_mail import send_due_mail
from subscribers.storage import mail_queue
from tests.support import backup
from tests.support.delivery_folder import (
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    status,
)
from tests.support.newsletter_folder import publish, status_of
from tests.support.sendgrid import SendGridStandIn
from tests.support.webhook import event_for, run_hooked_site

KEY = "2026-W47"
ALL = Figures(planned=6, accepted=6)


@dataclass(slots=True)
class Restored:
    """A newsletter whose database holds an issue with no delivery sent yet."""

    context: Context
    issue: Issue

    @property
    def status(self) -> str:
        return status(self.context, self.issue)

    @property
    def warning(self) -> str:
        with snapshot(self.context.engine) as connection:
            return stale_backup_warning(connection)

    def hears(self, *found: dict[str, Any], **headers: str) -> int:
        """Return the site's response to these events."""
        with run_hooked_site(self.context) as hook:
            return hook.post(*found, headers=headers)


@pytest.fixture
def context(tmp_path: Path, sendgrid: SendGridStandIn, database_url: str) -> Iterator[Context]:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", sendgrid, database_url=database_url
    )
    yield context
    context.engine.dispose()


@pytest.fixture
def restored(context: Context, database_url: str, request: pytest.FixtureRequest) -> Restored:
    issue = freeze_next_issue(context)
    context.engine.dispose()
    if database_url.startswith("sqlite"):
        put_back = backup.back_up_file(Path(database_url.removeprefix("sqlite:///")))
    else:
        server = request.getfixturevalue("postgresql_server")
        put_back = backup.back_up_postgresql(server, database_url)
    assert send(context, "last").figures == ALL
    context.engine.dispose()
    put_back()
    # It went back with the folder, and so did the user's state directory.
    (context.folder / "newsletter.journal").unlink()
    assert status(context, issue) == "frozen"
    return Restored(context, issue)


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_issue_in_delivery_is_stopped_until_the_author_resumes_it(
    restored: Restored, sendgrid: SendGridStandIn
) -> None:
    assert (
        restored.hears(event_for(sendgrid, 1, "delivered"), event_for(sendgrid, 2, "spamreport"))
        == 200
    )

    assert restored.status == "stopped"
    assert status_of(restored.context, "runner2@example.org") == "active"
    with pytest.raises(StaleBackup, match=f"{KEY}.*older backup.*`newsletter resume 1`"):
        send(restored.context, "last")
    with pytest.raises(StaleBackup):
        resolve(restored.context, "last", "resend")
    assert len(sendgrid.mailed) == 6

    resume(restored.context, "last")
    late = event_for(sendgrid, 3, "delivered")
    assert send(restored.context, "last").figures == ALL
    restored.hears(late, event_for(sendgrid, 4, "bounce"))
    assert (restored.warning, restored.status) == ("", "sent")


@only_sqlite
def test_detected_during_delivery_nothing_more_is_sent(
    restored: Restored, sendgrid: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign, take = event_for(sendgrid, 1, "delivered"), sendgrid.take

    def take_and_tell(payload: dict[str, Any]) -> None:
        take(payload)
        restored.hears(sign)

    monkeypatch.setattr(SendGridStandIn, "take", lambda _self, payload: take_and_tell(payload))
    sent = send(restored.context, "last")
    assert sent.figures == Figures(planned=6, accepted=2, pending=4)
    assert "It was stopped. Deliveries of 2026-W47" in sent.reason


@only_sqlite
def test_no_other_issue_is_frozen_either(restored: Restored, sendgrid: SendGridStandIn) -> None:
    send(restored.context, "last")
    publish(restored.context, "Another hill")
    restored.hears(event_for(sendgrid, 1, "delivered"))
    issue = draft_issue(restored.context).issue
    assert issue is not None
    with pytest.raises(StaleBackup, match="`newsletter resume 2`"):
        send(restored.context, "next")
    with pytest.raises(StaleBackup):
        freeze(restored.context, issue.number, need_approval=False)
    assert resume(restored.context, "next").number == 2
    assert send(restored.context, "next").figures == ALL


@only_sqlite
def test_a_signature_with_an_older_secret_counts(
    restored: Restored, sendgrid: SendGridStandIn
) -> None:
    own = restored.context.secrets
    rotated = replace(own, signing=("a newer one, long enough", *own.signing))
    restored.context = replace(restored.context, secrets=rotated)
    restored.hears(event_for(sendgrid, 1, "delivered"))
    assert restored.status == "stopped"


@only_sqlite
def test_foreign_or_unsigned_deliveries_are_no_symptom(
    restored: Restored, sendgrid: SendGridStandIn
) -> None:
    others = (
        {"origin": origins(("another newsletter's secret",))[0]},
        {"origin": ""},
        {"attempt_id": ""},
        {"issue_key": ""},
        {"subscriber_id": "0"},
        {"subscriber_id": "-1"},
    )
    strangers = [
        event_for(sendgrid, 1, "delivered", **more, sg_event_id=f"stranger {place}")
        for place, more in enumerate(others)
    ]
    assert restored.hears(*strangers) == 200
    assert restored.hears(event_for(sendgrid, 1, "delivered"), **{SIGNATURE: "AAAA"}) == 401
    assert (restored.warning, restored.status) == ("", "frozen")


@only_sqlite
def test_test_copies_and_welcomes_are_in_no_ledger_and_no_symptom(
    restored: Restored, sendgrid: SendGridStandIn
) -> None:
    context = restored.context
    send(context, "last")
    sendgrid.mailed.clear()
    send_proof_copy(context, "last", ["runner1@example.org"])
    with transaction(context.engine) as connection:
        connection.exec_driver_sql("DELETE FROM delivery WHERE subscriber_id = 2")
        mail_queue.enqueue(connection, "welcome", 2, now=context.real_clock())
    send_due_mail(context)
    restored.hears(event_for(sendgrid, 1, "delivered"), event_for(sendgrid, 2, "delivered"))
    assert restored.warning == ""


@only_sqlite
def test_known_deliveries_are_no_symptom_and_block_nothing(
    restored: Restored, sendgrid: SendGridStandIn
) -> None:
    sendgrid.mailed.clear()
    send(restored.context, "last")
    restored.hears(event_for(sendgrid, 1, "delivered"), event_for(sendgrid, 2, "open"))
    assert figures(restored.context, restored.issue) == ALL
    assert (restored.warning, restored.status) == ("", "sent")
    with pytest.raises(NotReady, match="not stopped"):
        resume(restored.context, "last")
