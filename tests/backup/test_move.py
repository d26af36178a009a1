"""The newsletter moves to another database whole, and the one left behind sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.backup import move
from newsletter.backup.move import move_database
from newsletter.backup.portable import TABLES
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.errors import Busy, DatabaseMoved, NotReady, StorageError, UsageError
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot
from newsletter.storage.database.relocation import TableDigest, digest_rows
from newsletter.storage.tables import identity
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue, ledger
from tests.support.newsletter_folder import NOW, create_newsletter, publish, subscribe
from tests.support.postgresql import PostgreSQL
from tests.support.program import Program

SQLITE = "sqlite:///newsletter.db"
_OPENED: list[Context] = []


@pytest.fixture(autouse=True)
def _close_what_was_opened() -> Iterator[None]:
    yield
    while _OPENED:
        _OPENED.pop().engine.dispose()


def open_again(folder: Path) -> Context:
    context = open_newsletter(folder, {"NEWSLETTER_NOW": NOW})
    _OPENED.append(context)
    return replace(context, wait=lambda _seconds: None)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A newsletter on SQLite that has sent an issue."""
    context = create_outbox_newsletter(tmp_path / "newsletter")
    freeze_next_issue(context)
    send(context, "last")
    settings = context.folder / "newsletter.toml"
    own = '\n[database]  # ours\nurl = "sqlite:///newsletter.db"  # one file\n'
    settings.write_text(settings.read_text("utf-8") + own, "utf-8")
    _OPENED.append(context)
    return context


@pytest.fixture
def url(postgresql_server: PostgreSQL) -> Iterator[str]:
    with postgresql_server.borrow_database() as url:
        yield url
        while _OPENED:
            _OPENED.pop().engine.dispose()


def digests(context: Context) -> dict[str, TableDigest]:
    """Return what each table holds; the machine and the move are not compared."""
    with snapshot(context.engine) as connection:
        return digest_rows(connection, [table for table in TABLES if table is not identity])


def test_everything_is_there_afterwards_and_the_old_one_is_closed(
    context: Context, url: str
) -> None:
    before = digests(context)

    result = move_database(context.folder, {}, url)

    settings = (context.folder / "newsletter.toml").read_text("utf-8")
    assert "[database]  # ours" in settings
    assert f'url = "{url}"  # one file' in settings
    assert result.rows > 10
    moved = open_again(context.folder)
    assert moved.engine.dialect.name == "postgresql"
    assert digests(moved) == before
    with snapshot(moved.engine) as connection:
        assert stale_backup_warning(connection) == ""

    # What had the old one open stores nothing any more, and a new start says where to look.
    with pytest.raises(StorageError, match="moved to another database"):
        subscribe(context, "late@example.org")
    (context.folder / "newsletter.toml").write_text(
        settings.replace(url, "sqlite:///newsletter.db"), "utf-8"
    )
    with pytest.raises(DatabaseMoved, match=r"moved to postgresql.*closed"):
        open_again(context.folder)


def test_it_goes_on_there_and_comes_back(context: Context, url: str) -> None:
    move_database(context.folder, {}, url)
    moved = open_again(context.folder)
    link = subscribe(moved, "new@example.org")
    publish(moved, "Another hill")
    freeze_next_issue(moved)
    assert send(moved, "last").figures == Figures(planned=7, accepted=7)
    held = digests(moved)
    moved.engine.dispose()

    move_database(context.folder, {}, SQLITE)

    back = open_again(context.folder)
    assert (back.engine.dialect.name, digests(back)) == ("sqlite", held)
    assert subscribe(back, "new@example.org") == link
    # And once more, over the closed rows of the first time.
    held = digests(back)
    back.engine.dispose()
    move_database(context.folder, {}, url)
    again = open_again(context.folder)
    assert digests(again) == held
    subscribe(again, "last@example.org")


def test_a_password_is_written_to_env_and_nowhere_else(
    context: Context, url: str, tmp_path: Path
) -> None:
    with_password = url.replace("postgres:", "postgres:s3cret").replace(
        "///", "//postgres:s3cret@/"
    )
    assert "s3cret" in with_password
    moved = tmp_path / "newsletter" / "newsletter.toml"
    before = moved.read_text("utf-8")

    result = move_database(context.folder, {}, with_password)

    assert "s3cret" not in f"{result}{moved.read_text('utf-8')}"
    assert moved.read_text("utf-8") == before
    assert "s3cret" in (context.folder / ".env").read_text("utf-8")
    assert open_again(context.folder).engine.dialect.name == "postgresql"


class _PowerCutError(Exception):
    """The machine stops at this step."""


@pytest.mark.parametrize(
    "step", ["transfer_rows", "_settle", "refuse_changes", "_end", "write_database_url"]
)
@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_move_that_was_cut_short_goes_on_when_it_is_called_again(
    context: Context, url: str, step: str, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = url if to == "postgresql" else "sqlite:///other.db"
    before = digests(context)
    context.engine.dispose()

    def stop(*_arguments: object, **_options: object) -> None:
        raise _PowerCutError

    with monkeypatch.context() as power:
        power.setattr(move, step, stop)
        with pytest.raises(_PowerCutError):
            move_database(context.folder, {}, target)

    if step in ("transfer_rows", "_settle", "refuse_changes"):
        # It has not happened: the newsletter goes on where it was.
        subscribe(open_again(context.folder), "new@example.org")
        before = digests(_OPENED.pop())
    else:
        with pytest.raises(DatabaseMoved, match="cut short"):
            open_again(context.folder)

    move_database(context.folder, {}, target)
    assert digests(open_again(context.folder)) == before
    subscribe(_OPENED[-1], "last@example.org")


def test_while_an_issue_is_delivered_nothing_moves(context: Context, url: str) -> None:
    publish(context, "Another hill")
    issue = freeze_next_issue(context)
    with pytest.raises(NotReady, match=r"Issue 2 is being delivered.*newsletter send 2"):
        move_database(context.folder, {}, url)
    assert ledger(context, issue).claim(None) is not None
    with context.lock(), pytest.raises(Busy):
        move_database(context.folder, {}, url)
    subscribe(context, "new@example.org")


def test_another_newsletter_and_the_same_database_are_refused(
    context: Context, url: str, tmp_path: Path
) -> None:
    other = create_newsletter(tmp_path / "other", database_url=url)
    subscribe(other, "theirs@example.org")
    other.engine.dispose()
    with pytest.raises(UsageError, match="There is a newsletter in postgresql"):
        move_database(context.folder, {}, url)
    with pytest.raises(UsageError, match="already"):
        move_database(context.folder, {}, SQLITE)
    with pytest.raises(UsageError, match="There is no folder"):
        move_database(context.folder, {}, "sqlite:///nowhere/n.db")
    subscribe(context, "new@example.org")


def test_the_command_tells_what_moved_and_where(context: Context, url: str) -> None:
    context.engine.dispose()
    program = Program(context.folder, NOW)

    wrong = program("database", "move", "mysql://localhost/news")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    moved = program("database", "move", url)
    assert moved.code == 0, moved
    assert "each compared. [database] url in newsletter.toml names it now." in moved.out
    listed = program("issues", "--json").json["issues"]
    assert [issue["accepted"] for issue in listed] == [6]
    program.env["NEWSLETTER_DATABASE_URL"] = SQLITE
    refused = program("run")
    assert refused.code == 2
    assert "has moved to postgresql" in refused.err
