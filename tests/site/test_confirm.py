"""The link of the confirmation message: usable once, for seven days, by pressing a button."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.sign_up import expire_unconfirmed
from subscribers import storage as people
from subscribers.tokens import sign_question, sign_token
from tests.support.newsletter_folder import create_newsletter, status_of, subscribe
from tests.support.sign_up import (
    from_new_network,
    link_in,
    message_to,
    submit_sign_up,
    wait_for_mail_worker,
)
from tests.support.visitor import Visitor

ADA = "ada@example.com"
Calendar = list[dt.datetime]


@pytest.fixture
def calendar() -> Calendar:
    """The clock of one day, which a test may put forward."""
    return [dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)]


@pytest.fixture
def context(tmp_path: Path, calendar: Calendar, database_url: str) -> Iterator[Context]:
    context = create_newsletter(tmp_path / "newsletter", proxies=1, database_url=database_url)
    yield replace(context, clock=lambda: calendar[0])
    wait_for_mail_worker()
    context.engine.dispose()


@pytest.fixture
def link(context: Context, visitor: Visitor) -> str:
    submit_sign_up(context, visitor, ADA)
    return link_in(message_to(context, ADA))


def test_getting_the_page_changes_nothing_however_often(
    context: Context, visitor: Visitor, link: str
) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "GET"):
        visitor.request(method, link)
    assert status_of(context, ADA) == "pending"


def test_a_second_press_gives_the_same_page(context: Context, visitor: Visitor, link: str) -> None:
    first, second, look = (
        visitor.request("POST", link),
        visitor.request("POST", link),
        visitor.get(link),
    )
    assert first.text == second.text == look.text
    assert "You’re in" in first.words
    with snapshot(context.engine) as connection:
        ada = people.require_by_address(connection, ADA)
        events = [line.event for line in people.consents_of(connection, ada.id)]
    assert events.count("confirmed") == 1


def test_the_link_works_for_seven_days_and_then_says_what_to_do(
    context: Context, visitor: Visitor, link: str, calendar: Calendar
) -> None:
    calendar[0] += dt.timedelta(days=7)
    assert "Yes, I want it" in visitor.get(link).words
    calendar[0] += dt.timedelta(seconds=1)
    for page in (visitor.get(link), visitor.request("POST", link)):
        assert page.status == 410
        assert "ask once more" in page.words
    assert status_of(context, ADA) == "pending"


def test_an_unconfirmed_sign_up_is_deleted(
    context: Context, link: str, visitor: Visitor, calendar: Calendar
) -> None:
    calendar[0] += dt.timedelta(days=7, seconds=1)
    assert expire_unconfirmed(context) == 1
    with snapshot(context.engine) as connection:
        assert people.find_by_address(connection, ADA) is None
    assert visitor.request("POST", link).status == 410


def test_an_unsubscribed_reader_who_does_not_confirm_stays_unsubscribed(
    context: Context, visitor: Visitor, calendar: Calendar
) -> None:
    visitor.request("POST", subscribe(context, ADA))
    submit_sign_up(context, visitor, ADA)
    message_to(context, ADA)
    assert status_of(context, ADA) == "pending"
    calendar[0] += dt.timedelta(days=8)
    expire_unconfirmed(context)
    assert status_of(context, ADA) == "unsubscribed"


def test_a_used_link_does_not_resubscribe(context: Context, visitor: Visitor, link: str) -> None:
    visitor.request("POST", link)
    with transaction(context.engine) as connection:
        ada = people.require_by_address(connection, ADA)
        people.unsubscribe(connection, ada.id, at=context.clock(), source="test")
    assert visitor.request("POST", link).status == 410
    assert status_of(context, ADA) == "unsubscribed"


def test_a_foreign_link_confirms_nobody(context: Context, visitor: Visitor, link: str) -> None:
    real = link.removeprefix("/confirm/")
    secrets = context.secrets.signing
    with snapshot(context.engine) as connection:
        ada = people.require_by_address(connection, ADA).link_id
    stamp = int(context.clock().timestamp())
    forgeries = [
        "nonsense",
        real[:-1],
        real + "A",
        real.swapcase(),
        sign_token("unsubscribe", ada, secrets),
        sign_token("preferences", ada, secrets),
        sign_question("confirm", ada, stamp, ("another-secret",)),
        "%00",
        "a" * 5000,
    ]
    for forged in forgeries:
        for method in ("GET", "POST"):
            page = visitor.request(method, f"/confirm/{forged}", from_new_network())
            assert page.status == 404, forged
            assert "copy the whole of it" in page.words
    assert visitor.request("POST", f"/unsubscribe/{real}").status == 404
    assert visitor.get(f"/preferences/{real}").status == 404
    swapped = sign_question("move", ada, stamp, secrets)
    assert visitor.request("POST", f"/confirm/{swapped}").status == 410
    other_time = sign_question("confirm", ada, stamp - 60, secrets)
    assert visitor.request("POST", f"/confirm/{other_time}").status == 410
    assert status_of(context, ADA) == "pending"


def test_ten_scanners_that_fetch_every_link_twice_change_nothing(
    context: Context, visitor: Visitor, link: str
) -> None:
    way_out = subscribe(context, "bo@example.com")
    with snapshot(context.engine) as connection:
        bo = people.require_by_address(connection, "bo@example.com").link_id
    own_page = f"/preferences/{sign_token('preferences', bo, context.secrets.signing)}"
    for _ in range(20):
        for path in (link, way_out, own_page):
            page = visitor.get(path)
            assert page.status == 200
            assert "bo@example.com" not in page.text
            assert ADA not in page.text
    assert status_of(context, ADA) == "pending"
    assert status_of(context, "bo@example.com") == "active"
