"""The import on the desk: a preview of each row, its questions, and then just that file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pytest

from newsletter.context import Context
from newsletter.desk.readers import import_pages
from newsletter.desk.readers.uploads import UploadShelf
from newsletter.errors import NotFound
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions import subscriber_admin
from subscribers.models import Status
from subscribers.storage import count_by_status
from tests.support.newsletter_folder import status_of
from tests.support.visitor import Page, Visitor

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def upload(author: Visitor, content: str | bytes, name: str = "readers.csv", **fields: str) -> Page:
    """Upload a file as a browser does, and follow the redirect."""
    token = author.get("/readers/import").hidden_field("csrf_token")
    data = content.encode() if isinstance(content, str) else content
    parts = [
        f'--XX\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in {"csrf_token": token, **fields}.items()
    ]
    head = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join((*parts, head.encode(), data, b"\r\n--XX--\r\n"))
    headers = {
        "Content-Type": "multipart/form-data; boundary=XX",
        "Origin": f"http://{author.host}",
        "Sec-Fetch-Site": "same-origin",
    }
    answer = author.request("POST", "/readers/import", headers, body)
    assert answer.status == 303, answer.words
    return author.get(answer.headers["Location"])


def form_of(page: Page, ending: str = "") -> str:
    """Return the action of the page's form with this ending."""
    actions = [part.partition('"')[0] for part in page.text.split('action="')[1:]]
    return next(a for a in actions if "/readers/import/" in a and a.endswith(ending))


def counts(context: Context) -> dict[Status, int]:
    with snapshot(context.engine) as connection:
        return count_by_status(connection)


def test_each_row_is_shown_before_anything_is_stored(context: Context, author: Visitor) -> None:
    subscriber_admin.remove(context, "bo@example.com")
    page = upload(
        author,
        "email,name,shoe size\ncy@example.com,Cy,42\nbo@example.com,Bo,43\nada@example.com,,41\n",
    )
    assert "Read 3 Added 1 Updated 0 Unchanged 2 Cannot go in 0" in page.words
    assert "Columns that are not read: shoe size" in page.words
    assert "2 cy@example.com Added Active" in page.words
    assert "3 bo@example.com Unchanged" in page.words
    assert sum(counts(context).values()) == 2
    page = author.press(form_of(page))
    assert "Imported: 1 added, 0 updated, 2 unchanged." in page.words
    assert status_of(context, "cy@example.com") == "active"
    assert status_of(context, "bo@example.com") == "unsubscribed"


def test_an_imported_file_cannot_be_imported_twice(author: Visitor) -> None:
    action = form_of(upload(author, "email\ncy@example.com\n"))
    author.press(action)
    assert "That file is not here any more" in author.press(action).words
    assert author.get(action).status == 404


def test_a_file_waits_while_the_settings_change(context: Context, author: Visitor) -> None:
    action = form_of(upload(author, "email\ncy@example.com\n"))
    path = context.folder / "newsletter.toml"
    path.write_text(path.read_text("utf-8").replace("Pine & Pace", "Larch Letter"), "utf-8")
    page = author.press(action)
    assert "Imported: 1 added" in page.words
    assert "Larch Letter the desk" in page.words


def test_another_desk_knows_nothing_of_a_file(
    context: Context, author: Visitor, open_desk: Callable[[Context], Visitor]
) -> None:
    action = form_of(upload(author, "email\ncy@example.com\n"))
    assert open_desk(context).get(action).status == 404
    assert author.get(action).status == 200


def test_bad_rows_are_named_and_may_be_left_out(author: Visitor) -> None:
    page = upload(author, "email\ncy@example.com\nnonsense\n")
    assert "Added 1 Updated 0 Unchanged 0 Cannot go in 1" in page.words
    assert "Line Why 3" in page.words
    action = form_of(page)
    page = author.press(action, skip_bad="1")
    assert "Imported: 1 added, 0 updated, 0 unchanged, 1 left out." in page.words


def test_a_column_that_may_say_who_left_is_asked_about(author: Visitor) -> None:
    page = upload(author, "email,Newsletter?\ncy@example.com,nope\ndee@example.com,yes\n")
    assert "The column Newsletter? may say who left" in page.words
    assert "It holds “nope”, “yes”." in page.words
    assert "Import them" not in page.words
    answer = form_of(page, "/answer")
    page = author.press(answer, column="Newsletter?", says="nothing")
    assert "Added 2" in page.words


def test_an_export_that_does_not_say_who_left_is_asked_about(
    context: Context, author: Visitor
) -> None:
    page = upload(author, "email\ncy@example.com\n", name="unsubscribed-people.csv")
    if "What are the people in it?" in page.words:
        page = author.press(form_of(page, "/answer"), says="unsubscribed")
    author.press(form_of(page))
    assert status_of(context, "cy@example.com") == "unsubscribed"


def test_who_is_new_may_be_asked_first(context: Context, author: Visitor) -> None:
    page = upload(author, "email\ncy@example.com\n", confirm="on")
    assert "1 not confirmed yet" in page.words
    author.press(form_of(page))
    assert status_of(context, "cy@example.com") == "pending"


def test_a_file_is_forgotten_when_the_author_says_so(author: Visitor) -> None:
    action = form_of(upload(author, "email\ncy@example.com\n"))
    assert "nothing was imported" in author.press(f"{action}/discard").words
    assert author.get(action).status == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"name,shoes\nAda,42\n", "No column of the file is called “email”"),
        (b"PK\x03\x04" + bytes(range(256)) * 40, "cannot be read"),
    ],
)
def test_a_file_that_is_no_list_ends_in_a_sentence(
    author: Visitor, content: bytes, sentence: str
) -> None:
    page = upload(author, content)
    assert sentence in page.words
    assert "Import them" not in page.words


def test_no_file_and_one_too_large_end_in_a_sentence(
    author: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Choose a file first." in author.press("/readers/import").words
    monkeypatch.setattr(import_pages, "MAX_BYTES", 1_000_000)
    assert "larger than 0 MB" in upload(author, b"email\n" + b"x" * 2_000_000).words


def test_a_list_larger_than_other_forms_may_be_is_taken(author: Visitor) -> None:
    rows = "".join(f"reader{number}@example.org,Reader {number}\n" for number in range(5_000))
    page = upload(author, f"email,name\n{rows}")
    assert "Added 5,000" in page.words
    assert "What would become of the first 200 rows" in page.words
    assert page.text.count("reader") < 500


def test_the_last_import_is_undone(context: Context, author: Visitor) -> None:
    author.press(form_of(upload(author, "email\ncy@example.com\n")))
    assert "Imported from readers.csv" in author.get("/readers/import").words
    page = author.press("/readers/import/undo")
    assert "is undone: 1 off the list again." in page.words
    assert sum(counts(context).values()) == 2
    assert "undone already" in author.press("/readers/import/undo").words


def test_an_upload_is_gone_after_an_hour_and_never_more_than_four_wait() -> None:
    shelf = UploadShelf()
    tokens = [
        shelf.keep(io.BytesIO(b"email\n"), f"{n}.csv", confirm=False, now=NOW) for n in range(5)
    ]
    with pytest.raises(NotFound):
        shelf.find(tokens[0], NOW)
    newest = shelf.find(tokens[4], NOW)
    assert newest.name == "4.csv"
    with pytest.raises(NotFound):
        shelf.find(tokens[4], NOW + dt.timedelta(hours=2))
    assert newest.file.closed
