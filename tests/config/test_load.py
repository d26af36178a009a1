"""newsletter.toml is read strictly: each mistake is named with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config.load import load_settings
from newsletter.errors import SettingsError

GOOD = """
[newsletter]
title = "Happy Trails Weekly"
from = "Jane, of the hills <jane@trails.example>"
[[feeds]]
url = "https://trails.example/feed/"
"""


def settings(folder: Path, text: str) -> None:
    (folder / "newsletter.toml").write_text(text, "utf-8")


def test_two_tables_are_enough_and_the_rest_has_defaults(tmp_path: Path) -> None:
    settings(tmp_path, GOOD)
    result = load_settings(tmp_path)
    assert result.issue.approval == "required"
    assert result.issue.max_posts == 8
    assert result.sender.mailer == "outbox"
    assert result.letterhead().sign_off == "Happy Trails and Happy Running,"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('[newsleter]\ntitle = "x"', "Did you mean `newsletter`?"),
        (GOOD.replace("title", "titel"), "Did you mean `title`?"),
        (GOOD + '[issue]\naproval = "auto"', "unknown key `aproval` in [issue]. Did you mean"),
        (GOOD + '[sender.sendgrid]\nhots = "x"', "in [sender.sendgrid]. Did you mean `host`?"),
        (GOOD + '[issue]\nzzz = "x"', "Known here: rhythm, day"),
        (GOOD + '[issue]\napproval = "maybe"', "issue.approval"),
        (GOOD + '[issue]\nmax_posts = "eight"', "issue.max_posts"),
        (GOOD + "[issue]\nmax_posts = 0", "issue.max_posts"),
        (GOOD + "[issue]\nmin_posts = 9", "no issue could ever go out"),
        (GOOD + '[issue]\ntime = "7 am"', 'Write it as "07:00"'),
        (GOOD + "[sender]\nbatch_size = 1001", "sender.batch_size"),
        (GOOD + '[site]\nurl = "news.example.com"', "[site] url is 'news.example.com'"),
        (GOOD + '[site]\nurl = "https://a.example/b?c=d"', "cannot go on after a ? or a #"),
        (GOOD + '[site]\nunsubscribe = "mail"', "site.unsubscribe"),
        (GOOD + '[site]\nunsubscribe = "mailto"', "there is no [mailbox]"),
        (
            GOOD + '[sender]\nmailer = "smtp"\n[site]\nunsubscribe = "sendgrid"',
            "only SendGrid itself can write its links",
        ),
        (GOOD + "[sender.sendgrid]\nunsubscribe_group = -1", "sender.sendgrid.unsubscribe_group"),
        (GOOD + "[sender.sendgrid]\npreferences_groups = [1]", "unsubscribe_group is not"),
        (
            GOOD + "[sender.sendgrid]\nunsubscribe_group = 1\n"
            f"preferences_groups = {list(range(1, 27))}",
            "25 at most",
        ),
        (GOOD.replace("jane@trails.example", "jane"), "`from` is"),
        (GOOD.replace("https://trails", "ftp://trails"), "[[feeds]] url"),
        (GOOD.replace("title", 'timezone = "Edmonton"\ntitle'), "no time zone called 'Edmonton'"),
        (GOOD + '[[feeds]]\nurl = "https://trails.example/feed/"', "names one feed twice"),
        (GOOD.partition("[[feeds]]")[0], "feeds"),
        (GOOD.partition("[[feeds]]")[0].replace("[newsletter]", "feeds = []\n[newsletter]"), "no"),
        ("title = ", "cannot be read"),
        (GOOD + "[issue]\n[issue]\n", "has [issue] twice, the second time at line"),
        (
            GOOD + "[sender.smtp]\n[sender.smtp]\n",
            "Move what stands there up to the first [sender.",
        ),
        (GOOD.replace("https://trails.example", "https://[broken"), "[[feeds]] url"),
    ],
)
def test_each_mistake_is_named(wrong: str, sentence: str, tmp_path: Path) -> None:
    settings(tmp_path, wrong)
    with pytest.raises(SettingsError) as error:
        load_settings(tmp_path)
    assert sentence in str(error.value)
    assert error.value.exit_code == 2


def test_a_folder_without_settings_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="newsletter init"):
        load_settings(tmp_path)


def test_a_file_that_is_no_text_is_reported_as_unreadable(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)
