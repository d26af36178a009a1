"""A database that has vanished ends every command with exit code 2, and none makes it anew."""

from __future__ import annotations

import re
import shutil

import pytest

from newsletter.app import open_newsletter
from newsletter.errors import DatabaseMissing
from newsletter.storage.database.engine import snapshot
from tests.end_to_end.newsletter import Newsletter, files_in
from tests.support.postgresql import PostgreSQL

COMMANDS = (
    ("run",),
    ("--quiet", "run"),
    ("collect",),
    ("draft",),
    ("posts",),
    ("posts", "skip", "1"),
    ("feeds", "list"),
    ("show", "next"),
    ("check", "next"),
    ("approve", "next"),
    ("send", "next"),
    ("issues",),
    ("subscribers", "list"),
    ("subscribers", "add", "bo@example.com"),
    ("subscribers", "export"),
    ("serve", "--port", "0"),
    ("preview", "--port", "0", "--no-browser"),
    ("worker", "--once"),
    ("reset", "--rehearsals"),
    ("intros",),
    ("schedule", "print"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_missing_file_ends_every_command(weekly: Newsletter, words: tuple[str, ...]) -> None:
    (weekly.folder / "newsletter.db").unlink()
    before = files_in(weekly.folder)

    answer = weekly(*words)

    assert answer.code == 2, answer
    assert "newsletter.db is gone from" in answer.err
    assert "Put it back" in answer.err
    assert files_in(weekly.folder) == before


@pytest.mark.parametrize("words", [("run",), ("subscribers", "list"), ("serve", "--port", "0")])
def test_an_empty_file_is_no_database(weekly: Newsletter, words: tuple[str, ...]) -> None:
    (weekly.folder / "newsletter.db").write_bytes(b"")
    before = files_in(weekly.folder)

    answer = weekly(*words)

    assert answer.code == 2, answer
    assert "is empty" in answer.err
    assert files_in(weekly.folder) == before


def test_a_file_put_back_goes_on_as_if_nothing_had_been(weekly: Newsletter) -> None:
    file = weekly.folder / "newsletter.db"
    away = weekly.folder.parent / "away.db"
    shutil.move(file, away)
    assert weekly("run").code == 2

    shutil.move(away, file)

    assert weekly.at("2026-10-11T07:05").run("run").out.startswith("Issue 1 ")
    assert weekly.recipients() == ["ann@example.com", "sue@example.com"]


def test_an_empty_postgresql_beside_a_full_file_is_a_mistake(
    weekly: Newsletter, postgresql_server: PostgreSQL
) -> None:
    url = postgresql_server.new_database()
    weekly.set('url = "sqlite:///newsletter.db"', f'url = "{url}"')

    answer = weekly("run")

    assert answer.code == 2, answer
    assert "is empty, and newsletter.db beside the settings is not" in answer.err
    assert 'url = "sqlite:///newsletter.db"' in answer.err
    weekly.set(f'url = "{url}"', 'url = "sqlite:///newsletter.db"')
    assert "ann@example.com" in weekly.run("subscribers", "list").out


def test_an_empty_postgresql_alone_is_refused_too(
    on_postgresql: Newsletter, postgresql_server: PostgreSQL
) -> None:
    on_postgresql.program.env["NEWSLETTER_DATABASE_URL"] = postgresql_server.new_database()

    answer = on_postgresql("run")

    assert answer.code == 2, answer
    assert "holds no newsletter" in answer.err


def test_a_site_whose_database_vanished_makes_no_new_one(weekly: Newsletter) -> None:
    context = open_newsletter(weekly.folder, weekly.program.environment())
    context.engine.dispose()
    for file in weekly.folder.glob("newsletter.db*"):
        file.unlink()

    with (
        pytest.raises(DatabaseMissing, match=re.escape("newsletter.db is gone")),
        snapshot(context.engine),
    ):
        pass

    assert not (weekly.folder / "newsletter.db").exists()
