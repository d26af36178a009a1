"""The real program is killed while it makes a backup or puts one back."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from newsletter.backup.archive import read_archive
from newsletter.backup.back_up import back_up
from newsletter.context import Context
from tests.support.delivery_folder import create_outbox_newsletter
from tests.support.newsletter_folder import NOW, subscribe
from tests.support.program import Program

MOMENTS = (0.3, 0.6, 0.8, 1.0)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=20)
    context.engine.dispose()
    return context


def kill(program: Program, moment: float, number: signal.Signals, *words: str) -> None:
    """Start a command, and end it by a signal some seconds later if it still runs."""
    process = program.start(*words)
    try:
        time.sleep(moment)
        process.send_signal(number)
    finally:
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_backup_leaves_the_older_one_whole(
    context: Context, tmp_path: Path, number: signal.Signals
) -> None:
    backup = back_up(context, tmp_path / "b.tar.gz", {}).path
    context.engine.dispose()
    program = Program(context.folder, NOW)
    for moment in MOMENTS:
        kill(program, moment, number, "backup", str(backup))
        assert read_archive(backup, "").readers == 20
    if number == signal.SIGTERM:
        assert not list(tmp_path.glob(".newsletter-backup-*/files"))


def test_after_a_killed_restore_the_newsletter_is_the_one_or_the_other(
    context: Context, tmp_path: Path
) -> None:
    backup = back_up(context, tmp_path / "b.tar.gz", {}).path
    subscribe(context, "new@example.org")
    context.engine.dispose()
    program = Program(context.folder, NOW)
    for moment in MOMENTS:
        kill(program, moment, signal.SIGKILL, "restore", str(backup), "--yes")
        listed = program("subscribers", "list", "--json")
        assert listed.code == 0, listed
        assert listed.json["total"] in (20, 21)
    assert program("restore", str(backup), "--yes").code == 0
    assert program("subscribers", "list", "--json").json["total"] == 20
    assert not (context.folder / ".restore").exists()
