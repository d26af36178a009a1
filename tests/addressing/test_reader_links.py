"""A message holds the links of the way it was made with, or does not go out."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter import merge
from newsletter.addressing.envelope import recipients, sample_recipient
from newsletter.addressing.reader_links import require_working_links
from newsletter.config.secrets import Secrets
from newsletter.config.settings import (
    FeedSettings,
    MailboxSettings,
    NewsletterSettings,
    SenderSettings,
    SendGridSettings,
    Settings,
    SiteSettings,
)
from newsletter.context import NewsletterConfig
from newsletter.errors import MailerError
from newsletter.models import Edition

SECRETS = Secrets(signing=("made-up-for-tests",))
SITE = SiteSettings(url="https://news.example.com")
LETTERS = MailboxSettings(address="leave@example.com")
SENDGRID = SenderSettings(mailer="sendgrid", sendgrid=SendGridSettings(unsubscribe_group=7))
SMTP = SenderSettings(mailer="smtp")


def edition(*names: str) -> Edition:
    text = " ".join(merge.tag("abcdef0123", name) for name in names)
    return Edition(
        key="north",
        hemisphere="north",
        issue=3,
        subject="S",
        preheader="",
        html=text,
        text=text,
        mjml="",
        nonce="abcdef0123",
        content_hash="",
    )


def settings(
    *,
    site: SiteSettings = SiteSettings(),  # noqa: B008  # frozen
    mailbox: MailboxSettings = MailboxSettings(),  # noqa: B008  # frozen
    sender: SenderSettings = SMTP,
) -> Settings:
    return Settings(
        newsletter=NewsletterSettings(title="T", from_="news@example.com"),
        feeds=(FeedSettings(url="https://blog.example.com/feed/"),),
        site=site,
        mailbox=mailbox,
        sender=sender,
    )


def config(values: Settings) -> NewsletterConfig:
    return NewsletterConfig(
        folder=Path("nowhere"), settings=values, site_url=values.site.url, merge_key=""
    )


@pytest.mark.parametrize(
    ("names", "values", "fields"),
    [
        (
            ("unsubscribe_url", "preferences_url"),
            settings(site=SITE, mailbox=LETTERS),
            {"unsubscribe_url", "preferences_url", "unsubscribe_mailto"},
        ),
        (("unsubscribe_url",), settings(site=SITE), {"unsubscribe_url"}),
        (("unsubscribe_mailto",), settings(site=SITE, mailbox=LETTERS), {"unsubscribe_mailto"}),
        (("sendgrid_unsubscribe",), settings(mailbox=LETTERS), {"sendgrid_unsubscribe"}),
        ((), settings(site=SITE), {"unsubscribe_url"}),
    ],
)
def test_a_reader_gets_the_links_of_the_edition_whatever_the_settings_say(
    names: tuple[str, ...], values: Settings, fields: set[str]
) -> None:
    made_of = edition(*names, "address")
    some = recipients(
        config(values), SECRETS, [(1, "a@example.org")], {1: "x"}, {}, edition=made_of
    )
    sample = sample_recipient(config(values), "a@example.org", edition=made_of)

    for reader in (some[0], sample):
        assert {name for name, _ in reader.fields} - {"address", "salutation"} == fields


@pytest.mark.parametrize(
    ("names", "values", "words"),
    [
        (("unsubscribe_url",), settings(), "links to your site"),
        (("unsubscribe_mailto", "preferences_url"), settings(mailbox=LETTERS), "your site"),
        (("unsubscribe_mailto",), settings(site=SITE), "requests to unsubscribe by mail"),
        (("sendgrid_unsubscribe",), settings(site=SITE), "SendGrid's unsubscribe link"),
        (
            ("sendgrid_unsubscribe", "sendgrid_preferences"),
            settings(sender=SenderSettings(mailer="sendgrid")),
            "SendGrid's preferences page",
        ),
    ],
)
def test_an_edition_whose_links_lead_nowhere_any_more_is_not_delivered(
    names: tuple[str, ...], values: Settings, words: str
) -> None:
    with pytest.raises(MailerError, match=words) as error:
        require_working_links(values, (edition(*names),))
    assert "newsletter cancel 3" in error.value.cure


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("unsubscribe_url", "preferences_url"), settings(site=SITE)),
        (("unsubscribe_mailto",), settings(mailbox=LETTERS)),
        (("sendgrid_unsubscribe", "sendgrid_preferences"), settings(sender=SENDGRID)),
        (("unsubscribe_url", "sendgrid_unsubscribe"), settings(sender=SenderSettings())),
    ],
)
def test_what_works_is_delivered_and_an_outbox_takes_all(
    names: tuple[str, ...], values: Settings
) -> None:
    assert not is_refused(values, edition(*names))
    assert is_refused(settings(sender=SENDGRID), edition("unsubscribe_url"))


def is_refused(values: Settings, of: Edition) -> bool:
    try:
        require_working_links(values, (of,))
    except MailerError:
        return True
    return False
