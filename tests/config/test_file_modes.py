"""Readers' addresses and tokens are for the author's eyes, on a machine that others use too."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.config.file_modes import keeps_modes, mend_modes
from newsletter.config.secrets import load_environment
from newsletter.errors import SettingsError
from tests.end_to_end.conftest import OLD
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.newsletter_folder import NOW, create_newsletter, publish
from tests.support.program import Program


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _readable_by_others(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        is_private = path.suffix == ".eml" or path.name.startswith("newsletter.db")
        if is_private and _mode(path) & 0o077:
            yield path


@pytest.fixture
def earlier(tmp_path: Path) -> Program:
    """A folder as an earlier version left it: open to all, with messages in the outbox."""
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week")
    context.engine.dispose()
    program = Program(context.folder, now=NOW)
    messages = context.folder / "outbox" / "1"
    messages.mkdir(parents=True)
    (messages / "ada@example.com.eml").write_text("To: ada@example.com\n")
    for path in (context.folder, *context.folder.rglob("*")):
        if path.name != ".env":
            path.chmod(0o755 if path.is_dir() else 0o644)
    return program


def test_a_folder_that_others_can_read_is_mended_and_said_once(earlier: Program) -> None:
    first, second = earlier("posts"), earlier("posts")
    assert "Other users of this machine could read" in first.err
    assert second.err == ""
    assert _mode(earlier.folder) == 0o700
    assert _mode(earlier.folder / "newsletter.db") == 0o600
    assert _mode(earlier.folder / "outbox") == 0o700
    assert list(_readable_by_others(earlier.folder)) == []
    assert _mode(earlier.folder / "newsletter.toml") == 0o644


def test_a_folder_that_is_a_web_page_too_stays_readable(earlier: Program) -> None:
    (earlier.folder / "index.html").write_text("<p>My blog</p>")
    assert "now only you can" in earlier("posts").err
    assert _mode(earlier.folder) == 0o755
    assert _mode(earlier.folder / "newsletter.db") == 0o600
    assert list(_readable_by_others(earlier.folder)) == []


def test_what_is_made_is_private_whatever_the_umask_is(program: Program, blog: Blog) -> None:
    blog.serve_feed(rss(*OLD))
    answer = program.init(blog.url, "--backfill", "2")
    assert answer.code == 0, answer.err
    assert "Other users" not in answer.err
    assert _mode(program.folder) == 0o700
    program("subscribers", "add", "ada@example.com")
    assert program("draft").code == 0
    assert program("test", "next", "--to", "me@example.com").code == 0
    assert "Other users" not in program("posts").err
    assert list(program.folder.rglob("*.eml"))
    assert list(_readable_by_others(program.folder)) == []


def test_a_disk_without_modes_is_used_and_said_nothing_of(
    earlier: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes of modes are passed over here, as such a disk does."""
    (earlier.folder / ".env").chmod(0o777)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_environment(earlier.folder, {})

    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    monkeypatch.setattr("newsletter.config.file_modes.is_private", lambda _path: False)
    assert not keeps_modes(earlier.folder)
    assert load_environment(earlier.folder, {})["NEWSLETTER_SECRET"]
    outbox, database = earlier.folder / "outbox", earlier.folder / "newsletter.db"
    assert mend_modes(earlier.folder, outbox=outbox, database=database) == ""


def test_a_folder_that_takes_no_file_is_no_disk_without_modes(tmp_path: Path) -> None:
    assert keeps_modes(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
