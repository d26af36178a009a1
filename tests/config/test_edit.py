"""newsletter.toml with other values, and everything else as its author wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config.edit import apply_changes, read_file, values_of, write_file
from newsletter.errors import NotReady, SettingsError

TEXT = """\
# My newsletter.
[newsletter]
title = "Pine & Pace"   # of ours

[[feeds]]
url = "https://blog.example.com/feed/"

[issue]
day = "sunday"          # never on mondays
skip_dates = []
"""


def test_comments_and_order_stay() -> None:
    changed = apply_changes(TEXT, {("issue", "day"): "monday", ("issue", "max_posts"): 5})
    assert changed == TEXT.replace('"sunday" ', '"monday" ') + "max_posts = 5\n"


def test_a_table_that_is_not_there_yet_is_added() -> None:
    changed = apply_changes(TEXT, {("sender.smtp", "host"): "mail.example.com"})
    assert changed.startswith(TEXT)
    assert values_of(changed)["sender.smtp", "host"] == "mail.example.com"


def test_a_key_is_taken_out() -> None:
    changed = apply_changes(TEXT, {("issue", "day"): None, ("site", "url"): None})
    assert ("issue", "day") not in values_of(changed)
    assert "[site]" not in changed


def test_a_byte_order_mark_and_windows_line_ends_stay() -> None:
    windows = "\ufeff" + TEXT.replace("\n", "\r\n")
    changed = apply_changes(windows, {("issue", "day"): "monday"})
    assert changed == windows.replace('"sunday" ', '"monday" ')


def test_a_broken_file_is_not_changed() -> None:
    with pytest.raises(SettingsError, match=r"newsletter\.toml cannot be read"):
        apply_changes("[issue\n", {("issue", "day"): "monday"})
    assert values_of("[issue\n") == {}


def test_a_file_that_changed_since_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newsletter.toml"
    path.write_text(TEXT, "utf-8")
    path.chmod(0o600)
    text, mark = read_file(tmp_path)
    path.write_text(TEXT + "\n# by hand\n", "utf-8")
    with pytest.raises(NotReady, match="changed meanwhile"):
        write_file(tmp_path, text, seen=mark)
    assert path.read_text("utf-8").endswith("# by hand\n")
    write_file(tmp_path, "# all new\n", seen=read_file(tmp_path)[1])
    assert path.read_text("utf-8") == "# all new\n"
    assert path.stat().st_mode & 0o777 == 0o600
