"""A link names a person, wherever the list goes: what its pages show, and whom they change."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.addressing.envelope import recipient
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.list_import import import_csv
from subscribers import storage as people
from subscribers.transfer.exporting import export_csv
from tests.support.newsletter_folder import create_newsletter, sign_old_token, status_of, subscribe
from tests.support.sign_up import sign_up_and_confirm
from tests.support.visitor import Visitor

ADA, BOB, CY = "ada@example.com", "bob@example.com", "cy@example.com"
SECRET = "made-up-for-tests"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def its_database(database_url: str) -> str:
    return database_url


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Context]:
    """The newsletter of before, in another database under the same secret."""
    context = create_newsletter(tmp_path / "before")
    yield context
    context.engine.dispose()


@pytest.fixture
def mailed(before: Context) -> dict[str, str]:
    """The unsubscribe links that were mailed before, by address; those of rows too."""
    links = {address: subscribe(before, address) for address in (ADA, BOB, CY)}
    with transaction(before.engine) as connection:
        connection.execute(text("UPDATE subscribers SET old_link_number = id + 10"))
    old = {
        f"old {address}": f"/unsubscribe/{sign_old_token('unsubscribe', number, SECRET)}"
        for number, address in enumerate((ADA, BOB, CY), start=11)
    }
    return links | old


def own_page(link: str) -> str:
    """Return the old link to the reader's own page, of the same row."""
    number = {ADA: 11, BOB: 12, CY: 13}[link]
    return f"/preferences/{sign_old_token('preferences', number, SECRET)}"


def move(before: Context, context: Context, without: str = "") -> None:
    """Bring the list over, in another order than that of its rows."""
    stream = io.BytesIO()
    with snapshot(before.engine) as connection:
        export_csv(connection, stream, secrets=before.secrets.require_signing())
    head, *rows = stream.getvalue().splitlines(keepends=True)
    kept = [row for row in reversed(rows) if not without or without.encode() not in row]
    import_csv(context, io.BytesIO(b"".join([head, *kept])), skip_bad=False)


def statuses(context: Context) -> list[str]:
    return [status_of(context, address) for address in (ADA, BOB, CY)]


def test_after_a_move_each_link_still_acts_on_its_own_reader(
    before: Context, mailed: dict[str, str], context: Context, visitor: Visitor
) -> None:
    subscribe(context, "stranger@example.com")
    move(before, context)

    page = visitor.get(own_page(BOB))
    assert "b•••@example.com" in page.words
    visitor.submit(own_page(BOB), {"name": "Bob", "rhythm": "monthly"})
    assert visitor.submit(mailed[ADA], ONE_CLICK).text == "Unsubscribed.\n"
    assert statuses(context) == ["unsubscribed", "active", "active"]
    assert visitor.submit(mailed[f"old {CY}"], ONE_CLICK).text == "Unsubscribed.\n"
    assert statuses(context) == ["unsubscribed", "active", "unsubscribed"]
    assert status_of(context, "stranger@example.com") == "active"
    with snapshot(context.engine) as connection:
        bob = people.require_by_address(connection, BOB)
        assert (bob.name, bob.rhythm) == ("Bob", "monthly")
    document = visitor.submit(f"{own_page(BOB)}/data", {}).text
    assert f'"link_id": "{bob.link_id}"' in document
    assert '"old_link_number": 12' in document
    fields = dict(recipient(context.config, context.secrets, bob).fields)
    assert fields["unsubscribe_url"].endswith(mailed[BOB])


def test_a_link_of_somebody_the_list_lost_changes_nobody_and_is_remembered(
    before: Context, mailed: dict[str, str], context: Context, visitor: Visitor
) -> None:
    move(before, context, without=ADA)
    subscribe(context, "stranger@example.com")

    assert "One click" in visitor.get(mailed[ADA]).words
    assert "once a month" not in visitor.get(mailed[ADA]).words
    page = visitor.get(own_page(ADA))
    assert page.status == 200
    assert "nobody is on our list under it" in page.words
    assert "Never mail me again" in page.words
    assert visitor.submit(f"{own_page(ADA)}/data", {}).status == 200
    assert visitor.submit(f"{own_page(ADA)}/address", {"email": "new@example.com"}).status == 200
    assert visitor.submit(own_page(ADA), {"name": "Ada"}).status == 200
    for _ in range(2):
        assert visitor.submit(mailed[ADA], ONE_CLICK).text == "Unsubscribed.\n"
    with snapshot(context.engine) as connection:
        assert people.count_by_status(connection)["active"] == 3

    move(before, context)

    assert statuses(context) == ["unsubscribed", "active", "active"]
    with snapshot(context.engine) as connection:
        ada = people.require_by_address(connection, ADA)
        assert people.consents_of(connection, ada.id)[-1].event == "unsubscribed"


def test_a_wish_outlives_the_database_it_was_made_in(
    before: Context, mailed: dict[str, str], context: Context, visitor: Visitor
) -> None:
    journal = context.folder / "newsletter.journal"
    for _ in range(2):
        assert visitor.submit(mailed[ADA], ONE_CLICK).text == "Unsubscribed.\n"
        assert visitor.submit(f"{own_page(BOB)}/erase", {"sure": "yes"}).status == 200
    assert journal.read_text("utf-8").count('"event": "wish"') == 2
    assert ADA not in journal.read_text("utf-8")
    with transaction(context.engine) as connection:
        # As an older copy of the database knows it: nothing.
        connection.execute(text("DELETE FROM suppressions"))

    move(before, context)

    assert (status_of(context, ADA), status_of(context, CY)) == ("unsubscribed", "active")
    with snapshot(context.engine) as connection:
        assert people.find_by_address(connection, BOB) is None


def test_a_wish_is_withdrawn_by_a_new_confirmation(
    before: Context, mailed: dict[str, str], context: Context, visitor: Visitor
) -> None:
    visitor.submit(mailed[ADA], ONE_CLICK)
    move(before, context)
    assert status_of(context, ADA) == "unsubscribed"
    sign_up_and_confirm(context, visitor, ADA)
    assert status_of(context, ADA) == "active"
    assert context.journal.wishes() == {}


@pytest.mark.usefixtures("mailed")
def test_what_the_page_of_nobody_is_told_counts_as_well(
    before: Context, context: Context, visitor: Visitor
) -> None:
    assert "no more mail from us" in visitor.submit(f"{own_page(ADA)}/leave", {}).words
    assert visitor.submit(f"{own_page(BOB)}/erase", {"sure": "yes"}).status == 200

    move(before, context)

    assert (status_of(context, ADA), status_of(context, CY)) == ("unsubscribed", "active")
    with snapshot(context.engine) as connection:
        assert people.find_by_address(connection, BOB) is None
