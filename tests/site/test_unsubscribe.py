"""Unsubscribing by one-click (RFC 8058) and by hand."""

from __future__ import annotations

import pytest

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people
from subscribers.link_ids import make_link_id
from subscribers.tokens import sign_token
from tests.support.newsletter_folder import status_of, subscribe
from tests.support.sign_up import from_new_network
from tests.support.visitor import Visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def its_database(database_url: str) -> str:
    return database_url


@pytest.fixture
def way_out(context: Context) -> str:
    return subscribe(context, "ada@example.com")


def log_of_ada(context: Context) -> list[tuple[str, str]]:
    with snapshot(context.engine) as connection:
        person = people.require_by_address(connection, "ada@example.com")
        return [(line.event, line.source) for line in people.consents_of(connection, person.id)]


def test_the_page_asks_and_its_button_unsubscribes(
    context: Context, visitor: Visitor, way_out: str
) -> None:
    page = visitor.get(way_out)
    assert page.status == 200
    assert '<form method="post"' in page.text
    assert "Pine & Pace" in page.words
    assert status_of(context, "ada@example.com") == "active"
    response = visitor.request("POST", way_out, FORM)
    assert response.status == 200
    assert "You’re out" in response.words
    assert "https://blog.example.com" in response.text
    assert status_of(context, "ada@example.com") == "unsubscribed"
    assert log_of_ada(context)[-1] == ("unsubscribed", "unsubscribe page")
    again = visitor.get(way_out)
    assert "You’re out already" in again.words
    assert "<form" not in again.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", ONE_CLICK),
        ('multipart/form-data; boundary="x"', MULTIPART),
    ],
)
def test_one_click_works_without_cookie_origin_or_redirect(
    context: Context, visitor: Visitor, way_out: str, kind: str, body: bytes
) -> None:
    answer = visitor.request("POST", way_out, {"Content-Type": kind}, body)
    assert answer.status == 200
    assert answer.text == "Unsubscribed.\n"
    assert answer.headers["Location"] is None
    assert answer.headers["Set-Cookie"] is None
    assert status_of(context, "ada@example.com") == "unsubscribed"
    assert log_of_ada(context)[-1] == ("unsubscribed", "one-click")


def test_a_second_post_is_answered_the_same_and_logged_once(
    context: Context, visitor: Visitor, way_out: str
) -> None:
    first, second = (visitor.request("POST", way_out, FORM, ONE_CLICK) for _ in range(2))
    assert (first.status, first.text) == (second.status, second.text) == (200, "Unsubscribed.\n")
    assert [event for event, _ in log_of_ada(context)].count("unsubscribed") == 1


def test_an_unreadable_body_does_not_matter_next_to_the_token(
    context: Context, visitor: Visitor, way_out: str
) -> None:
    assert visitor.request("POST", way_out, FORM, b"x" * 20_000).status == 200
    assert status_of(context, "ada@example.com") == "unsubscribed"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_only_post_changes_anything(
    context: Context, visitor: Visitor, way_out: str, method: str
) -> None:
    for _ in range(2):
        visitor.request(method, way_out)
    assert status_of(context, "ada@example.com") == "active"
    assert [event for event, _ in log_of_ada(context)] == ["added"]


def test_a_test_copys_link_says_so_and_unsubscribes_nobody(
    context: Context, visitor: Visitor, way_out: str
) -> None:
    assert "test copy" in visitor.get("/unsubscribe/test").words
    page = visitor.request("POST", "/unsubscribe/test", FORM)
    assert page.status == 200
    assert "nobody was unsubscribed" in page.words
    assert way_out != "/unsubscribe/test"
    assert status_of(context, "ada@example.com") == "active"


def forgeries(context: Context, way_out: str) -> list[str]:
    real = way_out.removeprefix("/unsubscribe/")
    with snapshot(context.engine) as connection:
        person = people.require_by_address(connection, "ada@example.com")
    return [
        "nonsense",
        real[:-1],
        real + "A",
        real.swapcase(),
        sign_token("preferences", person.link_id, context.secrets.signing),
        sign_token("unsubscribe", person.link_id, ("another-secret",)),
        "%00",
        "Zoë",
        "a" * 5000,
    ]


def test_a_foreign_link_gets_a_helpful_page(
    context: Context, visitor: Visitor, way_out: str
) -> None:
    for forged in forgeries(context, way_out):
        path = "/unsubscribe/" + forged.replace("ë", "%C3%AB")
        for page in (
            visitor.request("GET", path, from_new_network()),
            visitor.request("POST", path, FORM | from_new_network(), ONE_CLICK),
        ):
            assert page.status == 404, forged
            assert "copy the whole of it" in page.words
            assert "ada@example.com" not in page.text
    assert status_of(context, "ada@example.com") == "active"


def test_a_removed_reader_reads_that_they_are_unsubscribed(
    context: Context, visitor: Visitor
) -> None:
    erased = sign_token("unsubscribe", make_link_id(), context.secrets.signing)
    assert visitor.request("POST", f"/unsubscribe/{erased}", FORM, ONE_CLICK).status == 200
