"""What each setting means comes from the starter file, its values from the code."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from newsletter.config.explain import (
    Setting,
    explain_settings,
    explain_tables,
    format_value,
    parse_value,
    read_comments,
)
from newsletter.config.settings import FILE_NAME, NewsletterSettings, Settings
from newsletter.resources import templates

STARTER = (templates() / "starter" / FILE_NAME).read_text("utf-8")
BY_NAME = {setting.name: setting for setting in explain_settings(STARTER)}


def test_every_key_of_a_plain_table_is_among_them() -> None:
    for field in msgspec.structs.fields(NewsletterSettings):
        assert f"newsletter.{field.encode_name}" in BY_NAME
    tables = {setting.table.partition(".")[0] for setting in BY_NAME.values()}
    assert tables == {f.encode_name for f in msgspec.structs.fields(Settings)} - {"feeds", "topics"}


@pytest.mark.parametrize("setting", BY_NAME.values(), ids=lambda setting: setting.name)
def test_every_setting_is_explained(setting: Setting) -> None:
    if setting.table in ("theme.light", "theme.dark"):
        assert setting.key in explain_tables(STARTER)["theme.light"]
    else:
        assert setting.meaning
    if setting.kind != "other" and setting.default is not None:
        assert parse_value(setting, format_value(setting, setting.default)) in (
            setting.default,
            list(setting.default) if isinstance(setting.default, tuple) else None,
        )


def test_a_comment_goes_on_in_the_next_lines_and_may_be_of_a_key_that_is_commented_out() -> None:
    comments = read_comments(
        "[issue]            # about issues\n"
        'day = "sunday"     # one\n'
        "                   # two\n"
        "# time = 7         # three\n"
        "$wet_months        # four\n"
        "# [site.inner]     # five\n"
        "url = 1\n"
    )
    assert comments == {
        "[issue]": "about issues",
        "issue.day": "one two",
        "issue.time": "three",
        "issue.wet_months": "four",
        "[site.inner]": "five",
        "site.inner.url": "",
    }


def test_kinds_and_defaults_are_those_of_the_code() -> None:
    assert BY_NAME["issue.day"].kind == "choice"
    assert BY_NAME["issue.day"].choices[0] == "friday"
    assert BY_NAME["issue.max_posts"].kind == "number"
    assert BY_NAME["notices.draft"].kind == "flag"
    assert BY_NAME["issue.skip_dates"].items == "day"
    assert BY_NAME["newsletter.seasons"].kind == "other"
    assert BY_NAME["newsletter.title"].default is None
    assert BY_NAME["sender.mailer"].meaning.startswith("outbox: files to look at.")


def test_what_is_typed_becomes_a_value_of_its_kind() -> None:
    def parse(name: str, text: str) -> object:
        return parse_value(BY_NAME[name], text)

    assert parse("issue.max_posts", " 12 ") == 12
    assert parse("issue.max_posts", "a dozen") == "a dozen", "the loader refuses it"
    assert parse("notices.draft", "false") is False
    assert parse("issue.skip_dates", "2026-12-27, soon") == [dt.date(2026, 12, 27), "soon"]
    assert parse("newsletter.regions", "US, CA,") == ["US", "CA"]
    assert parse("newsletter.location", "[51.05, -114.07]") == [51.05, -114.07]
    assert parse("newsletter.location", "") is None
    assert parse("newsletter.location", "[51.05") == "[51.05"
    assert parse("newsletter.title", "Pine “&” Pace") == "Pine “&” Pace"
