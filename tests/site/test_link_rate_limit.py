"""The rate limit on links: guessing is slowed down, unsubscribing is not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.site.link_rate_limit import LinkRateLimit
from subscribers.tokens import sign_token
from tests.support.newsletter_folder import create_newsletter, link_id_of, status_of, subscribe
from tests.support.sign_up import Now
from tests.support.visitor import Visitor

HERE = {"X-Forwarded-For": "203.0.113.7"}
NEXT_DOOR = {"X-Forwarded-For": "203.0.113.99"}
ELSEWHERE = {"X-Forwarded-For": "198.51.100.7"}


@pytest.fixture
def context(tmp_path: Path, now: Now) -> Context:
    return replace(create_newsletter(tmp_path / "newsletter", proxies=1), real_clock=lambda: now[0])


@pytest.fixture
def way_out(context: Context) -> str:
    return subscribe(context, "ada@example.com")


@pytest.fixture
def own_page(context: Context, way_out: str) -> str:
    assert way_out
    return (
        f"/preferences/{sign_token('preferences', link_id_of(context, 1), context.secrets.signing)}"
    )


def guess(visitor: Visitor, times: int) -> list[int]:
    kinds = ("confirm", "preferences", "unsubscribe")
    paths = [f"/{kinds[item % 3]}/MQ.{item}" for item in range(times)]
    return [visitor.request("GET", path, HERE).status for path in paths]


def test_the_eleventh_wrong_link_within_a_minute_is_throttled(visitor: Visitor, now: Now) -> None:
    assert guess(visitor, 12) == [404] * 10 + [429] * 2
    page = visitor.request("GET", "/preferences/MQ.x", NEXT_DOOR)
    assert page.status == 429
    assert page.headers["Retry-After"] == "60"
    assert "Wait a minute" in page.words
    assert visitor.request("GET", "/preferences/MQ.x", ELSEWHERE).status == 404
    now[0] += dt.timedelta(seconds=61)
    assert guess(visitor, 1) == [404]


def test_a_valid_link_works_whatever_else_came_from_its_network(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    guess(visitor, 12)
    assert visitor.request("GET", own_page, HERE).status == 200
    assert visitor.request("POST", f"{own_page}/leave", HERE).status == 200
    assert status_of(context, "ada@example.com") == "unsubscribed"


def test_unsubscribing_works_whatever_else_came_from_its_network(
    context: Context, visitor: Visitor, way_out: str
) -> None:
    guess(visitor, 12)
    assert visitor.request("GET", way_out, HERE).status == 200
    form = {"Content-Type": "application/x-www-form-urlencoded", **HERE}
    answer = visitor.request("POST", way_out, form, b"List-Unsubscribe=One-Click")
    assert (answer.status, answer.text) == (200, "Unsubscribed.\n")
    assert status_of(context, "ada@example.com") == "unsubscribed"


def test_ten_scanners_of_one_network_with_valid_links_are_not_throttled(
    visitor: Visitor, own_page: str, way_out: str
) -> None:
    status = {
        visitor.request("GET", path, HERE).status for _ in range(20) for path in (own_page, way_out)
    }
    assert status == {200}


def test_guesses_from_ever_more_networks_take_bounded_memory(now: Now) -> None:
    guesses = LinkRateLimit()
    for number in range(10_100):
        guesses.record(f"10.{number // 250}.{number % 250}.1", now[0])
    assert len(guesses) == 10_000
