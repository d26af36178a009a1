"""The last backup, read through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.backup.back_up import back_up
from newsletter.backup.restore import restore
from newsletter.context import Context
from newsletter.doctor.diagnosis import Diagnosis
from newsletter.doctor.last_backup import BackupFacts, check_backup, judge_backup
from newsletter.storage.runs import LastBackup
from tests.doctor.installations import NOW, make_installation
from tests.support.newsletter_folder import create_newsletter


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = create_newsletter(tmp_path / "newsletter")
    yield context
    context.engine.dispose()


def look(context: Context, passphrase: str = "") -> list[Diagnosis]:
    return list(
        check_backup(
            make_installation(
                context.settings,
                folder=context.folder,
                environ={"NEWSLETTER_BACKUP_PASSPHRASE": passphrase} if passphrase else {},
                now=context.real_clock(),
            )
        )
    )


def test_a_backup_is_read_to_its_end_and_a_damaged_one_is_found(
    context: Context, tmp_path: Path
) -> None:
    assert [d.verdict for d in look(context)] == ["note"]
    path = tmp_path / "copy.tar.gz"
    back_up(context, path, {})

    assert [(d.verdict, d.rule) for d in look(context)] == [("ok", "backup")]
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 0xFF
    path.write_bytes(octets)
    (damaged,) = look(context)
    assert damaged.verdict == "error"
    assert damaged.cure
    path.unlink()
    assert [d.verdict for d in look(context)] == ["note"]


def test_a_folder_that_was_put_back_has_the_backup_it_came_from(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "copy.tar.gz"
    back_up(context, path, {})
    restore(path, tmp_path / "new", {}, now=context.real_clock())
    again = open_newsletter(tmp_path / "new", {})

    assert [(d.verdict, d.rule) for d in look(again)] == [("ok", "backup")]
    again.engine.dispose()


def test_a_sealed_backup_needs_its_passphrase(context: Context, tmp_path: Path) -> None:
    passphrase = "four words that belong apart"
    back_up(context, tmp_path / "copy.age", {"NEWSLETTER_BACKUP_PASSPHRASE": passphrase})

    assert [d.verdict for d in look(context, passphrase)] == ["ok"]
    assert [d.verdict for d in look(context, "quite another passphrase")] == ["error"]


def test_no_backup_matters_once_messages_reach_people_and_so_does_an_old_one() -> None:
    old = BackupFacts(backup=LastBackup(at=NOW - dt.timedelta(days=40), path="/mnt/copy.tar.gz"))

    (missing,) = judge_backup(BackupFacts(backup=None), NOW, is_real=True)
    assert missing.verdict == "warning"
    assert [d.rule for d in judge_backup(old, NOW, is_real=False)] == ["backup", "backup-age"]
