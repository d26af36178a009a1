"""The keys of newsletter.toml and their defaults. docs/settings.md lists each with its meaning.

A class is a table of the file, a field is a key. `load` refuses unknown keys. Subscribers' topics
are matched with the [[topics]] that the author offers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from newsletter.models import (
    Hemisphere,
    Layout,
    Letterhead,
    PreferencesPlace,
    Rhythm,
    Theme,
    Topic,
    UnsubscribeWay,
)

FILE_NAME = "newsletter.toml"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Month = Annotated[int, Meta(ge=1, le=12)]
_NO_LETTERS = re.compile(r"[\W_]+")


class SeasonDates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First days of the seasons where the author lives, such as "20 March"."""

    spring: str = ""
    summer: str = ""
    fall: str = ""
    winter: str = ""


class NewsletterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    from_: str = field(name="from")
    author: str = ""
    blog: str = ""
    author_email: str = ""
    reply_to: str = ""
    postal_address: str = ""
    language: str = "en"
    timezone: str = "UTC"
    hemisphere: Hemisphere = "north"
    seasons: Literal["months", "sun"] | SeasonDates = "months"
    wet_months: tuple[Month, ...] | None = None
    climate: Literal["", "cold", "temperate", "mild", "hot", "tropical"] = ""
    location: tuple[float, float] | None = None
    regions: tuple[str, ...] = ()
    greetings: bool = True
    voice: Literal["i", "we"] = "i"
    smileys: Literal["text", "emoji", "none"] = "text"
    weather_greetings: bool = False
    salutation: str = ""
    salutation_nameless: str | None = None
    sign_off: str = "Happy Trails and Happy Running,"
    list_id: str = ""


class FeedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class TopicSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic that readers may choose. Without categories and feeds: the posts of no other."""

    name: str
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


class IssueSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rhythm: Rhythm = "weekly"
    day: Weekday = "sunday"
    time: str = "07:00"
    approval: Literal["required", "veto", "auto"] = "required"
    veto_hours: NotNegative = 12
    min_posts: Positive = 1
    max_posts: Positive = 8
    monthly_max_posts: Positive = 40
    layout: Layout = "digest"
    body: Literal["excerpt", "full", "title"] = "excerpt"
    subject: str = ""
    preheader: str = ""
    next_races: NotNegative = 3
    settle_minutes: NotNegative = 60
    late_limit_hours: NotNegative = 48
    skip_dates: tuple[dt.date, ...] = ()
    undo_minutes: Annotated[int, Meta(ge=0, le=60)] = 5


class PaletteSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours by where they are used, as #rrggbb; "" leaves the season's own."""

    page: str = ""
    sheet: str = ""
    ink: str = ""
    soft: str = ""
    rule: str = ""
    accent: str = ""
    button: str = ""
    on_button: str = ""
    sky: str = ""
    on_sky: str = ""
    sun: str = ""
    far: str = ""
    near: str = ""
    on_near: str = ""

    def colours(self) -> tuple[tuple[str, str], ...]:
        """Return the colours that are set, each with its name."""
        colours = ((name, str(getattr(self, name))) for name in self.__struct_fields__)
        return tuple((name, colour) for name, colour in colours if colour)


class ThemeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    light: PaletteSettings = PaletteSettings()
    dark: PaletteSettings = PaletteSettings()
    text_font: str = ""
    heading_font: str = ""
    logo: str = ""
    logo_alt: str = ""
    logo_width: Annotated[int, Meta(ge=16, le=528)] = 160

    def theme(self) -> Theme:
        """Return the theme as the composer takes it."""
        return Theme(
            light=self.light.colours(),
            dark=self.dark.colours(),
            text_font=self.text_font,
            heading_font=self.heading_font,
            logo=self.logo,
            logo_alt=self.logo_alt,
            logo_width=self.logo_width,
        )


class OutboxSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    folder: str = "outbox"


class SendGridSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "https://api.sendgrid.com"
    #: The id of the unsubscribe group that `[site] unsubscribe = "sendgrid"` uses; 0 for none,
    #: and readers then leave all that comes from this account.
    unsubscribe_group: NotNegative = 0
    #: The ids of the groups on SendGrid's preferences page, which messages then lead to.
    preferences_groups: tuple[Positive, ...] = ()


class SmtpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "localhost"
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    envelope_from: str = ""


class SenderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mailer: Literal["outbox", "sendgrid", "smtp"] = "outbox"
    batch_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    rate_per_minute: NotNegative = 0
    give_up_hours: Positive = 48
    on_unknown: Literal["wait", "cancel"] = "wait"
    outbox: OutboxSettings = OutboxSettings()
    sendgrid: SendGridSettings = SendGridSettings()
    smtp: SmtpSettings = SmtpSettings()


class BouncesSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A separate mailbox for bounces. Without any key, they are in `[mailbox]`."""

    address: str = ""
    kind: Literal["imap", "maildir"] = "imap"
    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 993
    username: str = ""
    folder: str = "INBOX"
    path: str = ""
    seconds: Annotated[int, Meta(ge=2, le=600)] = 20


class MailboxSettings(BouncesSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mailbox for unsubscribe requests by mail. Without an address none is read."""

    bounces: BouncesSettings = BouncesSettings()


class SiteSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    #: Whose link unsubscribes: our own site's, SendGrid's, or a letter to `[mailbox]`.
    unsubscribe: UnsubscribeWay = "own"
    trusted_proxies: NotNegative = 0
    #: The IP address that `serve` listens at; "" for the default.
    listen: str = ""
    welcome: bool = True
    sign_ups_per_hour: Positive = 60


class DeskSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    #: The address of a desk behind a web server, "" for one below the site's own address.
    url: str = ""


class ImagesSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: Literal["blog", "site"] = "blog"


class NoticesSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which kinds of notices `author_email` gets."""

    draft: bool = True
    changed: bool = True
    reminder: bool = True
    due: bool = True
    held: bool = True
    stopped: bool = True
    void: bool = True
    passed: bool = True
    feed: bool = True
    posts: bool = True
    failed: bool = True
    waiting: bool = True
    account: bool = True
    timer: bool = True


class ScheduleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    #: An address that each run calls at its end, with `{code}` or `{outcome}` in it.
    ping: str = ""


class DatabaseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = "sqlite:///newsletter.db"
    #: Months after which it is forgotten who got an issue; 0 keeps it for ever.
    keep_deliveries_months: Annotated[int, Meta(ge=0, le=1200)] = 24


class FetchSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    allow_private_addresses: bool = False


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    newsletter: NewsletterSettings
    feeds: tuple[FeedSettings, ...]
    topics: tuple[TopicSettings, ...] = ()
    issue: IssueSettings = IssueSettings()
    notices: NoticesSettings = NoticesSettings()
    theme: ThemeSettings = ThemeSettings()
    sender: SenderSettings = SenderSettings()
    mailbox: MailboxSettings = MailboxSettings()
    site: SiteSettings = SiteSettings()
    desk: DeskSettings = DeskSettings()
    images: ImagesSettings = ImagesSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    database: DatabaseSettings = DatabaseSettings()
    fetch: FetchSettings = FetchSettings()

    @property
    def has_bounces_mailbox(self) -> bool:
        """Whether bounces have a mailbox of their own."""
        return self.mailbox.bounces != BouncesSettings()

    def offered_topics(self) -> tuple[Topic, ...]:
        """Return the topics that readers may choose, in the author's order."""
        return tuple(
            Topic(name=topic.name, categories=topic.categories, feeds=topic.feeds)
            for topic in self.topics
        )

    def letterhead(self) -> Letterhead:
        """Return the settings that a reader sees in every issue."""
        newsletter = self.newsletter
        return Letterhead(
            title=newsletter.title,
            author=newsletter.author,
            blog=newsletter.blog,
            postal_address=newsletter.postal_address,
            sign_off=newsletter.sign_off,
            salutation=newsletter.salutation,
            salutation_nameless=newsletter.salutation_nameless,
            language=newsletter.language,
            timezone=newsletter.timezone,
            body="full" if self.issue.layout == "full" else self.issue.body,
            layout=self.issue.layout,
            theme=self.theme.theme(),
            site=self.site.url.rstrip("/"),
            unsubscribe=self.site.unsubscribe,
            preferences=self.preferences_place,
        )

    @property
    def preferences_place(self) -> PreferencesPlace:
        """Where readers choose what they get, "" if there is no such page."""
        if self.site.url or self.site.unsubscribe == "own":
            return "site"
        shown = self.site.unsubscribe == "sendgrid" and self.sender.sendgrid.preferences_groups
        return "sendgrid" if shown else ""


def slug(name: str) -> str:
    """Return a topic's name as one word. "Race reports" and "race-reports" are the same."""
    return _NO_LETTERS.sub("-", name.casefold()).strip("-")


def chosen_topics(labels: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """Return the names of the `offered` topics that a subscriber's labels mean, in order."""
    words = {slug(label) for label in labels}
    return tuple(topic.name for topic in offered if slug(topic.name) in words)


def unknown_topics(labels: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """Return a subscriber's labels that mean none of the `offered` topics."""
    words = {slug(topic.name) for topic in offered}
    return tuple(label for label in labels if slug(label) not in words)
