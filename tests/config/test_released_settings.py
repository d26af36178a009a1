"""A newsletter.toml that an earlier version wrote is read today, and means what it meant."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Template

import msgspec
import pytest

from newsletter.config.load import _refuse_unknown_keys, load_settings
from newsletter.config.settings import Settings

STARTERS = sorted((Path(__file__).parent / "released").glob("starter-*.toml"))
ANSWERS = {
    "title": '"Pine & Pace"',
    "author": '"Maren"',
    "blog": '"https://blog.example.com"',
    "sender": '"Pine & Pace <news@example.com>"',
    "author_email": '"maren@example.com"',
    "postal_address": '"12 Mill Street, Alder Creek"',
    "language": '"en"',
    "timezone": '"America/Edmonton"',
    "hemisphere": '"north"',
    "wet_months": "wet_months = []",
    "list_id": '"newsletter.example.com"',
    "feed": '"https://blog.example.com/feed/"',
    "day": '"sunday"',
    "time": '"07:00"',
    "mailer": '"outbox"',
    "allow_private": "false",
}
# A setting or table that the file shows as a comment, for an author to switch on.
_OFFERED = re.compile(r"^# (?=[a-z_]+ = |\[)", re.MULTILINE)


def text_of(starter: Path) -> str:
    return Template(starter.read_text("utf-8")).substitute(ANSWERS)


@pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
def test_it_is_read_as_it_was_written(starter: Path, tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_text(text_of(starter), "utf-8")

    settings = load_settings(tmp_path)

    assert settings.newsletter.title == "Pine & Pace"
    assert settings.newsletter.timezone == "America/Edmonton"
    assert settings.feeds[0].url == "https://blog.example.com/feed/"
    assert (settings.issue.day, settings.issue.time) == ("sunday", "07:00")
    assert (settings.issue.approval, settings.sender.mailer) == ("required", "outbox")
    assert settings.database.url == "sqlite:///newsletter.db"


@pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
def test_every_setting_that_it_offered_is_known_and_takes_that_value(starter: Path) -> None:
    offered = tomllib.loads(_OFFERED.sub("", text_of(starter)))

    _refuse_unknown_keys(offered, Settings, "")
    settings = msgspec.convert(offered, Settings)
    assert settings.newsletter.title == offered["newsletter"]["title"]
