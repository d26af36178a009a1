"""`show` and `test`: the issue as a reader gets it, before and after it is sent."""

from __future__ import annotations

import email
import email.policy

import pytest

from tests.end_to_end.newsletter import Newsletter, files_in, opening_of
from tests.end_to_end.posts import SUNDAY


def test_text_is_a_whole_message(drafted: Newsletter) -> None:
    text = drafted.run("show", "next", "--format", "text").out

    for words in (
        "A new hill",
        "https://trails.example/2026/10/post-11/",
        "Happy Trails and Happy Running,",
        "1 Hill Road, Alder Creek",
        "Unsubscribe:",
    ):
        assert words in text


def test_html_is_one_page_and_mjml_is_its_frame(drafted: Newsletter) -> None:
    html = drafted.run("show", "next", "--format", "html").out
    mjml = drafted.run("show", "next", "--format", "mjml").out

    assert html.lower().startswith("<!doctype html>")
    assert html.count("<html") == 1
    assert "A new hill" in html
    assert "1 Hill Road, Alder Creek" in html
    assert mjml.lstrip().startswith("<mjml")


def test_eml_is_the_message_itself(drafted: Newsletter) -> None:
    source = drafted.run("show", "next", "--format", "eml", "--as", "ann@example.com").out
    message = email.message_from_string(source, policy=email.policy.default)

    assert message["To"] == "ann@example.com"
    assert message["From"] == "Trail News <news@example.com>"
    assert message["Subject"] == "Mud and more mud, +1 more"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_json_holds_the_issue_and_both_parts(drafted: Newsletter) -> None:
    document = drafted.run("show", "next", "--format", "json").json

    assert document == drafted.run("--json", "show", "1").json
    assert (document["issue"], document["status"], document["edition"]) == (1, "draft", "north")
    assert document["editions"] == ["north", "south"]
    assert "A new hill" in document["html"]
    assert "A new hill" in document["text"]


def test_each_edition_greets_its_own_season(drafted: Newsletter) -> None:
    north = drafted.run("show", "next", "--edition", "north").out
    south = drafted.run("show", "next", "--edition", "south").out

    assert "fall" in opening_of(north)
    assert "spring" in opening_of(south)


def test_show_as_a_reader_gives_that_readers_edition_and_unsubscribe_link(
    drafted: Newsletter,
) -> None:
    text = drafted.run("show", "next", "--as", "sue@example.com").out

    assert "spring" in opening_of(text)
    assert "sue@example.com" in text
    assert "/unsubscribe/" in text
    assert "/unsubscribe/test" not in text


def test_what_was_shown_is_what_was_sent(drafted: Newsletter) -> None:
    shown = drafted.run("show", "next", "--format", "json", "--as", "sue@example.com").json
    drafted.run("approve", "next")
    drafted.at(SUNDAY).run("run")
    sent = drafted.run("show", "last", "--format", "json", "--as", "sue@example.com").json
    message = drafted.outbox(1)["sue@example.com"]

    assert (sent["html"], sent["text"]) == (shown["html"], shown["text"])
    part = message.get_body(("html",))
    assert part is not None
    assert str(part.get_content()).replace("\r\n", "\n") == shown["html"].replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("show", "7"), 1, "There is no issue 7."),
        (("show", "last"), 1, "No issue has gone out yet."),
        (("show", "soon"), 2, "'soon' names no issue. Give a number, `next` or `last`."),
        (("show", "next", "--edition", "tropics"), 1, "It has: north, south."),
        (("show", "next", "--as", "nobody@example.com"), 1, "Nobody is on the list"),
        (("show", "next", "--format", "pdf"), 2, "'pdf' is not one of"),
        (("test", "next", "--to", "nobody"), 2, "not an email address"),
        (("test", "next"), 2, "--to"),
    ],
)
def test_a_missing_issue_is_reported(
    drafted: Newsletter, words: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = drafted(*words)

    assert answer.code == code
    assert sentence in answer.err
    assert answer.out == ""


def test_before_the_first_issue_it_shows_an_example(begun: Newsletter) -> None:
    text = begun.run("show", "next").out

    assert text.startswith("An example: no new post waits yet")
    assert begun.run("issues", "--json").json["issues"] == []


def test_without_a_draft_it_says_how_to_make_one(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    answer = weekly("show", "next")

    assert answer.code == 1
    assert "Make one with `newsletter draft`" in answer.err


def test_test_copies_are_marked_and_change_nothing(drafted: Newsletter) -> None:
    before = drafted.run("issues", "--json").json

    answer = drafted.run("test", "next", "--to", "me@example.com", "you@example.com", "--json")

    copies = drafted.outbox("test")
    assert [copy["outcome"] for copy in answer.json["copies"]] == ["accepted", "accepted"]
    assert sorted(copies) == ["me@example.com", "you@example.com"]
    assert all(str(copy["Subject"]).startswith("[Test] ") for copy in copies.values())
    assert drafted.run("issues", "--json").json == before
    assert not (drafted.folder / "outbox" / "1").exists()


def test_a_test_copy_of_the_other_edition(drafted: Newsletter) -> None:
    drafted.run("test", "next", "--to", "me@example.com", "--edition", "south")

    page = drafted.outbox("test")["me@example.com"].get_body(("plain",))
    assert page is not None
    assert "spring" in opening_of(page.get_content())


def test_showing_writes_nothing(drafted: Newsletter) -> None:
    drafted.run("show", "next")
    before = files_in(drafted.folder)

    drafted.run("show", "next", "--format", "html")

    assert files_in(drafted.folder) == before
