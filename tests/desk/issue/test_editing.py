"""The author edits the issue by the forms of its page, which work without a script."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from PIL import Image

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.own_edits import edit_issue
from newsletter.models import SafeHtml
from newsletter.storage import posts
from newsletter.storage.database.engine import transaction
from tests.support.newsletter_folder import open_issue, publish
from tests.support.visitor import Page, Visitor

EDIT = "/issue/1/edit"


def edit(author: Visitor, **fields: str) -> Page:
    """Submit one of the page's forms with what the page showed, and follow the redirect."""
    page = author.get("/")
    hidden = {name: page.hidden_field(name) for name in ("csrf_token", "seen_edits")}
    answer = author.submit(EDIT, hidden | fields)
    return author.get(answer.headers["Location"]) if answer.status == 303 else answer


def edit_by_script(author: Visitor, seen: str, **fields: str) -> tuple[int, dict[str, object]]:
    """Send the fields as the page's script does."""
    token = author.get("/").hidden_field("csrf_token")
    answer = author.submit(
        EDIT,
        {"csrf_token": token, "seen_edits": seen, **fields},
        Accept="application/json",
    )
    return answer.status, json.loads(answer.text)


def upload(author: Visitor, body: bytes, **fields: str) -> Page:
    """Submit the form of the note with a picture."""
    page = author.get("/")
    hidden = {name: page.hidden_field(name) for name in ("csrf_token", "seen_edits")}
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (hidden | fields).items()
    ]
    head = '--edge\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
    answer = author.request(
        "POST",
        "/issue/1/picture",
        {
            "Content-Type": "multipart/form-data; boundary=edge",
            "Origin": f"http://{author.host}",
            "Sec-Fetch-Site": "same-origin",
        },
        b"".join(parts) + head.encode() + body + b"\r\n--edge--\r\n",
    )
    return author.get(answer.headers["Location"]) if answer.status == 303 else answer


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "#7da072").save(file, "JPEG")
    return file.getvalue()


def test_words_are_saved_shown_in_the_mail_and_kept(context: Context, author: Visitor) -> None:
    assert "Saved: subject." in edit(author, subject="Frost on the bridge").words
    edit(author, preheader="The river, at minus nine")
    edit(author, greeting="Hello, you early birds.")
    edit(author, note="See the [loop](https://blog.example.com/loop/).")
    publish(context, "A third post")
    page = author.get("/")
    assert 'value="Frost on the bridge"' in page.text
    assert "The river, at minus nine" in page.words
    mail = author.get("/mail/north").text
    assert "Hello, you early birds." in mail
    assert '<a href="https://blog.example.com/loop/"' in mail
    assert "A third post" in mail


def test_saving_what_we_wrote_does_not_make_it_the_authors(
    context: Context, author: Visitor
) -> None:
    author.get("/")
    issue = open_issue(context)
    assert "reads like that already" in edit(author, subject=issue.subject).words
    assert open_issue(context).own_edits.subject == ""
    edit(author, subject="Mine")
    edit(author, subject="Mine", ours="subject")
    assert open_issue(context).subject == issue.subject


def test_each_edit_is_undone_and_redone(context: Context, author: Visitor) -> None:
    edit(author, subject="One")
    edit(author, note="Two")
    assert "Undone: note." in edit(author, history="undo").words
    assert "Undone: subject." in edit(author, history="undo").words
    assert "Redone: subject." in edit(author, history="redo").words
    assert open_issue(context).subject == "One"
    assert open_issue(context).own_edits.note == ""


def test_posts_are_moved_shown_otherwise_held_and_pulled_in(
    context: Context, author: Visitor
) -> None:
    publish(context, "Frost")
    publish(context, "Very old", state="seen_before_start")
    author.get("/")
    assert [post.id for post in open_issue(context).posts] == [3, 2, 1]
    edit(author, move="1:up")
    edit(author, move="1:up")
    assert [post.id for post in open_issue(context).posts] == [1, 3, 2]
    edit(author, **{"treat-2": "lead"})
    edit(author, order="3 2 1")
    assert [post.id for post in open_issue(context).posts] == [3, 2, 1]
    edit(author, **{"treat-3": "title"})
    assert "you hold it back" in edit(author, hold="2").words
    edit(author, leave="2")
    assert {post.id for post in open_issue(context).posts} == {1, 2, 3}
    assert "Very old" in author.get("/?find=very").words
    edit(author, pull="4")
    assert "Very old" in author.get("/mail/north").text
    edit(author, **{"excerpt-4": "I was young."})
    assert "I was young." in author.get("/mail/north").text


def test_another_picture_of_a_post_is_chosen(context: Context, author: Visitor) -> None:
    html = '<p>Up.</p><img src="https://blog.example.com/b.jpg" alt="Top" width="9" height="9">'
    with transaction(context.engine) as connection:
        (post,) = posts.by_ids(connection, (1,))
        posts.save(connection, [replace(post, html=SafeHtml(html))])
    author.get("/")
    assert "b.jpg" in author.get("/issue/1/pictures/1").text
    edit(author, **{"image-1": "https://blog.example.com/b.jpg"})
    assert "b.jpg" in author.get("/mail/north").text
    edit(author, **{"image-1": "none"})
    assert "b.jpg" not in author.get("/mail/north").text


def test_the_greeting_is_another_one_of_theirs_or_none(context: Context, author: Visitor) -> None:
    author.get("/")
    before = open_issue(context).greeting("north")
    assert before is not None
    edit(author, greeting="x", greeting_act="another:thought")
    other = open_issue(context).greeting("north")
    assert other is not None
    assert other.intro_id not in ("", before.intro_id)
    edit(author, greeting="Hello, south.", hemisphere="south")
    assert "Hello, south." in author.get("/mail/south").text
    assert "Hello, south." not in author.get("/mail/north").text
    edit(author, greeting_act="none")
    assert [greeting.text for greeting in open_issue(context).greetings] == ["", "", ""]
    edit(author, greeting_act="auto")
    edit(author, greeting_act=f"use:{before.intro_id}")
    chosen = open_issue(context).greeting("north")
    assert chosen is not None
    assert chosen.intro_id == before.intro_id


def test_an_uploaded_picture_goes_into_the_note_and_the_preview(
    context: Context, author: Visitor
) -> None:
    page = upload(author, picture(), note="Look:", alt="The [ridge]")
    assert "Saved: note." in page.words
    assert "Look:" in open_issue(context).own_edits.note
    assert "![The (ridge)](picture:" in open_issue(context).own_edits.note
    mail = author.get("/mail/north").text
    assert 'src="data:image/jpeg;base64,' in mail
    assert f"{context.site_url}/images/" in author.get("/mail/north/as-sent").text


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "It is a drawing or a page"),
        (b"", "The file is empty"),
        (b"\xff\xd8" + bytes(50_000_000), "a picture may have 20 MB"),
    ],
    ids=["svg", "none", "50 MB"],
)
def test_a_picture_that_cannot_be_used_ends_in_a_sentence(
    context: Context, author: Visitor, body: bytes, sentence: str
) -> None:
    page = upload(author, body, note="Mine.")
    assert sentence in page.words
    assert open_issue(context).own_edits.note == ""


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"subject": "x" * 200}, "200 characters"),
        ({"note": "> " * 500}, "too deep"),
        ({"note": "[" * 9_000}, "Saved"),
        ({"note": "x" * 60_000}, "60000 characters"),
        ({"note": "x" * 900_000}, "more than the desk takes"),
        ({"move": "99:up"}, "not in the issue any more"),
        ({"hold": "moon"}, "no post"),
        ({"treat-1": "huge"}, "cannot be shown"),
        ({"image-1": "javascript:alert(1)"}, "shows no picture"),
        ({"greeting": "word " * 500}, "500 words"),
    ],
)
def test_what_cannot_be_saved_ends_in_a_sentence(
    author: Visitor, fields: dict[str, str], sentence: str
) -> None:
    page = edit(author, **fields)
    assert sentence in page.words
    assert page.status in (200, 409)


def test_an_edit_after_the_approval_voids_it_and_says_so(context: Context, author: Visitor) -> None:
    author.get("/")
    approve(context, "next")
    page = edit(author, subject="Later")
    assert "The approval of issue 1 is void: you changed its subject." in page.words
    assert open_issue(context).status == "draft"


def test_of_two_who_edit_the_same_words_the_later_is_told_and_loses_nothing(
    context: Context, author: Visitor
) -> None:
    page = author.get("/")
    hidden = {name: page.hidden_field(name) for name in ("csrf_token", "seen_edits")}
    edit_issue(context, "1", EditRequest(subject="Hers"))
    refused = author.submit(EDIT, hidden | {"subject": "His"})
    assert refused.status == 409
    assert "Its subject changed in another window since you looked." in refused.words
    assert 'value="His"' in refused.text
    assert "As it is now: Hers" in refused.words
    assert open_issue(context).subject == "Hers"
    # The page that came back has seen hers, so his second try is on purpose.
    again = {name: refused.hidden_field(name) for name in ("csrf_token", "seen_edits")}
    author.submit(EDIT, again | {"subject": "His"})
    assert open_issue(context).subject == "His"


def test_the_script_is_told_what_was_saved_and_what_stands_in_its_way(
    context: Context, author: Visitor
) -> None:
    seen = author.get("/").hidden_field("seen_edits")
    edit_issue(context, "1", EditRequest(note="Hers"))
    status, reply = edit_by_script(author, seen, subject="His")
    assert status == 200
    assert reply["sentence"] == "Saved: subject. Meanwhile its note was changed elsewhere."
    status, reply = edit_by_script(author, seen, note="His")
    assert status == 409
    assert "changed in another window" in str(reply["problem"])
    assert reply["theirs"] == {
        "subject": "His",
        "preheader": open_issue(context).preheader,
        "note": "Hers",
        "seen_edits": author.get("/").hidden_field("seen_edits"),
    }


def test_the_state_differs_once_anything_of_the_issue_does(
    context: Context, author: Visitor
) -> None:
    def state() -> str:
        return str(json.loads(author.get("/issue/state").text)["state"])

    author.get("/")
    first = state()
    assert state() == first
    assert f'data-state="{first}"' in author.get("/").text
    publish(context, "New on the blog")
    second = state()
    assert second != first
    author.get("/")
    edit_issue(context, "1", EditRequest(subject="Changed"))
    assert state() not in (first, second)


def test_the_mail_is_shown_as_a_reader_gets_it(author: Visitor) -> None:
    page = author.get("/?reader=bo%40example.com")
    assert "This is the mail that bo@example.com gets." in page.words
    assert "the edition for the southern hemisphere" in page.words
    assert "bo@example.com" in author.get("/mail/south?reader=bo%40example.com").text
    nobody = author.get("/?" + urlencode({"reader": "ada@exam"}))
    assert "Nobody on your list has the address ada@exam." in nobody.words
    assert "Begins like it: ada@example.com" in nobody.words


def test_links_and_pictures_are_tried_on_request(author: Visitor) -> None:
    page = author.press("/issue/1/links")
    assert "Try every link and picture" in page.words
    while json.loads(author.get("/issue/1/links").text)["is_running"]:
        pass
    assert "have answered" in author.get("/").words
