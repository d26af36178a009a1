"""How often a password may be tried."""

from __future__ import annotations

import datetime as dt

from newsletter.desk.login_limits import FREE_TRIES, FREE_TRIES_OF_ALL, WITHIN, LoginLimits

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
NO_WAIT = dt.timedelta()
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


def fail(limits: LoginLimits, count: int, ip: str = HOME, now: dt.datetime = NOW) -> None:
    for _ in range(count):
        assert limits.start_try(ip, now) == NO_WAIT


def test_a_few_typing_errors_cost_no_wait_and_each_further_one_doubles_it() -> None:
    limits = LoginLimits()
    fail(limits, FREE_TRIES)

    first = limits.start_try(HOME, NOW)
    fail(limits, 1, now=NOW + first)
    second = limits.start_try(HOME, NOW + first)

    assert first == dt.timedelta(seconds=15)
    assert second == 2 * first


def test_the_wait_ends_and_is_never_longer_than_a_quarter_of_an_hour() -> None:
    limits, now = LoginLimits(), NOW
    for _ in range(40):
        now += limits.start_try(HOME, now)
    assert limits.start_try(HOME, now) <= dt.timedelta(minutes=15)


def test_a_network_is_counted_as_one_and_others_do_not_wait_for_it() -> None:
    limits = LoginLimits()
    fail(limits, FREE_TRIES)
    assert limits.start_try("203.0.113.200", NOW) > NO_WAIT
    assert limits.start_try(ELSEWHERE, NOW) == NO_WAIT


def test_the_right_password_forgets_the_wrong_ones() -> None:
    limits = LoginLimits()
    fail(limits, FREE_TRIES)
    limits.record_success(HOME)
    fail(limits, FREE_TRIES)

    assert limits.start_try(HOME, NOW) > NO_WAIT


def test_a_flood_from_everywhere_slows_strangers_down_and_not_the_author_at_home() -> None:
    limits = LoginLimits()
    fail(limits, 1)
    limits.record_success(HOME)
    for number in range(FREE_TRIES_OF_ALL):
        fail(limits, 1, f"10.0.{number}.1")

    assert limits.start_try(ELSEWHERE, NOW) > NO_WAIT
    assert limits.start_try(HOME, NOW) == NO_WAIT
    assert limits.start_try(ELSEWHERE, NOW + WITHIN + dt.timedelta(seconds=1)) == NO_WAIT


def test_ever_more_networks_take_bounded_memory() -> None:
    limits, now = LoginLimits(), NOW
    for number in range(12_000):
        now += dt.timedelta(minutes=1)
        limits.start_try(f"10.{number // 250}.{number % 250}.1", now)
    assert len(limits) <= 10_000
