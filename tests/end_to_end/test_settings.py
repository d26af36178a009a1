"""Wrong settings: the error names the key and the cure, and nothing runs."""

from __future__ import annotations

import pytest

from tests.end_to_end.newsletter import Newsletter, files_in
from tests.support.program import Program

# the old text, the author's replacement, and words of the error
MISTAKES = {
    "an unknown key": ("max_posts = 8", "max_post = 8", ("`max_post`", "`max_posts`", "[issue]")),
    "an unknown table": ("[site]", "[sites]", ("`sites`", "Did you mean `site`?")),
    "a key in the wrong table": (
        'day = "sunday"',
        'title = "x"',
        ("`title` in [issue]", "[newsletter]"),
    ),
    "a word for a number": (
        "max_posts = 8",
        'max_posts = "8"',
        ("issue.max_posts", "whole number"),
    ),
    "a number out of range": ("max_posts = 8", "max_posts = 0", ("issue.max_posts", "1 or more")),
    "a day that is none": (
        'day = "sunday"',
        'day = "sonntag"',
        ("issue.day", "sonntag", "`sunday`", "one of monday, tuesday, wednesday, thursday"),
    ),
    "a time that is none": ('time = "07:00"', 'time = "7 am"', ("'7 am'", '"07:00"')),
    "a zone that is none": ("America/Edmonton", "America/Edmontn", ("'America/Edmontn'",)),
    "a sender without address": ("news@example.com", "news", ("`from`", "no e-mail address")),
    "no feed at all": ("[[feeds]]", "[[feedz]]", ("`feedz`", "`feeds`")),
    "a broken line": ('day = "sunday"', "day = sunday", ("cannot be read", "line")),
    "too many wanted": ("min_posts = 1", "min_posts = 9", ("min_posts (9) is more than",)),
    "a mailer that is none": (
        'mailer = "outbox"',
        'mailer = "pigeon"',
        ("mailer", "pigeon", "outbox"),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_with_its_place(begun: Newsletter, case: str) -> None:
    old, new, words = MISTAKES[case]
    begun.set(old, new)
    before = files_in(begun.folder)

    answer = begun("collect")

    assert answer.code == 2
    assert answer.out == ""
    assert [word for word in words if word not in answer.err] == []
    assert len(answer.err.splitlines()) == 1
    assert files_in(begun.folder) == before


def test_without_settings_it_says_how_to_begin(program: Program) -> None:
    program.folder.mkdir()

    answer = program("run")

    assert answer.code == 2
    assert "holds no newsletter.toml" in answer.err
    assert "newsletter init" in answer.err
    assert files_in(program.folder) == {}


def test_secrets_that_others_can_read_stop_everything(begun: Newsletter) -> None:
    (begun.folder / ".env").chmod(0o644)

    answer = begun("run")

    assert answer.code == 2
    assert "others on this machine may read it" in answer.err
    assert "chmod 600" in answer.err


def test_a_damaged_database_gives_a_clear_error(begun: Newsletter) -> None:
    (begun.folder / "newsletter.db").write_bytes(b"no database" * 1000)

    answer = begun("run")

    assert answer.code == 1
    assert "The database is damaged" in answer.err
    assert "Traceback" not in answer.err


def test_a_rehearsal_time_needs_its_offset(begun: Newsletter) -> None:
    begun.program.now = "2026-10-11T07:00:00"

    answer = begun("run")

    assert answer.code == 2
    assert "NEWSLETTER_NOW" in answer.err
    assert "offset" in answer.err


def test_an_error_is_a_json_document_with_json(begun: Newsletter) -> None:
    begun.set("max_posts = 8", "max_post = 8")

    answer = begun("--json", "run")

    assert answer.code == 2
    assert "max_post" in answer.json["error"]
