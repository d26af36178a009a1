"""Secrets come from the environment or a private file, and are never printed."""

from __future__ import annotations

import datetime as dt
import stat
import sys
from pathlib import Path

import pytest

from newsletter.config.places import hemisphere_of_zone
from newsletter.config.secrets import (
    load_environment,
    read_rehearsed_now,
    read_secrets,
    rotate_signing_secret,
    write_env_file,
)
from newsletter.errors import SettingsError


def test_a_new_secret_is_long_private_and_kept_when_there_is_one(tmp_path: Path) -> None:
    write_env_file(tmp_path)
    path = tmp_path / ".env"
    first = path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(read_secrets(load_environment(tmp_path, {})).require_signing()[0]) >= 40
    write_env_file(tmp_path)
    assert path.read_text("utf-8") == first


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    write_env_file(tmp_path)
    secrets = read_secrets(load_environment(tmp_path, {"NEWSLETTER_SECRET": "from the shell"}))
    assert secrets.signing == ("from the shell",)


def test_a_file_others_may_read_is_refused_with_the_command_to_mend_it(tmp_path: Path) -> None:
    write_env_file(tmp_path)
    (tmp_path / ".env").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_environment(tmp_path, {})


def test_after_a_rotation_the_new_one_signs_and_the_old_one_verifies() -> None:
    assert read_secrets({"NEWSLETTER_SECRET": "new, old"}).signing == ("new", "old")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_rotation_without_room_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    import resource

    write_env_file(tmp_path)
    before = (tmp_path / ".env").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            rotate_signing_secret(tmp_path, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert (tmp_path / ".env").read_bytes() == before
    rotate_signing_secret(tmp_path, {})
    assert len(read_secrets(load_environment(tmp_path, {})).signing) == 2


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_SECRET"):
        read_secrets({}).require_signing()


def test_secrets_do_not_show_when_printed() -> None:
    shown = repr(
        read_secrets(
            {
                "NEWSLETTER_SECRET": "hush-1",
                "SENDGRID_API_KEY": "hush-2",
                "NEWSLETTER_SMTP_PASSWORD": "hush-3",
            }
        )
    )
    assert "hush" not in shown


def test_a_rehearsal_has_its_own_clock() -> None:
    assert read_rehearsed_now({}) is None
    named = read_rehearsed_now({"NEWSLETTER_NOW": "2026-11-29T07:00:00-07:00"})
    assert named == dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["2026-11-29T07:00:00", "Sunday", "2026-13-01T00:00:00Z"])
def test_a_time_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_NOW"):
        read_rehearsed_now({"NEWSLETTER_NOW": text})


@pytest.mark.parametrize(
    ("zone", "hemisphere"),
    [
        ("America/Edmonton", "north"),
        ("Europe/London", "north"),
        ("Australia/Melbourne", "south"),
        ("Pacific/Auckland", "south"),
        ("America/Sao_Paulo", "south"),
        ("Australia/Darwin", "tropics"),
        ("Asia/Singapore", "tropics"),
        ("Africa/Nairobi", "tropics"),
        ("UTC", "north"),
    ],
)
def test_the_time_zone_gives_the_hemisphere(zone: str, hemisphere: str) -> None:
    assert hemisphere_of_zone(zone) == hemisphere
