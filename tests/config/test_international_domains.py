"""Addresses at international domains: ASCII in the settings, the name as its author wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config.load import load_settings
from newsletter.config.settings import Settings
from newsletter.errors import SettingsError

FILE = """
[newsletter]
title = "Läufer"
from = "{sender}"
reply_to = "jörg@laufen.example"
{more}
[[feeds]]
url = "https://trails.example/feed/"
[mailbox]
address = "leave@läuferblog.de"
path = "/var/mail/leave"
kind = "maildir"
[site]
url = "https://läuferblog.de:8443/brief/über"
"""


def load(
    folder: Path, sender: str, reply_to: str = "jörg@laufen.example", more: str = ""
) -> Settings:
    text = FILE.format(sender=sender, more=more).replace("jörg@laufen.example", reply_to)
    (folder / "newsletter.toml").write_text(text, "utf-8")
    return load_settings(folder)


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("Läufer <post@läuferblog.de>", "Läufer <post@xn--luferblog-v2a.de>"),
        ("post@läuferblog.de", "post@xn--luferblog-v2a.de"),
        ("post@LÄUFERBLOG.de", "post@xn--luferblog-v2a.de"),
        ("post@la\u0308uferblog.de", "post@xn--luferblog-v2a.de"),
        ("post@läuferblog。de", "post@xn--luferblog-v2a.de"),
        ("Straße <post@straße.de>", "Straße <post@xn--strae-oqa.de>"),
        (
            "post@läuferblog.de <post@läuferblog.de>",
            "post@läuferblog.de <post@xn--luferblog-v2a.de>",
        ),
        ("Ada <ada@🏃.example>", "Ada <ada@xn--0l8h.example>"),
        ("Läufer <post@blog.example>", "Läufer <post@blog.example>"),
    ],
)
def test_the_domain_is_used_in_ascii_and_the_name_stays(
    written: str, used: str, tmp_path: Path
) -> None:
    assert load(tmp_path, written, reply_to="").newsletter.from_ == used


def test_every_address_and_the_lists_name_are_used_in_ascii(tmp_path: Path) -> None:
    more = 'author_email = "ich@läuferblog.de"\nlist_id = "brief.läuferblog.de"'
    settings = load(tmp_path, "post@läuferblog.de", "Jörg <joerg@läuferblog.de>", more)
    own = settings.newsletter
    assert own.reply_to == "Jörg <joerg@xn--luferblog-v2a.de>"
    assert own.author_email == "ich@xn--luferblog-v2a.de"
    assert own.list_id == "brief.xn--luferblog-v2a.de"
    assert settings.mailbox.address == "leave@xn--luferblog-v2a.de"
    assert settings.site.url == "https://xn--luferblog-v2a.de:8443/brief/%C3%BCber"


def test_letters_beyond_ascii_before_the_at_are_refused_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"`reply_to` is .*before the @.*Use an address such"):
        load(tmp_path, "post@läuferblog.de")


@pytest.mark.parametrize("domain", ["ä..de", "-bläu-.de", f"{'ä' * 70}.de"])
def test_a_domain_without_an_ascii_form_is_refused_with_a_cure(domain: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"`from` holds the domain .*begins with xn--"):
        load(tmp_path, f"post@{domain}")


@pytest.mark.parametrize("sender", ["post@läufer_blog.de", "a..b@example.com", "post@ex_ample.com"])
def test_an_address_that_no_message_can_name_is_refused_at_once(
    sender: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"`from` is .*holds no e-mail address"):
        load(tmp_path, sender, reply_to="")
