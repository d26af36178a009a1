"""The page of one reader: what is kept, and what the author does about it."""

from __future__ import annotations

import json

import pytest

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issues
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot
from subscribers import storage
from subscribers.storage import find_suppression
from tests.support.newsletter_folder import status_of
from tests.support.visitor import Visitor


@pytest.fixture
def ada(context: Context) -> str:
    with snapshot(context.engine) as connection:
        return f"/readers/{storage.require_by_address(connection, 'ada@example.com').id}"


def test_it_shows_all_that_is_kept(context: Context, author: Visitor, ada: str) -> None:
    draft_issues(context)
    approve(context, "next")
    send(context, "next")
    words = author.get(ada).words
    assert "ada@example.com Active" in words
    assert "Hemisphere North" in words
    assert "1 Larch week" in words or "1 Hill repeats" in words
    assert "Accepted" in words
    assert "Added You test" in words


def test_everything_is_downloaded_as_they_may_ask_for_it(author: Visitor, ada: str) -> None:
    page = author.get(f"{ada}/everything.json")
    assert "attachment" in page.headers["Content-Disposition"]
    document = json.loads(page.text)
    assert document["email"] == "ada@example.com"
    assert document["consent_log"][0]["event"] == "added"


def test_tags_are_saved(author: Visitor, ada: str) -> None:
    page = author.press(f"{ada}/tags", tags=" club ,vip,, club")
    assert "The tags are saved." in page.words
    assert 'value="club, vip"' in page.text
    assert "The tags are as they were." in author.press(f"{ada}/tags", tags="club, vip").words
    assert "longer than" in author.press(f"{ada}/tags", tags="x" * 2_000).words
    assert 'value=""' in author.press(f"{ada}/tags", tags="").text


def test_the_author_unsubscribes_them(context: Context, author: Visitor, ada: str) -> None:
    assert "ada@example.com is unsubscribed." in author.press(f"{ada}/remove").words
    assert status_of(context, "ada@example.com") == "unsubscribed"
    assert "had left already" in author.press(f"{ada}/remove").words


def test_they_are_never_written_to_again_until_that_is_lifted(
    context: Context, author: Visitor, ada: str
) -> None:
    words = author.press(f"{ada}/suppress").words
    assert "you suppressed the address; only you can lift that" in words
    assert status_of(context, "ada@example.com") == "unsubscribed"
    assert "Lift the suppression" in words
    author.press("/readers/unsuppress", address="ada@example.com")
    secrets = context.secrets.require_signing()
    with snapshot(context.engine) as connection:
        assert find_suppression(connection, "ada@example.com", secrets) is None


def test_erasing_asks_first_and_is_for_good(context: Context, author: Visitor, ada: str) -> None:
    asked = author.get(f"{ada}/erase")
    assert "Erase ada@example.com?" in asked.words
    assert status_of(context, "ada@example.com") == "active", "asking erases nobody"
    assert "ada@example.com is erased." in author.press(f"{ada}/erase").words
    gone = author.get(ada)
    assert gone.status == 404
    assert "Nobody is on the list under this number." in gone.words


def test_a_button_for_somebody_erased_meanwhile_ends_in_a_sentence(
    author: Visitor, ada: str
) -> None:
    author.press(f"{ada}/erase")
    token = author.get("/").hidden_field("csrf_token")
    answer = author.submit(f"{ada}/remove", {"csrf_token": token})
    assert answer.status == 303
    assert "Nobody is on the list under this number." in author.get("/readers/").words


def test_a_number_that_no_list_has_is_no_page(author: Visitor) -> None:
    assert author.get("/readers/99999").status == 404
    assert author.get(f"/readers/{10**30}").status == 404
