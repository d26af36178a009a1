"""Reads newsletter.toml and says in one sentence what is wrong with it."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from newsletter.config.mailbox import address_domain, bare_address
from newsletter.config.mailbox_rules import check_mailbox
from newsletter.config.setting_errors import misplaced_key_hint, wrong_value_error
from newsletter.config.settings import Settings, ThemeSettings
from newsletter.config.topics import check_topics
from newsletter.errors import SettingsError

FILE_NAME = "newsletter.toml"
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONTS = re.compile(r"[A-Za-z0-9 ,'-]*")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def load_settings(folder: Path) -> Settings:
    """The settings of the newsletter folder.

    Raises SettingsError when there is no newsletter.toml, or a key is unknown,
    mistyped or out of range; the sentence names the key and the nearest right one.
    """
    path = folder / FILE_NAME
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"There is no newsletter in {folder}: it holds no {FILE_NAME}.",
            cure="Make one with `newsletter init`, or name its folder with --folder.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{FILE_NAME} cannot be read: {error}.",
            cure="Mend that line; text values stand in double quotes.",
        ) from error
    _refuse_unknown_keys(raw, Settings, "")
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise wrong_value_error(FILE_NAME, raw, Settings, error) from error
    _check_values(settings)
    return settings


def _refuse_unknown_keys(table: dict[str, Any], shape: Any, where: str) -> None:
    """Msgspec stops at an unknown key too, but cannot say which one was meant."""
    known = {entry.encode_name: entry.type for entry in msgspec.structs.fields(shape)}
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
            hint = misplaced_key_hint(Settings, key, where) or hint
            place = f"in [{where}]" if where else "at its top"
            raise SettingsError(f"{FILE_NAME} has an unknown key `{key}` {place}.", cure=hint)
        inner = _struct_in(known[key])
        if inner is None:
            continue
        name = f"{where}.{key}" if where else key
        tables = value if isinstance(value, list) else [value]
        for entry in tables:
            if isinstance(entry, dict):
                _refuse_unknown_keys(entry, inner, name)


def _struct_in(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    args = getattr(kind, "__args__", ())
    return next((found for found in map(_struct_in, args) if found), None)


def _check_values(settings: Settings) -> None:
    own, issue = settings.newsletter, settings.issue
    if not settings.feeds:
        raise SettingsError(f"{FILE_NAME} names no feed.", cure="Add a [[feeds]] with a url.")
    for feed in settings.feeds:
        _web_address("[[feeds]] url", feed.url, ("http", "https"))
    if len({feed.url for feed in settings.feeds}) < len(settings.feeds):
        raise SettingsError(f"{FILE_NAME} names one feed twice.", cure="Remove one of the two.")
    _mail_address("from", own.from_, needed=True)
    _mail_address("reply_to", own.reply_to)
    _mail_address("author_email", own.author_email)
    try:
        ZoneInfo(own.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f"{FILE_NAME}: there is no time zone called {own.timezone!r}.",
            cure='Use a name such as "America/Edmonton" or "Europe/London".',
        ) from None
    for region in own.regions:
        if not _COUNTRY.fullmatch(region):
            raise SettingsError(
                f"{FILE_NAME}: regions holds {region!r}, which is no country's two letters.",
                cure='Write it like regions = ["US"].',
            )
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
    check_topics(settings, FILE_NAME)
    _check_salutation(own.salutation)
    _check_theme(settings.theme)
    check_mailbox(settings.mailbox, FILE_NAME)
    if settings.site.url:
        _web_address("[site] url", settings.site.url, ("https", "http"))


def _check_salutation(text: str) -> None:
    if text and "{name}" not in text:
        raise SettingsError(
            f"{FILE_NAME}: `salutation` is {text!r}, which names nobody.",
            cure='Write {name} where the first name goes: "Hello {name},".',
        )


def _check_theme(theme: ThemeSettings) -> None:
    """The words' shape alone; whether colours can be read is the composer's to say."""
    if theme.logo:
        _web_address("[theme] logo", theme.logo, ("https",))
    for mode, palette in (("light", theme.light), ("dark", theme.dark)):
        for name, colour in palette.chosen():
            if not _COLOUR.fullmatch(colour):
                raise SettingsError(
                    f"{FILE_NAME}: [theme.{mode}] {name} is {colour!r}, which is no colour.",
                    cure='Write it as "#9a3f12".',
                )
    for name, fonts in (("text_font", theme.text_font), ("heading_font", theme.heading_font)):
        if not _FONTS.fullmatch(fonts):
            raise SettingsError(
                f"{FILE_NAME}: [theme] {name} is {fonts!r}, which is no list of fonts.",
                cure="Write font names with commas between them, such as Verdana, sans-serif.",
            )


def _web_address(key: str, url: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            f"{FILE_NAME}: {key} is {url!r}, which is not a web address.",
            cure="It starts with https://",
        )


def _mail_address(key: str, text: str, *, needed: bool = False) -> None:
    if not text and not needed:
        return
    if "." not in address_domain(text) or re.search(r"[\s\0]", bare_address(text)):
        raise SettingsError(
            f"{FILE_NAME}: `{key}` is {text!r}, which holds no e-mail address.",
            cure='Write it as "Happy Trails <news@example.com>".',
        )
