"""A reader's own page: preferences, address, data, and unsubscribing."""

from __future__ import annotations

import json
import re

import pytest

from newsletter.addressing.envelope import recipient
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import events
from newsletter.storage.ledger.events import EventRecord
from newsletter.subscriptions.data_export import export_document, export_for_address
from subscribers import storage as people
from subscribers.link_ids import make_link_id
from subscribers.models import Subscriber
from subscribers.tokens import sign_token
from tests.support.newsletter_folder import publish, status_of, subscribe
from tests.support.sign_up import (
    from_new_network,
    link_in,
    message_to,
    outbox_messages,
    sign_up_and_confirm,
)
from tests.support.visitor import Visitor

ADA = "ada@example.com"
BOB = "bob@example.com"


@pytest.fixture
def its_database(database_url: str) -> str:
    return database_url


@pytest.fixture
def own_page(context: Context) -> str:
    subscribe(context, ADA)
    fields = dict(recipient(context.config, context.secrets, person(context, ADA)).fields)
    return fields["preferences_url"].removeprefix(context.site_url)


def person(context: Context, address: str) -> Subscriber:
    with snapshot(context.engine) as connection:
        return people.require_by_address(connection, address)


def test_the_page_shows_what_is_chosen_and_masks_the_address(
    visitor: Visitor, own_page: str
) -> None:
    page = visitor.get(own_page)
    assert page.status == 200
    assert "a•••@example.com" in page.words
    assert ADA not in page.text


def test_choices_are_stored_shown_and_logged(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    page = visitor.submit(
        own_page, {"name": "Ada", "hemisphere": "south", "rhythm": "monthly", "topics": "Secret"}
    )
    assert "Saved" in page.words
    assert re.search(r'value="monthly" checked', page.text)
    ada = person(context, ADA)
    assert (ada.name, ada.hemisphere, ada.rhythm, ada.topics) == ("Ada", "south", "monthly", ())
    with snapshot(context.engine) as connection:
        last = people.consents_of(connection, ada.id)[-1]
    assert (last.event, last.source, last.ip) == ("changed", "preferences page", "127.0.0.0")


def test_a_bare_post_is_no_choice(context: Context, visitor: Visitor, own_page: str) -> None:
    visitor.submit(own_page, {"name": "Ada", "hemisphere": "south", "rhythm": "monthly"})
    before = person(context, ADA)
    page = visitor.request("POST", own_page)
    assert page.status == 200
    assert "Saved" not in page.words
    assert person(context, ADA) == before


@pytest.mark.parametrize(
    "fields", [{"hemisphere": "up"}, {"rhythm": "daily"}, {"name": "x" * 201}, {"name": "a\x07b"}]
)
def test_an_unknown_choice_changes_nothing(
    context: Context, visitor: Visitor, own_page: str, fields: dict[str, str]
) -> None:
    before = person(context, ADA)
    assert visitor.submit(own_page, fields).status == 422
    assert person(context, ADA) == before


def test_a_new_address_counts_once_it_is_confirmed(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    old = person(context, ADA)
    page = visitor.submit(f"{own_page}/address", {"email": "Ada@new.example"})
    assert "inbox of the new address" in page.words
    link = link_in(message_to(context, "Ada@new.example"))
    assert person(context, ADA).id == old.id
    assert "Is this your new address?" in visitor.get(link).words
    assert "Your address is changed" in visitor.request("POST", link).words
    assert person(context, "ada@new.example").id == old.id
    assert visitor.request("POST", link).status == 410
    with snapshot(context.engine) as connection:
        assert people.find_by_address(connection, ADA) is None


def test_changing_to_a_listed_address_leaves_one_of_the_two(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    subscribe(context, "second@example.com")
    visitor.submit(own_page, {"name": "Ada", "rhythm": "monthly"})
    page = visitor.submit(f"{own_page}/address", {"email": "second@example.com"})
    assert "inbox of the new address" in page.words
    visitor.request("POST", link_in(message_to(context, "second@example.com")))
    assert status_of(context, ADA) == "unsubscribed"
    second = person(context, "second@example.com")
    assert (second.status, second.name, second.rhythm) == ("active", "Ada", "monthly")


def test_the_response_to_a_new_address_reveals_nothing(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    subscribe(context, "second@example.com")
    answers = {
        visitor.submit(f"{own_page}/address", {"email": address}).text
        for address in ("second@example.com", "third@example.com", ADA)
    }
    assert len(answers) == 1
    message_to(context, "third@example.com")
    assert ADA not in outbox_messages(context)


@pytest.mark.parametrize("address", ["", "x", "a@b", "postmaster@example.com"])
def test_an_invalid_new_address_is_refused(
    context: Context, visitor: Visitor, own_page: str, address: str
) -> None:
    assert visitor.submit(f"{own_page}/address", {"email": address}).status == 422
    assert outbox_messages(context) == {}


def test_the_download_is_the_complete_export_that_the_author_sees(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    subscribe(context, BOB)
    publish(context, "Up the hill")
    draft_issue(context)
    approve(context, "next")
    send(context, "1")
    with transaction(context.engine) as connection:
        for number, address in enumerate((ADA, BOB)):
            bounced = EventRecord(
                dedup_key=f"event {number}",
                kind="bounced",
                at=context.clock(),
                issue_id=1,
                subscriber_id=people.require_by_address(connection, address).id,
                detail=f"550 no mailbox {address}",
            )
            events.add(connection, bounced)

    answer = visitor.request("POST", f"{own_page}/data")

    assert answer.headers["Content-Type"].startswith("application/json")
    assert "attachment" in answer.headers["Content-Disposition"]
    document = json.loads(answer.text)
    with snapshot(context.engine) as connection:
        export = export_for_address(connection, ADA, context.secrets)
    assert document == export_document(export)
    assert (document["email"], document["subscriber"]["email"]) == (ADA, ADA)
    assert [entry["event"] for entry in document["consent_log"]] == ["added"]
    (delivery,) = document["deliveries"]
    assert (delivery["issue"], delivery["address"]) == (1, ADA)
    assert (delivery["status"], delivery["detail"]) == ("accepted", "")
    (event,) = document["events"]
    assert (event["kind"], event["issue"]) == ("bounced", 1)
    assert event["detail"] == "550 no mailbox …@example.com"
    assert BOB not in answer.text
    assert "bob" not in answer.text
    assert visitor.get(f"{own_page}/data").status == 405


def test_erasing_asks_once_more_and_leaves_only_a_hash(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    visitor.submit(f"{own_page}/address", {"email": "ada@new.example"})
    message_to(context, "ada@new.example")
    ask = visitor.request("POST", f"{own_page}/erase")
    assert "Yes, erase everything" in ask.words
    assert ADA not in ask.text
    assert status_of(context, ADA) == "active"
    for _ in range(2):
        page = visitor.submit(f"{own_page}/erase", {"sure": "yes"})
        assert "Nothing is left of you here" in page.words
    assert "Nothing is left of you here" in visitor.get(own_page).words
    with snapshot(context.engine) as connection:
        assert people.find_by_address(connection, ADA) is None
        assert people.is_suppressed(connection, ADA, context.secrets.signing)
    assert visitor.get(f"{own_page}/erase").status == 405


def test_an_erased_reader_comes_back_as_a_new_one(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    old = person(context, ADA).id
    visitor.submit(f"{own_page}/erase", {"sure": "yes"})
    sign_up_and_confirm(context, visitor, ADA)
    assert person(context, ADA).status == "active"
    assert person(context, ADA).id != old


def test_a_test_copys_page_erases_nobody(context: Context, visitor: Visitor) -> None:
    subscribe(context, ADA)
    visitor.submit("/preferences/test/erase", {"sure": "yes"})
    assert status_of(context, ADA) == "active"


def test_the_page_can_unsubscribe_too(context: Context, visitor: Visitor, own_page: str) -> None:
    assert visitor.get(f"{own_page}/leave").status == 405
    assert "You’re out" in visitor.request("POST", f"{own_page}/leave").words
    assert status_of(context, ADA) == "unsubscribed"
    later = visitor.get(own_page)
    assert "sign up again" in later.words
    visitor.submit(own_page, {"name": "Eve"})
    assert person(context, ADA).name == ""


def test_a_test_copys_page_changes_nobody(context: Context, visitor: Visitor) -> None:
    for path in ("", "/leave", "/data"):
        page = visitor.request("POST", f"/preferences/test{path}")
        assert page.status == 200
        assert "test copy" in page.words
    assert "test copy" in visitor.submit("/preferences/test/address", {"email": ADA}).words
    assert outbox_messages(context) == {}


def test_a_foreign_link_opens_no_page(context: Context, visitor: Visitor, own_page: str) -> None:
    ada = person(context, ADA).link_id
    real = own_page.removeprefix("/preferences/")
    forgeries = [
        "nonsense",
        real[:-1],
        real + "A",
        sign_token("unsubscribe", ada, context.secrets.signing),
        sign_token("preferences", ada, ("another-secret",)),
        "a" * 5000,
    ]
    for forged in forgeries:
        for path in ("", "/address", "/data", "/leave"):
            page = visitor.request("POST", f"/preferences/{forged}{path}", from_new_network())
            assert page.status == 404, forged
        assert visitor.request("GET", f"/preferences/{forged}", from_new_network()).status == 404
    assert status_of(context, ADA) == "active"


def test_monthly_is_offered_instead_of_unsubscribing(context: Context, visitor: Visitor) -> None:
    way_out = subscribe(context, ADA)
    assert "once a month" in visitor.get(way_out).words
    page = visitor.submit(way_out, {"instead": "monthly"})
    assert "Once a month" in page.words
    assert (status_of(context, ADA), person(context, ADA).rhythm) == ("active", "monthly")
    assert "less often" not in visitor.get(way_out).words
    visitor.request("POST", way_out)
    assert status_of(context, ADA) == "unsubscribed"


def test_one_click_never_switches_to_monthly(context: Context, visitor: Visitor) -> None:
    way_out = subscribe(context, ADA)
    both = {"List-Unsubscribe": "One-Click", "instead": "monthly"}
    assert visitor.submit(way_out, both).text == "Unsubscribed.\n"
    assert status_of(context, ADA) == "unsubscribed"


def test_a_link_of_a_deleted_reader_says_so(context: Context, visitor: Visitor) -> None:
    token = sign_token("preferences", make_link_id(), context.secrets.signing)
    assert "Nothing is left of you" in visitor.get(f"/preferences/{token}").words
    with transaction(context.engine) as connection:
        assert people.count_by_status(connection)["active"] == 0
