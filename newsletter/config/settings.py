"""What newsletter.toml may say, with the defaults. contract.md lists each key."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from newsletter.models import Hemisphere, Letterhead, Rhythm

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Month = Annotated[int, Meta(ge=1, le=12)]


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
    wet_months: tuple[Month, ...] = (11, 12, 1, 2, 3, 4)
    regions: tuple[str, ...] = ()
    weather_greetings: bool = False
    sign_off: str = "Happy Trails and Happy Running,"
    list_id: str = ""


class FeedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class IssueSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rhythm: Rhythm = "weekly"
    day: Weekday = "sunday"
    time: str = "07:00"
    approval: Literal["required", "veto", "auto"] = "required"
    veto_hours: NotNegative = 12
    min_posts: Positive = 1
    max_posts: Positive = 8
    body: Literal["excerpt", "full", "title"] = "excerpt"
    subject: str = ""
    preheader: str = ""
    next_races: NotNegative = 3
    settle_minutes: NotNegative = 60
    late_limit_hours: NotNegative = 48
    skip_dates: tuple[dt.date, ...] = ()


class OutboxSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    folder: str = "outbox"


class SendGridSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "https://api.sendgrid.com"


class SmtpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "localhost"
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""


class SenderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mailer: Literal["outbox", "sendgrid", "smtp"] = "outbox"
    batch_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    rate_per_minute: NotNegative = 0
    on_unknown: Literal["wait", "cancel"] = "wait"
    outbox: OutboxSettings = OutboxSettings()
    sendgrid: SendGridSettings = SendGridSettings()
    smtp: SmtpSettings = SmtpSettings()


class SiteSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    trusted_proxies: NotNegative = 0


class DatabaseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = "sqlite:///newsletter.db"


class FetchSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    allow_private_addresses: bool = False


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of newsletter.toml."""

    newsletter: NewsletterSettings
    feeds: tuple[FeedSettings, ...]
    issue: IssueSettings = IssueSettings()
    sender: SenderSettings = SenderSettings()
    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    fetch: FetchSettings = FetchSettings()

    def letterhead(self) -> Letterhead:
        """What a reader sees of these settings in every issue."""
        own = self.newsletter
        return Letterhead(
            title=own.title,
            author=own.author,
            blog=own.blog,
            postal_address=own.postal_address,
            sign_off=own.sign_off,
            language=own.language,
            timezone=own.timezone,
            body=self.issue.body,
        )
