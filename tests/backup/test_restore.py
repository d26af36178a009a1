"""A backup is put back whole or not at all, and not over what is newer."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.app import open_newsletter
from newsletter.backup import finish_restore
from newsletter.backup.back_up import back_up
from newsletter.backup.portable import TABLES
from newsletter.backup.restore import RestoreResult, restore
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.errors import BackupError, Busy, NewerNewsletter, StaleBackup, UsageError
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.database.relocation import TableDigest, digest_rows
from newsletter.storage.runs import LastBackup, last_backup
from newsletter.subscriptions.erase import erase
from newsletter.subscriptions.subscriber_admin import suppress
from subscribers import storage as people
from subscribers.models import Subscriber
from tests.end_to_end.newsletter import files_in
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue
from tests.support.newsletter_folder import NOW, create_newsletter, subscribe
from tests.support.postgresql import PostgreSQL
from tests.support.program import Program

ALL = Figures(planned=6, accepted=6)
_OPENED: list[Context] = []


@pytest.fixture(autouse=True)
def _close_what_was_opened() -> Iterator[None]:
    yield
    while _OPENED:
        _OPENED.pop().engine.dispose()


def open_again(folder: Path, environ: dict[str, str] | None = None) -> Context:
    context = open_newsletter(folder, {"NEWSLETTER_NOW": NOW} | (environ or {}))
    _OPENED.append(context)
    return replace(context, wait=lambda _seconds: None)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    _OPENED.append(context)
    return context


@pytest.fixture
def before(context: Context) -> dict[str, TableDigest]:
    """What the database holds when it is backed up."""
    return digests(context)


@pytest.fixture
def backup(context: Context, before: dict[str, TableDigest], tmp_path: Path) -> Path:  # noqa: ARG001  # it comes first
    """A backup of the newsletter before its first issue."""
    path = back_up(context, tmp_path / "b.tar.gz", {}).path
    context.engine.dispose()
    return path


def put_back(
    backup: Path, folder: Path, environ: dict[str, str] | None = None, *, over_newer: bool = False
) -> RestoreResult:
    now = dt.datetime.now(dt.UTC)
    return restore(backup, folder, environ or {}, now=now, over_newer=over_newer)


def digests(context: Context) -> dict[str, TableDigest]:
    """What the database holds, without the note of its last backup, which no backup holds."""
    with context.engine.connect() as connection, connection.begin() as looking:
        connection.execute(text("DELETE FROM event WHERE kind = 'backup'"))
        rows = digest_rows(connection, TABLES)
        looking.rollback()
    return rows


def test_a_new_folder_has_everything_and_goes_on(
    context: Context, before: dict[str, TableDigest], backup: Path, tmp_path: Path
) -> None:
    result = put_back(backup, tmp_path / "new")

    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").iterdir()} == {0}
    assert (result.title, result.readers, result.kept) == ("Pine & Pace", 6, None)
    again = open_again(tmp_path / "new")
    assert digests(again) == before
    assert again.secrets.signing == context.secrets.signing
    freeze_next_issue(again)
    assert send(again, "last").figures == ALL


def test_the_folder_knows_the_backup_it_came_from(
    context: Context, backup: Path, tmp_path: Path
) -> None:
    with snapshot(open_again(context.folder).engine) as connection:
        made = last_backup(connection)
    moved = backup.rename(tmp_path / "moved.tar.gz")
    put_back(moved, tmp_path / "new")

    with snapshot(open_again(tmp_path / "new").engine) as connection:
        known = last_backup(connection)
    assert made is not None
    assert known == LastBackup(at=made.at, path=str(moved))


def test_what_was_there_is_kept(context: Context, backup: Path) -> None:
    result = put_back(backup, context.folder)

    assert result.kept is not None
    kept = {path.name for path in result.kept.iterdir()}
    assert {"newsletter.db", "newsletter.toml", ".env"} <= kept
    assert not (context.folder / ".restore").exists()
    assert digests(open_again(context.folder))["issue"].rows == 0


def test_two_restores_in_one_second_keep_what_each_replaced(context: Context, backup: Path) -> None:
    second = dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC)
    (context.folder / "intros").mkdir(exist_ok=True)
    (context.folder / "intros" / "mine.toml").write_text("")
    backup = back_up(open_again(context.folder), backup.with_name("c.tar.gz"), {}).path
    kept = [restore(backup, context.folder, {}, now=second).kept for _ in range(2)]

    assert [path.name for path in kept if path] == [
        "before-restore-2026-11-29T090000Z",
        "before-restore-2026-11-29T090000Z-2",
    ]
    assert all(path and (path / "newsletter.db").exists() for path in kept)


def test_over_a_newer_newsletter_nothing_is_put_back(context: Context, backup: Path) -> None:
    freeze_next_issue(context)
    send(context, "last")
    context.engine.dispose()
    with context.lock():
        pass
    context.engine.dispose()
    before = files_in(context.folder)

    with pytest.raises(NewerNewsletter, match=r"2026-W47 went out after it\. Nothing was changed"):
        put_back(backup, context.folder)
    assert files_in(context.folder) == before

    result = put_back(backup, context.folder, over_newer=True)
    assert result.missing == ("2026-W47",)
    again = open_again(context.folder)
    with snapshot(again.engine) as connection:
        assert "older backup" in stale_backup_warning(connection)
    with pytest.raises(StaleBackup):
        freeze_next_issue(again)


def test_a_list_that_changed_since_is_newer_too(context: Context, backup: Path) -> None:
    subscribe(context, "new@example.org")
    context.engine.dispose()
    with pytest.raises(NewerNewsletter, match="something happened after it"):
        put_back(backup, context.folder)


def test_a_database_that_is_lost_or_damaged_is_replaced(context: Context, backup: Path) -> None:
    database = context.folder / "newsletter.db"
    for octets in (b"", b"garbage" * 999, None):
        if octets is None:
            database.unlink()
        else:
            database.write_bytes(octets)
        put_back(backup, context.folder)
        shutil.rmtree(next(context.folder.glob("before-restore-*")))
        assert digests(open_again(context.folder))["subscribers"].rows == 6
        _OPENED.pop().engine.dispose()


def test_a_lost_database_whose_journal_knows_more_asks(context: Context, backup: Path) -> None:
    freeze_next_issue(context)
    send(context, "last")
    context.engine.dispose()
    (context.folder / "newsletter.db").unlink()

    with pytest.raises(NewerNewsletter, match=r"--yes.*`newsletter resume`"):
        put_back(backup, context.folder)
    assert put_back(backup, context.folder, over_newer=True).missing == ("2026-W47",)


def test_another_newsletter_is_never_replaced(backup: Path, tmp_path: Path) -> None:
    other = create_newsletter(tmp_path / "other")
    other.engine.dispose()
    with pytest.raises(NewerNewsletter, match="another newsletter"):
        put_back(backup, other.folder, over_newer=True)


def test_a_damaged_backup_changes_nothing(context: Context, backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    with context.lock():
        pass
    before = files_in(context.folder)
    for octets in (b"", b"no backup", whole[:-9], whole[: len(whole) // 2], whole[:50]):
        backup.write_bytes(octets)
        with pytest.raises(BackupError):
            put_back(backup, context.folder)
        with pytest.raises(BackupError):
            put_back(backup, tmp_path / "new")
        assert files_in(context.folder) == before
        assert not (tmp_path / "new").exists()
    backup.unlink()
    with pytest.raises(UsageError, match="There is no file"):
        put_back(backup, context.folder)


def content_of(octets: bytes | bytearray) -> bytes | None:
    try:
        return gzip.decompress(octets)
    except (EOFError, OSError, zlib.error):
        return None


def test_every_changed_byte_of_a_backup_is_noticed(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        if content_of(changed) == content_of(whole):
            # A bit that says nothing of what is in it: one that fills up a byte (RFC 1951, 3.2.3).
            continue
        backup.write_bytes(changed)
        with pytest.raises(BackupError):
            put_back(backup, tmp_path / "new")


class _PowerCutError(Exception):
    """The machine stops at this step."""


@pytest.mark.parametrize("step", range(7))
def test_a_restore_that_is_killed_at_any_step_has_not_happened_or_is_ended(
    context: Context, backup: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(context, "new@example.org")
    older, rename, count = digests(open_again(context.folder)), Path.replace, 0
    _OPENED.pop().engine.dispose()
    context.engine.dispose()

    def rename_or_stop(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count > step:
            raise _PowerCutError
        return rename(self, target)

    with monkeypatch.context() as power:
        power.setattr(Path, "replace", rename_or_stop)
        with pytest.raises(_PowerCutError):
            put_back(backup, context.folder, over_newer=True)

    has_begun = finish_restore.is_unfinished(context.folder)
    assert has_begun == (step > 0)
    again = digests(open_again(context.folder))
    assert not (context.folder / ".restore").exists()
    assert (again == older) == (not has_begun)
    assert again["subscribers"].rows == (6 if has_begun else 7)


def test_a_backup_of_postgresql_becomes_sqlite_and_the_other_way(
    tmp_path: Path, postgresql_server: PostgreSQL
) -> None:
    with (
        postgresql_server.borrow_database() as first,
        postgresql_server.borrow_database() as second,
    ):
        context = create_outbox_newsletter(tmp_path / "newsletter", database_url=first)
        _OPENED.append(context)
        before = digests(context)
        path = back_up(context, tmp_path / "b.tar.gz", {}).path

        as_sqlite = {"NEWSLETTER_DATABASE_URL": "sqlite:///newsletter.db"}
        put_back(path, tmp_path / "small", as_sqlite)
        small = open_again(tmp_path / "small", as_sqlite)
        assert digests(small) == before

        subscribe(small, "new@example.org")
        before = digests(small)
        newer = back_up(small, tmp_path / "small.tar.gz", {}).path
        put_back(newer, tmp_path / "large", {"NEWSLETTER_DATABASE_URL": second})
        large = open_again(tmp_path / "large", {"NEWSLETTER_DATABASE_URL": second})
        assert digests(large) == before

        # Back into the first one, whose rows are kept as a file.
        result = put_back(newer, context.folder, {"NEWSLETTER_DATABASE_URL": first})
        assert digests(open_again(context.folder)) == before
        assert result.kept is not None
        assert (result.kept / "newsletter.db").stat().st_size
        subscribe(large, "last@example.org")
        with pytest.raises(NewerNewsletter):
            put_back(newer, tmp_path / "large", {"NEWSLETTER_DATABASE_URL": second})
        while _OPENED:
            _OPENED.pop().engine.dispose()


def test_while_a_run_is_at_work_nothing_is_put_back(context: Context, backup: Path) -> None:
    with context.lock(), pytest.raises(Busy):
        put_back(backup, context.folder)


def test_a_backup_of_a_newer_program_is_refused(context: Context, tmp_path: Path) -> None:
    with transaction(context.engine) as connection:
        connection.execute(text("UPDATE newsletter_version SET version_num = '9999'"))
    result = Program(context.folder, NOW)("backup", str(tmp_path / "b.tar.gz"))
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "newer version" in result.err


def test_the_command_puts_back_and_says_what_to_do(
    context: Context, backup: Path, tmp_path: Path
) -> None:
    program = Program(tmp_path / "elsewhere", NOW)
    done = program("restore", str(backup), str(tmp_path / "new"))
    assert done.code == 0, done
    assert "Pine & Pace is back" in done.out
    assert "6 on the list" in done.out

    plain = back_up(open_again(context.folder), tmp_path / "p.tar.gz", {}, secrets=False).path
    done = program("restore", str(plain), str(tmp_path / "plain"))
    assert done.code == 3
    assert "put .env back" in done.out
    freeze_next_issue(open_again(context.folder))
    send(open_again(context.folder), "last")
    refused = program("restore", str(backup), str(context.folder), "--json")
    assert refused.code == 3
    assert "Nothing was changed" in refused.json["error"]


def test_who_left_after_the_backup_stays_away(context: Context, backup: Path) -> None:
    left, erased, barred = "runner1@example.org", "runner2@example.org", "new@example.org"
    now = open_again(context.folder)
    by_address = {person: find(now, person) for person in (left, erased)}
    with transaction(now.engine) as connection:
        people.unsubscribe(connection, by_address[left].id, at=now.clock(), source="one click")
    erase(now, erased, by="subscriber")
    suppress(now, barred)
    now.engine.dispose()

    result = put_back(backup, context.folder, over_newer=True)

    assert (result.departures.left, result.departures.erased) == (1, 1)
    again = open_again(context.folder)
    assert find(again, left).status == "unsubscribed"
    with snapshot(again.engine) as connection:
        assert people.find_by_address(connection, erased) is None
        assert people.consents_of(connection, by_address[left].id)[-1].source.startswith("left")
        for address in (erased, barred):
            assert people.is_suppressed(connection, address, again.secrets.require_signing())
        assert sum(people.count_by_status(connection).values()) == 5
    assert b"runner2@example.org" not in (context.folder / "newsletter.db").read_bytes()


def test_who_came_back_before_a_newer_backup_is_not_sent_away(
    context: Context, tmp_path: Path
) -> None:
    context.engine.dispose()
    older = shutil.copytree(context.folder, tmp_path / "older")
    now = open_again(context.folder)
    subscribe(now, "late@example.org")
    newer = back_up(now, tmp_path / "newer.tar.gz", {}).path
    gone = open_again(older)
    with transaction(gone.engine) as connection:
        people.unsubscribe(
            connection, find(gone, "runner1@example.org").id, at=gone.clock(), source="one click"
        )
    gone.engine.dispose()

    assert put_back(newer, older, over_newer=True).departures.left == 0


def find(context: Context, address: str) -> Subscriber:
    with snapshot(context.engine) as connection:
        return people.require_by_address(connection, address)
