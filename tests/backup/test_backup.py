"""A backup is made while everything runs, is checked, and never takes a good one's place."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyrage
import pytest

from newsletter.app import open_newsletter
from newsletter.backup.archive import read_archive
from newsletter.backup.back_up import BackupResult, back_up
from newsletter.context import Context
from newsletter.errors import BackupError, SettingsError, UsageError
from newsletter.pipeline.send import send
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue, ledger
from tests.support.newsletter_folder import NOW, subscribe
from tests.support.program import Program

PASSPHRASE = {"NEWSLETTER_BACKUP_PASSPHRASE": "nine hills before breakfast"}


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[Context]:
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    (context.folder / "intros").mkdir()
    (context.folder / "intros" / "mine.toml").write_text("# mine\n", "utf-8")
    (context.folder / "templates" / "web").mkdir(parents=True)
    (context.folder / "templates" / "web" / "own.txt").write_text("ours", "utf-8")
    yield context
    context.engine.dispose()


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def members(path: Path) -> dict[str, bytes]:
    """Return the files in a backup, as any `tar` reads them."""
    with tarfile.open(path) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]  # all are files


def test_everything_is_in_it_and_only_the_author_may_read_it(
    context: Context, tmp_path: Path
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    environ = {"SENDGRID_API_KEY": "SG.it's # mine"}
    made = back_up(context, tmp_path / "b.tar.gz", environ)

    files = members(made.path)
    assert [*files] == [
        "manifest.json",
        ".env",
        "intros/mine.toml",
        "newsletter.db",
        "newsletter.journal",
        "newsletter.toml",
        "templates/web/own.txt",
    ]
    assert (made.readers, made.issues, made.sealed, made.private) == (6, 1, False, True)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert files["newsletter.db"].startswith(b"SQLite format 3")
    manifest = json.loads(files["manifest.json"])
    assert (manifest["title"], manifest["readers"], manifest["secrets"]) == ("Pine & Pace", 6, True)
    (tmp_path / "new").mkdir()
    env = tmp_path / "new" / ".env"
    env.write_bytes(files[".env"])
    env.chmod(0o600)
    (tmp_path / "new" / "newsletter.toml").write_bytes(files["newsletter.toml"])
    assert b"made-up-for-tests" in files[".env"]
    assert not list(tmp_path.glob(".newsletter-backup-*"))


@only_sqlite
def test_without_secrets_none_is_in_it(context: Context, tmp_path: Path) -> None:
    settings = context.folder / "newsletter.toml"
    text = settings.read_text("utf-8").partition("[database]")[0]
    url = "postgresql+psycopg://news:s3cret@db.example/news"
    settings.write_text(f'{text}[database]  # ours\nurl = "{url}"\n', "utf-8")

    made = back_up(context, tmp_path / "b.tar.gz", {"SENDGRID_API_KEY": "SG.x"}, secrets=False)

    files = members(made.path)
    assert ".env" not in files
    everything = b"".join(octets for name, octets in files.items() if name != "newsletter.db")
    assert b"s3cret" not in everything
    assert b"SG.x" not in everything
    assert b'[database]  # ours\nurl = "postgresql+psycopg://news@db.example/news"' in everything


@only_sqlite
def test_with_a_passphrase_it_is_sealed_for_age_too(context: Context, tmp_path: Path) -> None:
    made = back_up(context, tmp_path, PASSPHRASE)

    assert made.sealed
    assert made.path.name.endswith("Z.tar.gz.age")
    sealed = made.path.read_bytes()
    assert b"runner1" not in sealed
    clear = pyrage.passphrase.decrypt(sealed, PASSPHRASE["NEWSLETTER_BACKUP_PASSPHRASE"])
    with tarfile.open(fileobj=io.BytesIO(clear)) as tar:
        assert "newsletter.db" in tar.getnames()
    with pytest.raises(BackupError, match="sealed"):
        read_archive(made.path, "")
    with pytest.raises(SettingsError, match="could be guessed"):
        back_up(context, tmp_path, {"NEWSLETTER_BACKUP_PASSPHRASE": "short"})


@only_sqlite
def test_it_holds_one_state_while_a_delivery_and_sign_ups_go_on(
    context: Context, tmp_path: Path
) -> None:
    issue = freeze_next_issue(context)
    ended = threading.Event()

    def keep_busy() -> None:
        number = 100
        while not ended.is_set():
            subscribe(context, f"runner{number}@example.org")
            number += 1

    writer = threading.Thread(target=keep_busy)
    writer.start()
    try:
        working = ledger(context, issue)
        results: list[BackupResult] = []
        while (batch := working.claim(None)) is not None:
            results.append(back_up(context, tmp_path / "b.tar.gz", {}))
            with closing(context.mailer()) as mailer:
                working.record(batch, mailer.send(batch))
    finally:
        ended.set()
        writer.join()

    assert len(results) == 3
    assert results[0].readers < results[-1].readers


@only_sqlite
def test_of_a_folder_only_the_newest_backups_stay(context: Context, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    names = [f"newsletter-2026-11-2{day}T070000Z.tar.gz" for day in range(5)]
    for name in (*names, "newsletter-2026.txt", "holiday.tar.gz"):
        (folder / name).write_text("older", "utf-8")

    made = back_up(context, folder, {}, keep=3)

    assert [path.name for path in made.removed] == names[:3]
    kept = {path.name for path in folder.iterdir()}
    assert kept == {*names[3:], made.path.name, "newsletter-2026.txt", "holiday.tar.gz"}
    with pytest.raises(UsageError, match="--keep"):
        back_up(context, tmp_path / "b.tar.gz", {}, keep=3)


def test_nothing_that_is_no_backup_is_replaced(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    (context.folder / "intros").mkdir()
    (context.folder / "intros" / "mine.toml").write_text("# mine\n", "utf-8")
    for name in ("newsletter.toml", "newsletter.db", "intros/mine.toml"):
        path = context.folder / name
        before = path.read_bytes()
        with pytest.raises(UsageError, match="is no backup"):
            back_up(context, path, {})
        assert path.read_bytes() == before
    with pytest.raises(UsageError, match="There is no folder"):
        back_up(context, tmp_path / "nowhere" / "b.tar.gz", {})

    first = back_up(context, tmp_path / "b.tar.gz", {})
    subscribe(context, "new@example.org")
    assert back_up(context, first.path, {}).readers == first.readers + 1
    assert read_archive(first.path, "").readers == first.readers + 1
    context.engine.dispose()


def test_a_full_disk_leaves_the_older_backup_as_it_was(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    path = back_up(context, tmp_path / "b.tar.gz", {}).path
    context.engine.dispose()
    before = path.read_bytes()
    program = Program(context.folder, NOW)
    command = [sys.executable, "-m", "newsletter", "--folder", str(context.folder), "backup"]
    # The file of coverage could not grow either, and it would say so.
    environment = {
        name: value
        for name, value in program.environment().items()
        if not name.startswith(("COV_", "COVERAGE_"))
    }

    # No file may grow beyond 100 KB, as on a full disk.
    completed = subprocess.run(
        ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh", *command, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert completed.returncode == 1, completed
    assert completed.stderr.count("\n") == 1
    assert "Traceback" not in completed.stderr
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".newsletter-backup-*"))


def test_a_damaged_database_is_told_and_not_backed_up(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=300)
    context.engine.dispose()
    database = context.folder / "newsletter.db"
    octets = bytearray(database.read_bytes())
    octets[len(octets) // 2 :] = bytes(len(octets) - len(octets) // 2)
    database.write_bytes(octets)

    result = Program(context.folder, NOW)("backup", str(tmp_path / "b.tar.gz"))

    assert result.code == 1, result
    assert "damaged" in result.err
    assert not (tmp_path / "b.tar.gz").exists()


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    program = Program(context.folder, NOW)
    folder = tmp_path / "backups"
    folder.mkdir()

    text = program("backup", str(tmp_path / "b.tar.gz"))
    assert text.code == 0, text
    assert "6 readers, no issue yet" in text.out
    assert "keep it safe" in text.out
    document = program("backup", str(folder), "--keep", "2", "--json").json
    assert (document["readers"], document["sealed"], document["removed"]) == (6, False, [])
    assert Path(document["file"]).stat().st_size == document["bytes"]
    opened = open_newsletter(context.folder, {})
    opened.engine.dispose()
