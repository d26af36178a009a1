"""Who was erased does not live on in what a restore or a move left in the folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.backup.back_up import back_up
from newsletter.backup.restore import restore
from newsletter.context import Context
from newsletter.doctor.diagnosis import Diagnosis
from newsletter.doctor.kept_copies import check_kept_copies
from newsletter.storage.database.engine import open_engine
from newsletter.storage.kept_copies import MOST_TIME, describe_copies
from newsletter.subscriptions.erase import delete_erased_copies, erase
from tests.doctor.installations import make_installation
from tests.support.newsletter_folder import create_newsletter, subscribe

RESTORED = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
ANN = "ann@example.com"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A newsletter that was put back; what was there is kept, and Ann is in both."""
    context = create_newsletter(tmp_path / "newsletter")
    subscribe(context, ANN)
    backup = back_up(context, tmp_path / "b.tar.gz", {}).path
    restore(backup, context.folder, {}, now=RESTORED)
    yield context
    context.engine.dispose()


def at(context: Context, now: dt.datetime) -> Context:
    return replace(context, clock=lambda: now)


def kept_files(context: Context) -> set[str]:
    (kept,) = context.folder.glob("before-restore-*")
    return {path.name for path in kept.iterdir()}


def look(context: Context, url: str = "sqlite:///newsletter.db") -> list[Diagnosis]:
    installation = make_installation(context.settings, folder=context.folder, database_url=url)
    return list(check_kept_copies(installation))


def test_while_nobody_was_erased_the_copy_stays_and_is_a_note(context: Context) -> None:
    late = at(context, RESTORED + dt.timedelta(days=900))

    assert delete_erased_copies(late) == ()
    assert "newsletter.db" in kept_files(context)
    (diagnosis,) = look(context)
    assert diagnosis.verdict == "note"
    assert "rm -r " in diagnosis.cure


def test_the_author_is_told_where_an_erased_reader_still_is(context: Context) -> None:
    soon = at(context, RESTORED + dt.timedelta(days=3))
    erase(soon, ANN, by="author")

    sentence = describe_copies(delete_erased_copies(soon))
    assert "before-restore-2026-11-01T090000Z/" in sentence
    assert "a run deletes after 2026-12-01" in sentence
    (diagnosis,) = look(context)
    assert diagnosis.verdict == "warning"
    assert "somebody who was erased since" in diagnosis.text
    assert "2026-12-01" in diagnosis.text


def test_a_month_later_only_settings_and_secrets_are_left(context: Context) -> None:
    erase(at(context, RESTORED + dt.timedelta(days=3)), ANN, by="author")

    assert delete_erased_copies(at(context, RESTORED + MOST_TIME)) == ()
    assert kept_files(context) == {".env", "newsletter.toml"} | (
        kept_files(context) & {".gitignore"}
    )
    assert look(context) == []


def test_an_old_copy_goes_at_once(context: Context) -> None:
    (kept,) = context.folder.glob("before-restore-*")
    for name in (".env", "newsletter.toml", ".gitignore"):
        (kept / name).unlink(missing_ok=True)
    year_later = at(context, RESTORED + dt.timedelta(days=365))
    erase(year_later, ANN, by="subscriber")

    assert delete_erased_copies(year_later) == ()
    assert not kept.exists()


def test_a_copy_made_after_the_erasure_does_not_hold_them(context: Context) -> None:
    earlier = at(context, RESTORED - dt.timedelta(days=1))
    erase(earlier, ANN, by="author")

    assert delete_erased_copies(at(context, RESTORED + 2 * MOST_TIME)) == ()
    assert "newsletter.db" in kept_files(context)
    assert [diagnosis.verdict for diagnosis in look(context)] == ["note"]


def test_the_file_that_a_move_left_is_named_and_never_deleted(context: Context) -> None:
    other = context.folder / "letters.db"
    context.engine.dispose()
    (context.folder / "newsletter.db").rename(other)
    left = context.folder / "newsletter.db"
    left.write_bytes(other.read_bytes())
    moved = replace(context, engine=open_engine("sqlite:///letters.db", context.folder, make=False))
    now = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    erase(at(moved, now), ANN, by="author")

    assert "newsletter.db, which the newsletter has moved away from" in describe_copies(
        delete_erased_copies(at(moved, now))
    )
    assert left.exists()
    (diagnosis,) = look(context, "sqlite:///letters.db")
    assert diagnosis.verdict == "warning"
    moved.engine.dispose()
