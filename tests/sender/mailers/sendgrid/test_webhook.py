"""What SendGrid's events hold, whatever it is, becomes text that every database stores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sender.mailers.sendgrid.webhook import NO_TIME, Event, parse_events

FIELDS = (
    "event",
    "type",
    "email",
    "reason",
    "response",
    "sg_event_id",
    "sg_message_id",
    "timestamp",
    "attempt_id",
    "issue_key",
    "origin",
    "subscriber_id",
)
ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cs", "Cc"]))
ANY_VALUE = st.recursive(
    ANY_TEXT | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)


def texts(event: Event) -> list[tuple[str, int]]:
    """Each text of an event, with the length that its column takes."""
    return [
        (event.mark, 100),
        (event.kind, 32),
        (event.attempt_id, 64),
        (event.issue_key, 32),
        (event.detail, 300),
    ]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANY_VALUE)))
def test_every_event_is_kept_as_text_that_can_be_stored(found: list[dict[str, Any]]) -> None:
    events = parse_events(json.dumps(found).encode())
    assert len(events) == len(found)
    for event in events:
        assert all(len(text) <= most for text, most in texts(event))
        assert "\0" not in "".join(text for text, _ in texts(event)).encode().decode()
        assert event.subscriber_id >= 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb'"550 \ud83d cut"', "550 � cut"),
        (rb'"\udc00\ud83d"', "��"),
        (rb'"550\u0000 user"', "550� user"),
        (rb'"\ud83c\udfc3"', "🏃"),
        (b'"550 unbekannter L\xe4ufer"', "550 unbekannter L�ufer"),
        (b"550", "550"),
        (b"1" * 5000, "1" * 300),
        (b'{"a": ["b"]}', ""),
        (b"null", ""),
    ],
)
def test_a_reason_that_is_no_text_is_replaced(written: bytes, read: str) -> None:
    (event,) = parse_events(b'[{"event": "bounce", "reason": ' + written + b"}]")
    assert (event.kind, event.detail) == ("bounce", read)


def test_ids_that_are_too_long_still_tell_two_events_apart() -> None:
    same = {"event": "click", "email": "a@b.example", "timestamp": 1800000000}
    long_ids = [{**same, "sg_event_id": "x" * 200 + end} for end in ("1", "2", "2")]
    first, second, again = parse_events(json.dumps(long_ids).encode())
    assert first.mark != second.mark == again.mark
    assert len(first.mark) == 64


@pytest.mark.parametrize("stamp", ["soon", None, [1], {"a": 1}, 1e300, -1e300, 10**400, "NaN"])
def test_a_time_that_is_none_is_no_time(stamp: object) -> None:
    (event,) = parse_events(json.dumps([{"event": "open", "timestamp": stamp}]).encode())
    assert event.at == NO_TIME


@pytest.mark.parametrize("stamp", [1800000000, "1800000000", 1800000000.0])
def test_a_time_is_read_from_a_number_or_from_text(stamp: object) -> None:
    (event,) = parse_events(json.dumps([{"event": "open", "timestamp": stamp}]).encode())
    assert event.at.isoformat() == "2027-01-15T08:00:00+00:00"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"null",
        b'{"event": "open"}',
        b"[" * 100_000 + b"]" * 100_000,
        b"\xff\xfe[",
    ],
)
def test_a_body_that_is_no_list_of_events_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each has words of its own
        parse_events(body)


def test_what_stands_between_the_events_is_passed_over() -> None:
    events = parse_events(
        b'\xef\xbb\xbf[7, null, "x", [{"event": "open"}], {"event": "click"}]\r\n'
    )
    assert [event.kind for event in events] == ["click"]
