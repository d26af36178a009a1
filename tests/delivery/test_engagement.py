"""Opens and clicks that programs make are told from those of readers."""

from __future__ import annotations

import datetime as dt

import pytest

from newsletter.delivery.engagement import Engagement, count_engagement, engagement_kind

AT = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


def kind(
    event: str, user_agent: str = PHONE, *, flagged: bool = False, seconds: int | None = None
) -> str:
    return engagement_kind(
        event,
        user_agent=user_agent,
        is_machine=flagged,
        at=AT,
        delivered_at=None if seconds is None else AT - dt.timedelta(seconds=seconds),
    )


def test_a_reader_opens_and_clicks() -> None:
    assert kind("open") == "open"
    assert kind("click", seconds=90) == "click"
    assert (
        kind("open", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko (via ggpht.com GoogleImageProxy)")
        == "open"
    )
    assert kind("open", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy") == "open"


def test_apple_s_proxy_opens_everything() -> None:
    assert kind("open", flagged=True) == "machine_open"
    assert kind("open", "Mozilla/5.0") == "machine_open"


@pytest.mark.parametrize(
    "program",
    [
        "Mozilla/5.0 (compatible; bingbot/2.0)",
        "Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/120.0",
        "python-requests/2.31",
        "Barracuda Sentinel (EE)",
        "Mozilla/5.0 Mimecast URL Protect",
        "BingPreview/1.0b",
    ],
)
def test_filters_that_name_themselves_are_programs(program: str) -> None:
    assert kind("click", program, seconds=500) == "machine_click"


def test_nobody_clicks_within_ten_seconds_of_the_delivery() -> None:
    assert kind("click", seconds=3) == "machine_click"
    assert kind("click", seconds=-5) == "machine_click", "before it was known to be delivered"
    assert kind("open", seconds=3) == "open", "a mail program may stand open"


def test_other_events_stay_what_they_are() -> None:
    for other in ("delivered", "bounce", "spamreport"):
        assert kind(other, "curl/8", flagged=True) == other


def test_the_figures_set_programs_apart() -> None:
    counted = count_engagement({"open": 7, "machine_open": 5, "click": 2, "delivered": 9})
    assert counted == Engagement(opened=7, opened_by_machine=5, clicked=2)
    assert counted.is_tracked
    assert not count_engagement({"delivered": 9}).is_tracked
