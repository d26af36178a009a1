"""The request's body: SendGrid makes the same message of it as the outbox writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.sender.batch import Batch
from newsletter.sender.mailers.sendgrid.limits import find_violations
from newsletter.sender.mailers.sendgrid.payload import build_request
from newsletter.sender.mailers.sendgrid.personalizations import Payload
from tests.support.batches import ADDRESS, EDITION, NONCE, batch, recipient

NOW = 1_795_600_000.0


def payload_of(sent: Batch) -> Payload:
    """Return the body of the request as SendGrid parses it."""
    payload: Payload = json.loads(build_request(sent).body())
    return payload


def as_mailed(payload: Payload, at: int) -> tuple[str, str]:
    """Return the parts after SendGrid has replaced every tag."""
    texts = [part["value"] for part in payload["content"]]
    for tag, value in payload["personalizations"][at]["substitutions"].items():
        texts = [text.replace(tag, value) for text in texts]
    return texts[0], texts[1]


def test_each_recipient_gets_what_merging_gives() -> None:
    people = (recipient(1), recipient(2, "o'brien&sons@example.org"))
    payload = payload_of(batch(*people))
    for at, runner in enumerate(people):
        fields = dict(runner.fields)
        expected = (
            merge.fill(EDITION.text, NONCE, fields, html=False),
            merge.fill(EDITION.html, NONCE, fields, html=True),
        )
        assert as_mailed(payload, at) == expected


def test_each_recipient_has_the_literal_unsubscribe_link() -> None:
    payload = payload_of(batch(recipient(1), recipient(2)))
    assert [part["headers"]["List-Unsubscribe"] for part in payload["personalizations"]] == [
        "<https://news.example.com/unsubscribe/T1>",
        "<https://news.example.com/unsubscribe/T2>",
    ]
    for part in payload["personalizations"]:
        assert part["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert [to["email"] for to in part["to"]] == [part["to"][0]["email"]]


def test_an_unsubscribe_address_carries_each_recipients_own_token() -> None:
    def by_mail(number: int) -> str:
        return f"mailto:leave@example.com?subject=unsubscribe-T{number}"

    people = [recipient(number, unsubscribe_mailto=by_mail(number)) for number in (1, 2)]
    payload = payload_of(batch(*people))
    assert [part["headers"]["List-Unsubscribe"] for part in payload["personalizations"]] == [
        f"<https://news.example.com/unsubscribe/T{number}>, <{by_mail(number)}>"
        for number in (1, 2)
    ]


def test_an_invalid_unsubscribe_address_is_refused_for_that_reader_alone() -> None:
    good = "mailto:leave@example.com?subject=unsubscribe-T1"
    request = build_request(
        batch(
            recipient(1, unsubscribe_mailto=good),
            recipient(2, unsubscribe_mailto="https://example.com/leave"),
            recipient(3, unsubscribe_mailto=""),
        )
    )
    first, third = json.loads(request.body())["personalizations"]
    assert first["headers"]["List-Unsubscribe"].endswith(f", <{good}>")
    assert third["headers"]["List-Unsubscribe"] == "<https://news.example.com/unsubscribe/T3>"
    (refused,) = request.refused
    assert (refused.subscriber_id, refused.outcome) == (2, "refused")
    assert "not one for mail" in refused.detail


def test_custom_args_hold_opaque_text_only() -> None:
    payload = payload_of(batch(recipient(7)))
    assert payload["personalizations"][0]["custom_args"] == {
        "attempt_id": "attempt-1",
        "issue_key": "2026-W48",
        "subscriber_id": "7",
    }


def test_the_newsletter_s_origin_is_sent_in_short_and_long_payloads() -> None:
    people = (recipient(7), recipient(8, address="who's <odd> \x0b"))
    payload = payload_of(batch(*people, envelope={"origin": "0f1e2d3c4b5a6978"}))
    assert [part["custom_args"]["origin"] for part in payload["personalizations"]] == [
        "0f1e2d3c4b5a6978"
    ] * len(payload["personalizations"])


def test_every_tracking_setting_is_off_and_said() -> None:
    payload = payload_of(batch(recipient(1)))
    settings = json.dumps([payload["tracking_settings"], payload["mail_settings"]])
    assert "true" not in settings
    assert set(payload["tracking_settings"]) == {
        "click_tracking",
        "open_tracking",
        "subscription_tracking",
        "ganalytics",
    }


def test_a_value_that_looks_like_a_tag_is_not_expanded() -> None:
    payload = payload_of(batch(recipient(1, address=f"x{ADDRESS}x")))
    assert all(f"-nl{NONCE}" not in text for text in as_mailed(payload, 0))


def test_a_confirmation_carries_no_list_headers() -> None:
    payload = payload_of(batch(recipient(1), envelope={"kind": "confirm"}))
    assert payload["headers"] == {"Auto-Submitted": "auto-generated"}
    assert "headers" not in payload["personalizations"][0]


def test_a_confirmation_reaches_unsubscribed_readers() -> None:
    def passes(kind: str) -> set[str]:
        settings = payload_of(batch(recipient(1), envelope={"kind": kind}))["mail_settings"]
        return {name for name in settings if name.startswith("bypass")}

    assert passes("confirm") == {"bypass_unsubscribe_management", "bypass_bounce_management"}
    assert passes("issue") == passes("welcome") == passes("test") == set()


def test_a_test_copy_says_so() -> None:
    payload = payload_of(batch(recipient(1), envelope={"kind": "test"}))
    assert payload["subject"].startswith("[Test] ")


@pytest.mark.parametrize(
    ("edition", "envelope"),
    [
        ({"subject": "Hills\r\nBcc: all@example.org"}, {}),
        ({"subject": f"Hello {ADDRESS}"}, {}),
        ({"subject": "   "}, {}),
        ({"html": "half a pair \ud83c"}, {}),
        ({}, {"from_address": "nobody"}),
        ({}, {"from_address": "Läufer <läufer@example.com>"}),
        ({}, {"list_id": "Weekly Letter"}),
    ],
)
def test_a_fault_of_every_message_stops_at_once(
    edition: dict[str, Any], envelope: dict[str, Any]
) -> None:
    with pytest.raises(MailerError):
        payload_of(batch(recipient(1), envelope=envelope, **edition))


def test_our_payload_breaks_no_rule() -> None:
    people = tuple(recipient(number) for number in range(1000))
    assert find_violations(payload_of(batch(*people)), now=NOW) == ()


def _change(payload: Payload, **changes: Any) -> Payload:
    return payload | changes


def _person(payload: Payload, **changes: Any) -> Payload:
    first, *others = payload["personalizations"]
    return payload | {"personalizations": [first | changes, *others]}


@pytest.mark.parametrize(
    "broken",
    [
        lambda p: _change(p, personalizations=[]),
        lambda p: _change(
            p, personalizations=[{"to": [{"email": f"r{n}@e.org"}]} for n in range(1001)]
        ),
        lambda p: _person(p, to=[{"email": f"r{n}@e.org"} for n in range(1001)]),
        lambda p: _person(p, to=[{"email": "RUNNER2@Example.org"}]),
        lambda p: _person(p, to=[]),
        lambda p: _person(p, to=[{"email": "r@example.org", "name": "Runner; Jane"}]),
        lambda p: _person(p, substitutions={"-x-": "y" * 9_998}),
        lambda p: _person(p, substitutions={"-x-": 1}),
        lambda p: _person(p, custom_args={"subscriber_id": 1}),
        lambda p: _person(p, headers={"dkim-Signature": "x"}),
        lambda p: _person(p, headers={"X-Days": 3}),
        lambda p: _change(p, headers={"REPLY-TO": "x@example.org"}),
        lambda p: _change(p, headers={"X-Word": "Läufer"}),
        lambda p: _change(p, headers={"X-Word": "a\r\nBcc: b"}),
        lambda p: _change(p, custom_args={"a": "b" * 10_000}),
        lambda p: _change(p, content=[{"type": "text/plain", "value": ""}]),
        lambda p: _change(p, content=p["content"][::-1]),
        lambda p: _change(p, subject=""),
        lambda p: _change(p, **{"from": {"email": "läufer@example.com"}}),
        lambda p: _change(p, categories=[str(n) for n in range(11)]),
        lambda p: _change(p, categories=["a", "a"]),
        lambda p: _change(p, categories=["a" * 256]),
        lambda p: _change(p, send_at=int(NOW) + 72 * 3600 + 1),
        lambda p: _person(p, send_at="tomorrow"),
    ],
)
def test_each_rule_of_sendgrid_is_checked(broken: Any) -> None:
    payload = payload_of(batch(recipient(1), recipient(2)))
    assert len(find_violations(broken(payload), now=NOW)) == 1


def test_the_last_allowed_moment_is_allowed() -> None:
    payload = payload_of(batch(recipient(1))) | {"send_at": int(NOW) + 72 * 3600}
    assert find_violations(payload, now=NOW) == ()
