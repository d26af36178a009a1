"""Rules for the values in newsletter.toml that their types cannot express."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter.config.address import bare_address, is_address
from newsletter.config.season_dates import first_days
from newsletter.config.settings import (
    FILE_NAME,
    BouncesSettings,
    IssueSettings,
    MailboxSettings,
    NewsletterSettings,
    Settings,
    ThemeSettings,
    slug,
)
from newsletter.errors import SettingsError

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONTS = re.compile(r"[A-Za-z0-9 ,'-]*")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PRINTABLE_ASCII = re.compile(r"[ -~]*")
# An address that a mailto: URL can hold as it is (RFC 6068): no quotes, no spaces, no %.
_MAILTO_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
# A local part has 64 octets at most (RFC 5321, 4.5.3.1.1); a return path adds 41 to it.
_MAX_ENVELOPE_LOCAL_PART = 23
# Subscribers' topics are stored between commas, and imports separate them by semicolons too.
_TOPIC_SEPARATORS = re.compile(r"[,;\"\x00-\x1f\x7f]")
_MAX_TOPIC_NAME = 60
# SendGrid shows no more groups on its preferences page.
_MAX_GROUPS = 25
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def check_settings(settings: Settings) -> None:
    """Raise SettingsError for the first value that breaks a rule."""
    _check_feeds(settings)
    _check_newsletter(settings.newsletter)
    _check_issue(settings.issue)
    _check_veto(settings)
    _check_topics(settings)
    _check_salutation(settings.newsletter.salutation)
    _check_theme(settings.theme)
    _check_mailbox(settings.mailbox)
    _check_bounces(settings)
    if settings.schedule.ping:
        _check_url("[schedule] ping", settings.schedule.ping, ("https", "http"))
    if settings.site.url:
        _check_site_url(settings.site.url)
    _check_unsubscribe(settings)
    if settings.desk.url:
        _check_desk_url(settings.desk.url)


def _check_feeds(settings: Settings) -> None:
    if not settings.feeds:
        raise SettingsError(f"{FILE_NAME} names no feed.", cure="Add a [[feeds]] with a url.")
    for feed in settings.feeds:
        _check_url("[[feeds]] url", feed.url, ("http", "https"))
    if len({feed.url for feed in settings.feeds}) < len(settings.feeds):
        raise SettingsError(f"{FILE_NAME} names one feed twice.", cure="Remove one of the two.")


def _check_newsletter(own: NewsletterSettings) -> None:
    _check_address("from", own.from_, required=True)
    _check_address("reply_to", own.reply_to)
    _check_address("author_email", own.author_email)
    try:
        ZoneInfo(own.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f"{FILE_NAME}: there is no time zone called {own.timezone!r}.",
            cure='Use a name such as "America/Edmonton" or "Europe/London".',
        ) from None
    first_days(own)
    if own.location is not None:
        latitude, longitude = own.location
        if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004  # degrees of the globe
            raise SettingsError(
                f"{FILE_NAME}: location is {list(own.location)}, which is nowhere on earth.",
                cure="Write latitude and longitude, such as location = [51.05, -114.07].",
            )
    for region in own.regions:
        if not _COUNTRY.fullmatch(region):
            raise SettingsError(
                f"{FILE_NAME}: regions holds {region!r}, which is no country's two letters.",
                cure='Write it like regions = ["US"].',
            )


def _check_issue(issue: IssueSettings) -> None:
    if not _TIME.fullmatch(issue.time):
        raise SettingsError(
            f"{FILE_NAME}: [issue] time is {issue.time!r}.", cure='Write it as "07:00".'
        )
    if issue.min_posts > issue.max_posts:
        raise SettingsError(
            f"{FILE_NAME}: min_posts ({issue.min_posts}) is more than max_posts "
            f"({issue.max_posts}), so no issue could ever go out.",
            cure="Lower min_posts.",
        )


def _check_veto(settings: Settings) -> None:
    """Raise SettingsError if the author gets no notice of an issue that a veto could stop."""
    if settings.issue.approval != "veto":
        return
    if not settings.newsletter.author_email:
        raise SettingsError(
            f'{FILE_NAME}: approval = "veto" needs author_email: the issue goes out some hours '
            "after you were told of it, and nobody would be told.",
            cure='Write author_email = "you@example.com" under [newsletter], or set '
            'approval = "required".',
        )
    if not settings.notices.draft:
        raise SettingsError(
            f'{FILE_NAME}: [notices] draft is false, but approval = "veto" begins to count its '
            "hours when you are told of the draft.",
            cure='Take the line out, or set approval = "required".',
        )


def _check_topics(settings: Settings) -> None:
    """Check that readers can choose each topic and tell it from the others."""
    names: dict[str, str] = {}
    catch_all = ""
    feeds = {feed.url for feed in settings.feeds}
    for topic in settings.topics:
        _check_topic_name(topic.name, names)
        names[slug(topic.name)] = topic.name
        for url in topic.feeds:
            if url not in feeds:
                raise SettingsError(
                    f"{FILE_NAME}: the topic {topic.name!r} names the feed {url!r}, which no "
                    "[[feeds]] reads.",
                    cure="Write its address as it stands there.",
                )
        if not topic.categories and not topic.feeds:
            if catch_all:
                raise SettingsError(
                    f"{FILE_NAME}: the topics {catch_all!r} and {topic.name!r} have neither "
                    "categories nor feeds; only one can stand for all other posts.",
                    cure="Give one of them categories.",
                )
            catch_all = topic.name


def _check_topic_name(name: str, names: dict[str, str]) -> None:
    word = slug(name)
    if not word or _TOPIC_SEPARATORS.search(name) or len(name) > _MAX_TOPIC_NAME:
        raise SettingsError(
            f"{FILE_NAME}: a topic is called {name!r}, which readers could not choose.",
            cure=f"Give it letters, {_MAX_TOPIC_NAME} at most, without commas, semicolons or "
            "quotes.",
        )
    if word in names:
        raise SettingsError(
            f"{FILE_NAME}: the topics {names[word]!r} and {name!r} have the same name.",
            cure="Call one of them something else.",
        )


def _check_salutation(text: str) -> None:
    if text and "{name}" not in text:
        raise SettingsError(
            f"{FILE_NAME}: `salutation` is {text!r}, which names nobody.",
            cure='Write {name} where the first name goes: "Hello {name},".',
        )


def _check_theme(theme: ThemeSettings) -> None:
    """Check the form of the values. The composer checks whether colours can be read."""
    if theme.logo:
        _check_url("[theme] logo", theme.logo, ("https",))
    for mode, palette in (("light", theme.light), ("dark", theme.dark)):
        for name, colour in palette.colours():
            if not _COLOUR.fullmatch(colour):
                raise SettingsError(
                    f"{FILE_NAME}: [theme.{mode}] {name} is {colour!r}, which is not a colour.",
                    cure='Write it as "#9a3f12".',
                )
    for name, fonts in (("text_font", theme.text_font), ("heading_font", theme.heading_font)):
        if not _FONTS.fullmatch(fonts):
            raise SettingsError(
                f"{FILE_NAME}: [theme] {name} is {fonts!r}, which is no list of fonts.",
                cure="Write font names with commas between them, such as Verdana, sans-serif.",
            )


def _check_mailbox(mailbox: MailboxSettings) -> None:
    """Check that the mailbox can be read and that its address leads to it."""
    if mailbox == MailboxSettings(bounces=mailbox.bounces):
        return
    if not _MAILTO_ADDRESS.fullmatch(mailbox.address):
        value = f"address is {mailbox.address!r}" if mailbox.address else "has no address"
        raise SettingsError(
            f"{FILE_NAME}: [mailbox] {value}, so no request to unsubscribe could reach it.",
            cure='Write it like address = "leave@example.com": letters, digits and ._+- only.',
        )
    _check_access("[mailbox]", mailbox, example_path="/var/mail/leave")


def _check_bounces(settings: Settings) -> None:
    """Check that bounces have a separate address and a mailbox that is read."""
    envelope_from, mailbox = settings.sender.smtp.envelope_from, settings.mailbox
    if not envelope_from:
        if settings.has_bounces_mailbox:
            raise SettingsError(
                f"{FILE_NAME}: [mailbox.bounces] is there, but no bounce would come to it.",
                cure='Write its address under [sender.smtp]: envelope_from = "bounce@example.com".',
            )
        return
    local = envelope_from.partition("@")[0]
    if not _MAILTO_ADDRESS.fullmatch(envelope_from) or len(local) > _MAX_ENVELOPE_LOCAL_PART:
        raise SettingsError(
            f"{FILE_NAME}: [sender.smtp] envelope_from is {envelope_from!r}, to which no bounce "
            "could come back.",
            cure='Write it like envelope_from = "bounce@example.com": letters, digits and ._+- '
            f"only, {_MAX_ENVELOPE_LOCAL_PART} at most before the @.",
        )
    if settings.has_bounces_mailbox:
        _check_access("[mailbox.bounces]", mailbox.bounces, example_path="/var/mail/bounce")
    elif not mailbox.address:
        raise SettingsError(
            f"{FILE_NAME}: [sender.smtp] envelope_from is {envelope_from!r}, but there is no "
            "mailbox to read bounces from.",
            cure="Write a [mailbox.bounces] with the mailbox behind that address, or let its mail "
            "come to the [mailbox] that takes requests to unsubscribe; docs/bounces.md shows both.",
        )


def _check_access(table: str, mailbox: BouncesSettings, *, example_path: str) -> None:
    """Check that a mailbox can be opened: its server or its folder, in ASCII."""
    required = "host" if mailbox.kind == "imap" else "path"
    if not getattr(mailbox, required).strip():
        example = {"host": "imap.example.com", "path": example_path}[required]
        raise SettingsError(
            f"{FILE_NAME}: {table} kind is {mailbox.kind!r}, but there is no {required}.",
            cure=f'Write it like {required} = "{example}".',
        )
    for name in ("address", "host", "username", "folder"):
        if not _PRINTABLE_ASCII.fullmatch(getattr(mailbox, name)):
            raise SettingsError(
                f"{FILE_NAME}: {table} {name} is {getattr(mailbox, name)!r}, which holds more "
                "than plain letters.",
                cure="Write it as the mail server spells it, in ASCII.",
            )
    if not mailbox.folder:
        raise SettingsError(
            f"{FILE_NAME}: {table} folder is empty.", cure='Most mailboxes have an "INBOX".'
        )


def _check_url(key: str, url: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise SettingsError(
            f"{FILE_NAME}: {key} is {url!r}, which is not a web address.",
            cure="It starts with https://",
        )


def _check_site_url(url: str) -> None:
    _check_url("[site] url", url, ("https", "http"))
    if urlsplit(url).query or urlsplit(url).fragment:
        raise SettingsError(
            f"{FILE_NAME}: [site] url is {url!r}, but links cannot go on after a ? or a #.",
            cure="Write it like https://example.com or https://example.com/letter.",
        )


def _check_unsubscribe(settings: Settings) -> None:
    """Check that what `[site] unsubscribe` says can be done by the mailer and the mailbox."""
    way, groups = settings.site.unsubscribe, settings.sender.sendgrid
    if way == "sendgrid" and settings.sender.mailer == "smtp":
        raise SettingsError(
            f'{FILE_NAME}: [site] unsubscribe is "sendgrid", but mailer is "smtp": only SendGrid '
            "itself can write its links into a message.",
            cure='Set mailer = "sendgrid" under [sender], or unsubscribe = "own" or "mailto".',
        )
    if way == "mailto" and not settings.mailbox.address:
        raise SettingsError(
            f'{FILE_NAME}: [site] unsubscribe is "mailto", but there is no [mailbox] that '
            "requests to unsubscribe could come to.",
            cure="Write a [mailbox] with its address and how to read it; "
            "docs/without-a-server.md shows one.",
        )
    if groups.preferences_groups and not groups.unsubscribe_group:
        raise SettingsError(
            f"{FILE_NAME}: [sender.sendgrid] preferences_groups is set, but unsubscribe_group is "
            "not: SendGrid has a preferences page for groups only.",
            cure="Write the id of this newsletter's own group as unsubscribe_group.",
        )
    if len(groups.preferences_groups) > _MAX_GROUPS:
        raise SettingsError(
            f"{FILE_NAME}: [sender.sendgrid] preferences_groups names "
            f"{len(groups.preferences_groups)} groups; SendGrid shows {_MAX_GROUPS} at most.",
            cure="Take some out.",
        )


def _check_desk_url(url: str) -> None:
    _check_url("[desk] url", url, ("https", "http"))
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None:
        raise SettingsError(
            f"{FILE_NAME}: [desk] url is {url!r}, which is more than a host and a path.",
            cure="Write it like https://desk.example.com or https://news.example.com/desk.",
        )
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        raise SettingsError(
            f"{FILE_NAME}: [desk] url is {url!r}, so your password would cross the network for "
            "all to read.",
            cure="Let your web server speak HTTPS, and write https:// here; docs/server.md shows "
            "how.",
        )


def _check_address(key: str, text: str, *, required: bool = False) -> None:
    if not text and not required:
        return
    if not is_address(bare_address(text)):
        raise SettingsError(
            f"{FILE_NAME}: `{key}` is {text!r}, which holds no e-mail address.",
            cure='Write it as "Happy Trails <news@example.com>".',
        )
