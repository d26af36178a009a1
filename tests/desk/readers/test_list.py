"""The list of readers on the desk: found, added, suppressed, downloaded."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.desk.readers.list_pages import PAGE_SIZE, parse_filter
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions import subscriber_admin
from subscribers import storage
from subscribers.storage import find_suppression
from tests.desk.conftest import OpenDesk
from tests.support.newsletter_folder import create_newsletter, status_of, subscribe
from tests.support.visitor import Visitor


def test_the_list_says_who_gets_the_newsletter(context: Context, author: Visitor) -> None:
    subscriber_admin.remove(context, "bo@example.com")
    words = author.get("/readers/").words
    assert "1 reader gets the newsletter." in words
    assert "All 2 Active 1 Unsubscribed 1" in words
    assert words.index("bo@example.com") < words.index("ada@example.com"), "the newest come first"


def test_readers_are_found_by_address_name_status_and_tag(
    tmp_path: Path, database_url: str, open_desk: OpenDesk
) -> None:
    context = create_newsletter(tmp_path / "newsletter", database_url=database_url)
    subscriber_admin.add(
        context, ["ada@example.com"], name="Ada Byron", hemisphere="", tags=("club", "vip")
    )
    subscriber_admin.add(context, ["bo@example.com"], name="Bo", hemisphere="")
    subscriber_admin.remove(context, "bo@example.com")
    author = open_desk(context)

    def matches(query: str) -> list[str]:
        words = author.get(f"/readers/?{query}").words
        return [name for name in ("ada@example.com", "bo@example.com") if f"{name} " in words]

    assert matches("q=BYRON") == ["ada@example.com"]
    assert matches("q=bo@exam") == ["bo@example.com"]
    assert matches("status=unsubscribed") == ["bo@example.com"]
    assert matches("tag=VIP") == ["ada@example.com"]
    assert matches("q=ada&status=unsubscribed") == []
    assert "Nobody like that." in author.get("/readers/?q=nobody").words
    context.engine.dispose()


def test_a_page_holds_fifty_and_leads_to_the_next(context: Context, author: Visitor) -> None:
    for number in range(PAGE_SIZE + 3):
        subscribe(context, f"r{number}@example.org")
    first = author.get("/readers/")
    assert first.text.count('class="name"') == PAGE_SIZE
    href = first.text.partition('rel="next" href="')[2].partition('"')[0]
    second = author.get(href.replace("&amp;", "&"))
    assert second.text.count('class="name"') == 5
    assert "ada@example.com" in second.words


def test_a_reader_is_added_on_the_author_s_word(context: Context, author: Visitor) -> None:
    page = author.press(
        "/readers/add", address="Cy@Example.com", name="Cy", hemisphere="south", tags="club; vip"
    )
    assert "Cy@example.com is on the list, and gets the next issue." in page.words
    with snapshot(context.engine) as connection:
        person = storage.require_by_address(connection, "cy@example.com")
        log = storage.consents_of(connection, person.id)
    assert (person.name, person.hemisphere, person.tags) == ("Cy", "south", ("club", "vip"))
    assert [(entry.event, entry.source) for entry in log] == [("added", "the author, on the desk")]


def test_somebody_may_be_asked_first(context: Context, author: Visitor) -> None:
    page = author.press("/readers/add", address="cy@example.com", confirm="on")
    assert "is asked to confirm by a message" in page.words
    assert status_of(context, "cy@example.com") == "pending"
    assert list((context.folder / "outbox" / "confirm").glob("cy@*.eml"))


def test_a_mistyped_address_is_told_beside_what_was_typed(author: Visitor) -> None:
    token = author.get("/readers/add").hidden_field("csrf_token")
    fields = {"csrf_token": token, "address": "cy@@example", "name": "Cy", "tags": "club"}
    page = author.submit("/readers/add", fields)
    assert page.status == 422
    assert 'role="alert"' in page.text
    for typed in ('value="cy@@example"', 'value="Cy"', 'value="club"'):
        assert typed in page.text


def test_who_left_is_not_brought_back(context: Context, author: Visitor) -> None:
    subscriber_admin.remove(context, "ada@example.com")
    page = author.press("/readers/add", address="ada@example.com")
    assert "can come back only by signing up themselves" in page.words
    assert status_of(context, "ada@example.com") == "unsubscribed"


def test_an_address_is_suppressed_though_nobody_has_it(context: Context, author: Visitor) -> None:
    page = author.press("/readers/suppress", address="never@example.com")
    assert "never@example.com will never be written to again." in page.words
    assert "nothing is ever sent there since 20 November 2026" in page.words
    page = author.press("/readers/add", address="never@example.com")
    assert "can come back only by signing up themselves" in page.words
    page = author.press("/readers/unsuppress", address="never@example.com")
    assert "never@example.com may sign up again." in page.words
    assert "Add never@example.com" in page.words
    secrets = context.secrets.require_signing()
    with snapshot(context.engine) as connection:
        assert find_suppression(connection, "never@example.com", secrets) is None


def test_what_is_no_address_is_told_on_the_page(author: Visitor) -> None:
    assert "“nonsense”" in author.press("/readers/suppress", address="nonsense").words


def test_the_list_is_downloaded_as_a_table(context: Context, author: Visitor) -> None:
    subscriber_admin.remove(context, "bo@example.com")
    page = author.get("/readers/export.csv?status=active")
    assert page.headers["Content-Disposition"] == "attachment; filename=readers.csv"
    rows = list(csv.DictReader(io.StringIO(page.text)))
    assert [row["email"] for row in rows] == ["ada@example.com"]


def test_growth_is_told_in_a_plot_and_in_a_table(context: Context, author: Visitor) -> None:
    subscriber_admin.remove(context, "bo@example.com")
    page = author.get("/readers/growth")
    assert "This month 2 came and 1 left." in page.words
    assert "November 2026 2 1 0" in page.words
    assert page.text.count('<rect class="came"') == 1
    subscribe(context, "cy@example.com")
    assert "November 2026 3 1 0" in author.get("/readers/growth").words


def test_growth_of_an_empty_list_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, open_desk: OpenDesk
) -> None:
    context = create_newsletter(tmp_path_factory.mktemp("empty") / "n")
    author = open_desk(context)
    assert "The plot begins with your first reader." in author.get("/readers/growth").words
    assert "Nobody is on the list yet." in author.get("/readers/").words


def test_strange_addresses_show_the_whole_list() -> None:
    assert parse_filter({"status": "eaten", "below": "-7"}).query() == {}
    assert parse_filter({"below": "9" * 40}).query() == {}
