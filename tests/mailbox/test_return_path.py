"""Return paths: one address for each delivery, and the settings that they need."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config.load import load_settings
from newsletter.config.settings import Settings
from newsletter.errors import SettingsError
from newsletter.mailbox.token_addresses import MAX_LOCAL_PART, verp_address
from subscribers.tokens import sign_return_path

TOKEN = sign_return_path("_" * 16, 2**24 - 1, ("made-up-for-tests",))
LONGEST = f"{'b' * 23}@example.com"
SETTINGS = """
[newsletter]
title = "Pine & Pace"
from = "Pine & Pace <news@example.com>"
[[feeds]]
url = "https://blog.example.com/feed/"
"""
MAILBOX = '[mailbox]\naddress = "leave@example.com"\nhost = "imap.example.com"\n'
BOUNCES = '[mailbox.bounces]\nhost = "imap.example.com"\n'


def check_settings(folder: Path, envelope_from: str, tables: str) -> Settings:
    key = f'[sender.smtp]\nenvelope_from = "{envelope_from}"\n' if envelope_from else ""
    (folder / "newsletter.toml").write_text(SETTINGS + key + tables, "utf-8")
    return load_settings(folder)


def test_a_return_path_is_the_mailbox_with_the_token_behind_a_plus() -> None:
    assert verp_address("bounce@example.com", "abc234") == "bounce+abc234@example.com"
    assert verp_address("news+back@example.com", "abc234") == "news+back+abc234@example.com"


def test_the_longest_return_path_fits_a_local_part(tmp_path: Path) -> None:
    assert len(verp_address(LONGEST, TOKEN).partition("@")[0]) == MAX_LOCAL_PART
    check_settings(tmp_path, LONGEST, MAILBOX)


def test_an_international_domain_is_used_in_its_ascii_form(tmp_path: Path) -> None:
    settings = check_settings(tmp_path, "bounce@läufer.example", MAILBOX)
    assert settings.sender.smtp.envelope_from == "bounce@xn--lufer-gra.example"


@pytest.mark.parametrize("tables", [MAILBOX, BOUNCES, MAILBOX + BOUNCES])
def test_bounces_come_to_either_mailbox(tmp_path: Path, tables: str) -> None:
    check_settings(tmp_path, "bounce@example.com", tables)


@pytest.mark.parametrize(
    ("envelope_from", "tables", "problem"),
    [
        ("bounce@example.com", "", "no mailbox to read bounces from"),
        ("", BOUNCES, "no bounce would come to it"),
        ("bounce", MAILBOX, "no bounce could come back"),
        ("Bounces <bounce@example.com>", MAILBOX, "no bounce could come back"),
        ("bäunce@example.com", MAILBOX, "before the @ it holds more than plain letters"),
        (f"b{LONGEST}", MAILBOX, "no bounce could come back"),
        ("bounce@example.com", '[mailbox.bounces]\nkind = "maildir"\n', "there is no path"),
        ("bounce@example.com", '[mailbox.bounces]\nusername = "bounce"\n', "there is no host"),
        ("bounce@example.com", BOUNCES + 'folder = ""\n', "[mailbox.bounces] folder is empty"),
        ("bounce@example.com", BOUNCES + 'user = "bounce"\n', "unknown key `user` in [mailbox.b"),
    ],
)
def test_a_setting_that_would_lose_bounces_is_refused(
    tmp_path: Path, envelope_from: str, tables: str, problem: str
) -> None:
    with pytest.raises(SettingsError) as error:
        check_settings(tmp_path, envelope_from, tables)
    assert problem in str(error.value)
