"""Sign-up: no address is on the list before its owner has confirmed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
from msgspec import structs

from newsletter.context import Context
from newsletter.site.server import listen
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.sign_up import consent_wording
from subscribers import storage as people
from subscribers.address import takes_mail
from subscribers.lifecycle import hash_wording
from subscribers.models import Status
from tests.support.name_server import name_server
from tests.support.newsletter_folder import status_of, subscribe
from tests.support.sign_up import (
    form_token_aged,
    link_in,
    message_to,
    outbox_messages,
    sign_up_and_confirm,
    submit_sign_up,
    wait_for_mail_worker,
)
from tests.support.visitor import Visitor, run_server

ADA = "ada@example.com"


def test_the_form_the_message_and_its_link_make_a_subscriber(
    context: Context, visitor: Visitor
) -> None:
    answer = submit_sign_up(context, visitor, ADA, name="Ada", hemisphere="south", rhythm="monthly")
    assert answer.status == 200
    assert "Look in your inbox" in answer.words
    assert status_of(context, ADA) == "pending"
    link = link_in(message_to(context, ADA))
    assert "Yes, I want it" in visitor.get(link).words
    assert status_of(context, ADA) == "pending"
    assert "You’re in" in visitor.request("POST", link).words
    with snapshot(context.engine) as connection:
        ada = people.require_by_address(connection, ADA)
        log = people.consents_of(connection, ada.id)
    assert (ada.status, ada.name, ada.hemisphere, ada.rhythm) == (
        "active",
        "Ada",
        "south",
        "monthly",
    )
    assert ada.confirmed_at == context.clock()
    assert [(line.event, line.actor, line.ip) for line in log] == [
        ("subscribed", "subscriber", "127.0.0.0"),
        ("confirmed", "subscriber", "127.0.0.0"),
    ]
    assert log[0].wording == hash_wording(consent_wording(context.settings))
    assert consent_wording(context.settings) in visitor.get("/subscribe").words


def test_one_click_is_promised_only_where_one_is_enough(context: Context, visitor: Visitor) -> None:
    assert visitor.get("/subscribe").words.count("with one click") == 2
    site = structs.replace(context.settings.site, unsubscribe="mailto")
    by_letter = replace(context, settings=structs.replace(context.settings, site=site))
    opened = listen(by_letter, host="127.0.0.1", port=0)
    with run_server(opened.server):
        asked = Visitor(opened.port).get("/subscribe").words
    assert "one click" not in asked
    assert consent_wording(by_letter.settings) in asked


def test_the_message_is_small_and_holds_only_the_question(
    context: Context, visitor: Visitor
) -> None:
    submit_sign_up(context, visitor, ADA, name="Buy at https://spam.example")
    letter = message_to(context, ADA)
    assert letter["From"] == "Pine & Pace <news@example.com>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] is None
    assert letter["List-Id"] is None
    html = letter.get_body(("html",))
    assert html is not None
    assert "<img" not in html.get_content()
    assert "spam.example" not in letter.as_string()
    assert ADA not in link_in(letter)
    assert len(letter.as_bytes()) < 8_000


def test_a_form_on_the_blog_leads_to_one_more_press(context: Context, visitor: Visitor) -> None:
    page = visitor.request(
        "POST",
        "/subscribe",
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": "https://blog.example.com",
            "Sec-Fetch-Site": "cross-site",
        },
        b"email=ada%40example.com",
    )
    assert page.status == 200
    assert 'value="ada@example.com"' in page.text
    assert page.hidden_field("form_token")
    assert outbox_messages(context) == {}


def test_a_form_left_open_too_long_is_shown_again_as_it_was_filled_in(
    context: Context, visitor: Visitor
) -> None:
    page = submit_sign_up(
        context, visitor, ADA, seconds=2 * 3600 + 60, rhythm="monthly", name="Ada"
    )
    assert 'value="ada@example.com"' in page.text
    assert re.search(r'value="monthly" checked', page.text)
    assert page.hidden_field("form_token")
    assert outbox_messages(context) == {}


def test_a_form_sent_too_fast_is_asked_once_more(context: Context, visitor: Visitor) -> None:
    page = submit_sign_up(context, visitor, ADA, seconds=0)
    assert "That was quick" in page.words
    assert outbox_messages(context) == {}


def test_a_domain_without_mail_gets_none_and_the_page_does_not_tell(
    context: Context,
) -> None:
    with name_server({"runners.example": "10 mx.runners.example."}) as resolver:
        asking = replace(context, takes_mail=partial(takes_mail, resolver=resolver))
        site = listen(asking, host="127.0.0.1", port=0)
        with run_server(site.server):
            pages = [
                submit_sign_up(asking, Visitor(site.port), f"ada@{domain}")
                for domain in ("runners.example", "runers.example")
            ]
            message_to(asking, "ada@runners.example")
            wait_for_mail_worker()
    assert [page.status for page in pages] == [200, 200]
    assert pages[0].text == pages[1].text.replace("@runers", "@runners")
    assert set(outbox_messages(context)) == {"ada@runners.example"}
    with snapshot(context.engine) as connection:
        assert people.find_by_address(connection, "ada@runers.example") is None


def test_a_bot_that_fills_in_the_hidden_field_sees_no_difference(
    context: Context, visitor: Visitor
) -> None:
    trapped = submit_sign_up(context, visitor, "bot@example.com", summit="yes")
    honest = submit_sign_up(context, visitor, ADA)
    assert trapped.text.replace("bot@", "ada@") == honest.text
    message_to(context, ADA)
    assert set(outbox_messages(context)) == {ADA}


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("", "no email address"),
        ("ada", "not an email address"),
        ("ada@example.com\r\nBcc: bo@example.com", "not an email address"),
        ("ada@exa\x00mple.com", "not an email address"),
        (f"{'a' * 300}@example.com", "not an email address"),
        ("postmaster@example.com", "a task"),
        ("Abuse+x@example.com", "a task"),
    ],
)
def test_an_invalid_address_is_refused_with_a_clear_error(
    context: Context, visitor: Visitor, address: str, word: str
) -> None:
    page = submit_sign_up(context, visitor, address)
    assert page.status == 422
    assert word in page.words
    assert outbox_messages(context) == {}


@pytest.mark.parametrize("field", ["hemisphere", "rhythm"])
def test_an_unknown_choice_is_refused(context: Context, visitor: Visitor, field: str) -> None:
    assert submit_sign_up(context, visitor, ADA, seconds=10, **{field: "sideways"}).status == 422
    assert outbox_messages(context) == {}


def test_a_name_in_another_script_arrives_whole(context: Context, visitor: Visitor) -> None:
    sign_up_and_confirm(context, visitor, ADA, name="Łucja Ōta 🏃")
    with snapshot(context.engine) as connection:
        assert people.require_by_address(connection, ADA).name == "Łucja Ōta 🏃"


def test_bytes_in_another_encoding_cause_no_server_error(visitor: Visitor) -> None:
    for body in (b"email=\xff\xfe%ff", b"\x00" * 2_000, b"%%%=%&&;==", b"email=" + b"a" * 15_000):
        for kind in (
            "application/x-www-form-urlencoded; charset=utf-16",
            "multipart/form-data; boundary=x",
            "application/json",
        ):
            assert visitor.request("POST", "/subscribe", {"Content-Type": kind}, body).status < 500


def test_a_huge_body_is_refused(visitor: Visitor) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.request("POST", "/subscribe", form, b"email=" + b"a" * 100_000).status == 413


def state(context: Context, address: str, status: Status) -> None:
    """Bring an address into a state that an attacker may try to detect."""
    subscribe(context, address)
    with transaction(context.engine) as connection:
        person = people.require_by_address(connection, address)
        people.change_status(
            connection, person.id, status, by="mailer", at=context.clock(), source="test"
        )


def test_the_response_is_the_same_for_every_address(context: Context, visitor: Visitor) -> None:
    subscribe(context, "on@example.com")
    state(context, "left@example.com", "unsubscribed")
    state(context, "back@example.com", "bounced")
    with transaction(context.engine) as connection:
        people.suppress(
            connection,
            "nope@example.com",
            reason="author",
            at=context.clock(),
            source="test",
            secrets=context.secrets.signing,
        )
    answers = set()
    for word in ("none", "on", "left", "back", "nope"):
        page = submit_sign_up(context, visitor, f"{word}@example.com")
        headers = tuple(sorted((k, v) for k, v in page.headers.items() if k != "Date"))
        length = len(page.text) - len(word)
        answers.add((page.status, page.text.replace(f"{word}@", "x@"), length))
        assert page.status == 200
        assert ("Content-Length", str(len(page.text.encode()))) in headers
    assert len({(status, text) for status, text, _ in answers}) == 1
    for word in ("none", "left", "back", "on"):
        message_to(context, f"{word}@example.com")
    assert "nope@example.com" not in outbox_messages(context)


def test_an_existing_subscriber_gets_a_link_to_their_page(
    context: Context, visitor: Visitor
) -> None:
    subscribe(context, ADA)
    submit_sign_up(context, visitor, ADA)
    letter = message_to(context, ADA)
    assert "already" in letter["Subject"]
    assert "Your newsletter" in visitor.get(link_in(letter)).words
    assert status_of(context, ADA) == "active"


def test_an_unsubscribed_reader_comes_back_only_by_confirming(
    context: Context, visitor: Visitor
) -> None:
    state(context, ADA, "unsubscribed")
    submit_sign_up(context, visitor, ADA)
    link = link_in(message_to(context, ADA))
    subscribe(context, ADA)  # the author imports an old list meanwhile
    assert status_of(context, ADA) == "pending"
    visitor.request("POST", link)
    assert status_of(context, ADA) == "active"


def test_an_expired_form_token_of_another_newsletter_is_invalid(
    context: Context, visitor: Visitor
) -> None:
    sign = form_token_aged(context, 10)
    for forged in (sign[:-2], sign + "A", "", "x.y", "🏃"):
        page = visitor.submit("/subscribe", {"form_token": forged, "email": ADA})
        assert "Almost there" in page.words
    assert outbox_messages(context) == {}


def test_without_a_public_url_links_lead_to_the_listening_address(
    context: Context, visitor: Visitor
) -> None:
    submit_sign_up(context, visitor, ADA)
    plain = message_to(context, ADA).get_body(("plain",))
    assert plain is not None
    assert f"http://localhost:{visitor.port}/confirm/" in plain.get_content()
