"""`/webhooks/sendgrid`: signatures, duplicates, any order, and what each event changes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.context import Context
from newsletter.errors import SettingsError
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.sender.mailers.sendgrid.webhook import (
    MAX_BODY,
    SIGNATURE,
    TIMESTAMP,
    is_signature_valid,
    parse_events,
)
from newsletter.site.server import listen
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import events
from newsletter.storage.tables import event
from subscribers import storage as people
from subscribers.models import SignUp, Status
from subscribers.storage import double_opt_in
from tests.support.delivery_folder import (
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    status,
)
from tests.support.newsletter_folder import status_of
from tests.support.sendgrid import SendGridStandIn
from tests.support.visitor import Visitor, run_server
from tests.support.webhook import WebhookSender, event_for, run_hooked_site

# The example from the sendgrid package's own tests.
VECTOR_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3G"
    "Rqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
VECTOR_TIME = "1600112502"
VECTOR_SIGNATURE = (
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15Tl"
    "uLtEZtM="
)
VECTOR_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


def test_sendgrid_s_own_example_is_genuine() -> None:
    assert is_signature_valid(VECTOR_BODY, VECTOR_SIGNATURE, VECTOR_TIME, VECTOR_KEY)


@pytest.mark.parametrize(
    "body", [VECTOR_BODY.rstrip(), VECTOR_BODY.replace(b"\r\n", b"\n"), VECTOR_BODY + b" ", b""]
)
def test_every_changed_byte_breaks_the_signature(body: bytes) -> None:
    assert not is_signature_valid(body, VECTOR_SIGNATURE, VECTOR_TIME, VECTOR_KEY)


@pytest.mark.parametrize("signature", ["", "%%%", "AAAA", VECTOR_SIGNATURE[:-4], "é"])
def test_a_broken_signature_is_no_signature(signature: str) -> None:
    assert not is_signature_valid(VECTOR_BODY, signature, VECTOR_TIME, VECTOR_KEY)


@pytest.mark.parametrize("key", ["", "nonsense", VECTOR_KEY[:-8], "AAAA"])
def test_an_invalid_key_is_reported(key: str) -> None:
    with pytest.raises(SettingsError, match="SENDGRID_WEBHOOK_KEY"):
        is_signature_valid(VECTOR_BODY, VECTOR_SIGNATURE, VECTOR_TIME, key)


def test_events_are_parsed_whatever_they_hold() -> None:
    events = parse_events(
        b'[{"event": "bounce", "type": "blocked", "email": "a@b.example", "reason": "a@b.example"}'
        b","
        b' {"category": ["x", "y"], "timestamp": "soon", "subscriber_id": {"a": 1}}, 7, null]'
    )
    assert [event.kind for event in events] == ["blocked", "unnamed"]
    assert events[0].detail == "…"
    assert events[0].mark != events[1].mark
    with pytest.raises(ValueError, match="list"):
        parse_events(b'{"event": "open"}')


@pytest.fixture
def context(tmp_path: Path, sendgrid: SendGridStandIn, database_url: str) -> Iterator[Context]:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", sendgrid, database_url=database_url
    )
    yield context
    context.engine.dispose()


@pytest.fixture
def hook(context: Context) -> Iterator[WebhookSender]:
    with run_hooked_site(context) as webhook_sender:
        yield webhook_sender


@pytest.mark.parametrize(
    ("kind", "more", "then"),
    [
        ("bounce", {"type": "bounce"}, "bounced"),
        ("bounce", {"type": "blocked"}, "active"),
        ("spamreport", {}, "complained"),
        ("unsubscribe", {}, "unsubscribed"),
        ("group_unsubscribe", {}, "unsubscribed"),
        ("dropped", {"reason": "Bounced Address"}, "bounced"),
        ("dropped", {"reason": "Invalid"}, "bounced"),
        ("dropped", {"reason": "Spam Reporting Address"}, "complained"),
        ("dropped", {"reason": "Unsubscribed Address"}, "unsubscribed"),
        ("dropped", {"reason": "Recipient List over Package Quota"}, "active"),
        ("dropped", {"reason": "Invalid SMTPAPI header"}, "active"),
        ("dropped", {"reason": "Sender unsubscribed from this plan"}, "active"),
        ("deferred", {}, "active"),
        ("open", {}, "active"),
        ("never_heard_of", {}, "active"),
    ],
)
def test_the_effect_of_an_event_on_its_reader(
    context: Context,
    sendgrid: SendGridStandIn,
    hook: WebhookSender,
    kind: str,
    more: dict[str, str],
    then: str,
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    assert hook.post(event_for(sendgrid, 1, kind, **more)) == 200
    assert status_of(context, "runner1@example.org") == then
    assert status_of(context, "runner2@example.org") == "active"


@pytest.mark.parametrize("bad", ["\ud83d", "\0"], ids=["half a character", "NUL"])
def test_what_is_no_text_hides_neither_its_event_nor_those_beside_it(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender, bad: str
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    strange = event_for(sendgrid, 1, "bounce", reason=f"550 {bad} cut", sg_event_id=f"a{bad}b")
    assert hook.post(strange, event_for(sendgrid, 2, "spamreport")) == 200
    assert status_of(context, "runner1@example.org") == "bounced"
    assert status_of(context, "runner2@example.org") == "complained"


# Members that replace those of an event.
NONSENSE = (
    r'"event": "\ud83d"',
    r'"event": {"a": ["\ud83d"]}',
    r'"attempt_id": "\u0000\ud83d"',
    r'"issue_key": "\ud83d"',
    r'"email": "\udc00@example.org"',
    f'"subscriber_id": {2**31}',
    f'"subscriber_id": {"1" * 5000}',
    '"subscriber_id": ["1"]',
    '"timestamp": 1e300',
    f'"sg_event_id": "{"x" * 5000}", "reason": "{"y" * 100_000}"',
)


def test_events_of_nonsense_are_kept_beside_one_that_counts(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    whole = [
        json.dumps(event_for(sendgrid, 1, "open", sg_event_id=str(number))).removesuffix("}")
        for number in range(len(NONSENSE))
    ]
    strange = [f"{begun}, {more}}}" for begun, more in zip(whole, NONSENSE, strict=True)]
    counts = json.dumps(event_for(sendgrid, 2, "spamreport"))
    assert hook.post(body=f"[{','.join(strange)},\r\n{counts}]\r\n".encode()) == 200
    assert status_of(context, "runner2@example.org") == "complained"
    with snapshot(context.engine) as connection:
        kept = connection.scalars(select(event.c.dedup_key)).all()
    # The last one's id is too long to be kept as it is.
    assert {str(number) for number in range(len(NONSENSE) - 1)} < set(kept)


def test_events_older_than_the_readers_latest_consent_change_nothing(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    now = int(context.clock().timestamp())
    assert hook.post(event_for(sendgrid, 1, "group_unsubscribe", timestamp=now)) == 200
    assert status_of(context, "runner1@example.org") == "unsubscribed"

    _come_back(context, 1, at=context.clock() + dt.timedelta(hours=2))
    kinds = ("unsubscribe", "spamreport", "bounce", "dropped")
    older = [
        event_for(sendgrid, 1, kind, timestamp=now + 7199, reason="Unsubscribed Address")
        for kind in kinds
    ]
    assert hook.post(*older) == 200
    assert status_of(context, "runner1@example.org") == "active"
    with snapshot(context.engine) as connection:
        assert all(events.count(connection, 1, kind) == 1 for kind in kinds)

    newer = event_for(sendgrid, 1, "unsubscribe", timestamp=now + 7200, sg_event_id="newer")
    assert hook.post(newer) == 200
    assert status_of(context, "runner1@example.org") == "unsubscribed"


def test_an_older_event_does_not_undo_a_wish_that_waits_for_its_confirmation(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    now = int(context.clock().timestamp())
    assert hook.post(event_for(sendgrid, 1, "spamreport", timestamp=now)) == 200
    with transaction(context.engine) as connection:
        reader = people.find_by_id(connection, 1)
        at = context.clock() + dt.timedelta(hours=2)
        wish = SignUp(address="runner1@example.org")
        double_opt_in.request_subscription(connection, reader, wish, at=at)
    assert hook.post(event_for(sendgrid, 1, "unsubscribe", timestamp=now + 60)) == 200
    assert status_of(context, "runner1@example.org") == "pending"


def test_an_event_without_a_time_counts(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    assert hook.post(event_for(sendgrid, 1, "bounce")) == 200
    _come_back(context, 1, at=context.clock())
    timeless = event_for(sendgrid, 1, "unsubscribe")
    del timeless["timestamp"]
    assert hook.post(timeless) == 200
    assert status_of(context, "runner1@example.org") == "unsubscribed"


def test_a_bounce_of_an_address_that_the_reader_has_changed_is_not_theirs(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    at, secrets = context.clock(), context.secrets.signing
    with transaction(context.engine) as connection:
        double_opt_in.request_change(connection, 1, "ada@example.net", at=at, secrets=secrets)
        stamp = int(at.timestamp())
        assert double_opt_in.confirm_change(connection, 1, stamp, at=at, ip="", secrets=secrets)
    assert hook.post(event_for(sendgrid, 1, "bounce")) == 200
    assert status_of(context, "ada@example.net") == "active"
    assert hook.post(event_for(sendgrid, 1, "spamreport")) == 200
    assert status_of(context, "ada@example.net") == "complained"


def _come_back(context: Context, reader: int, *, at: dt.datetime) -> None:
    """Let a reader sign up once more and confirm."""
    with transaction(context.engine) as connection:
        steps: tuple[Status, ...] = ("pending", "active")
        for status in steps:
            assert people.change_status(
                connection, reader, status, by="subscriber", at=at, source="test"
            )


def test_an_event_may_come_46_times_and_counts_once(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    document = event_for(sendgrid, 1, "bounce", type="blocked")
    for _ in range(23):
        assert hook.post(document, document) == 200
    with snapshot(context.engine) as connection:
        assert events.count(connection, 1, "blocked") == 1


def test_events_settle_unknown_deliveries_in_any_order(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    issue = freeze_next_issue(context)
    sendgrid.script += [None, "lost"]
    assert send(context, "last").figures.unknown == 2
    hook.post(
        event_for(sendgrid, 4, "delivered"),
        event_for(sendgrid, 3, "bounce"),
        event_for(sendgrid, 3, "processed"),
    )
    assert figures(context, issue) == Figures(planned=6, accepted=6)
    assert status(context, issue) == "sent"
    assert status_of(context, "runner3@example.org") == "bounced"


def test_events_of_other_senders_are_stored_and_change_nothing(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    ours = event_for(sendgrid, 1, "spamreport")
    strangers = [
        ours | {"attempt_id": "another program's", "origin": "its own", "sg_event_id": "1"},
        ours | {"subscriber_id": "999", "sg_event_id": "2"},
        {"event": "spamreport", "email": "runner1@example.org", "sg_event_id": "3"},
    ]
    assert hook.post(*strangers) == 200
    assert status_of(context, "runner1@example.org") == "active"


def test_a_thousand_events_come_at_once(hook: WebhookSender) -> None:
    many = [{"event": "open", "email": "a@b.example", "sg_event_id": str(n)} for n in range(1000)]
    assert hook.post(*many) == 200


@pytest.mark.parametrize(
    "headers",
    [{SIGNATURE: ""}, {TIMESTAMP: ""}, {SIGNATURE: "%%%"}, {TIMESTAMP: "1800000001"}],
)
def test_unsigned_events_are_ignored(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender, headers: dict[str, str]
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    assert hook.post(event_for(sendgrid, 1, "spamreport"), headers=headers) == 401
    assert status_of(context, "runner1@example.org") == "active"


def test_signed_nonsense_is_refused_and_a_huge_body_is_not_read(hook: WebhookSender) -> None:
    assert hook.post(body=b"nonsense") == 400
    assert hook.post(body=b"[" * 100_000 + b"]" * 100_000) == 400
    # Only the header claims this length: sending so much would meet a closed connection.
    announced = {"Content-Length": str(MAX_BODY + 1)}
    assert hook.post(body=b"[", headers=announced) == 413


def test_without_a_key_no_event_is_accepted(context: Context) -> None:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        answer = Visitor(site.port).request(
            "POST",
            "/webhooks/sendgrid",
            {SIGNATURE: VECTOR_SIGNATURE, TIMESTAMP: VECTOR_TIME},
            VECTOR_BODY,
        )
    assert answer.status == 401


def test_a_click_keeps_its_post_and_never_its_link(
    context: Context, sendgrid: SendGridStandIn, hook: WebhookSender
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    links = (
        "http://www.blog.example.com/0?utm_source=x#respond",
        "https://news.example.com/unsubscribe/secret-token",
        "https://[half",
    )
    clicks = [
        event_for(sendgrid, 1, "click", sg_event_id=f"click-{place}", url=url)
        for place, url in enumerate(links)
    ]
    assert hook.post(*clicks) == 200
    with snapshot(context.engine) as connection:
        rows = connection.execute(select(event).order_by(event.c.id)).all()
    assert [row.post_id for row in rows if row.kind == "click"] == [1, None, None]
    assert not any(part in str(row) for row in rows for part in ("secret-token", "utm_source"))
