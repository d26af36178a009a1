"""Read newsletter.toml. An error names the key, its place and the nearest right one."""

from __future__ import annotations

import codecs
import difflib
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from newsletter.config.address import ascii_domain, ascii_mailbox, ascii_url
from newsletter.config.rules import check_settings
from newsletter.config.setting_errors import misplaced_key_hint, wrong_value_error
from newsletter.config.settings import FILE_NAME, Settings
from newsletter.errors import SettingsError


def load_settings(folder: Path) -> Settings:
    """Return the settings of the newsletter in `folder`.

    Raise SettingsError if there is no newsletter.toml, or a key is unknown, has a value of
    the wrong type or breaks a rule.
    """
    try:
        octets = (folder / FILE_NAME).read_bytes()
    except FileNotFoundError:
        raise SettingsError(
            f"There is no newsletter in {folder}: it holds no {FILE_NAME}.",
            cure="Make one with `newsletter init`, or name its folder with --folder.",
        ) from None
    try:
        raw = tomllib.loads(decode_toml(octets))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{FILE_NAME} cannot be read: {error}.",
            cure="Correct that line; text values stand in double quotes.",
        ) from error
    _refuse_unknown_keys(raw, Settings, "")
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise wrong_value_error(FILE_NAME, raw, Settings, error) from error
    settings = _with_ascii_domains(settings)
    check_settings(settings)
    return settings


def decode_toml(octets: bytes) -> str:
    """Return the text of newsletter.toml, without a byte order mark and with LF line ends.

    Raise SettingsError if it is not UTF-8, the only encoding of TOML 1.0.
    """
    # Without a byte order mark, every other byte of a Latin letter in UTF-16 is NUL.
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in octets[:2]:
        raise SettingsError(
            f"{FILE_NAME} cannot be read: it is saved as UTF-16.",
            cure="Save it as UTF-8; editors ask for the encoding under “Save as”.",
        )
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{FILE_NAME} cannot be read: line {line} is not UTF-8 text.",
            cure="Save it as UTF-8; editors ask for the encoding under “Save as”.",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_ascii_domains(settings: Settings) -> Settings:
    """Return the settings with the domains of addresses, list and site in ASCII (punycode).

    Raise SettingsError if one has no ASCII form.
    """
    replace = msgspec.structs.replace
    newsletter, mailbox, site = settings.newsletter, settings.mailbox, settings.site
    smtp, bounces = settings.sender.smtp, settings.mailbox.bounces
    return replace(
        settings,
        newsletter=replace(
            newsletter,
            from_=ascii_mailbox(newsletter.from_, f"{FILE_NAME}: `from`"),
            reply_to=ascii_mailbox(newsletter.reply_to, f"{FILE_NAME}: `reply_to`"),
            author_email=ascii_mailbox(newsletter.author_email, f"{FILE_NAME}: `author_email`"),
            list_id=ascii_domain(newsletter.list_id, f"{FILE_NAME}: `list_id`"),
        ),
        sender=replace(
            settings.sender,
            smtp=replace(
                smtp,
                envelope_from=ascii_mailbox(
                    smtp.envelope_from, f"{FILE_NAME}: [sender.smtp] envelope_from"
                ),
            ),
        ),
        mailbox=replace(
            mailbox,
            address=ascii_mailbox(mailbox.address, f"{FILE_NAME}: [mailbox] address"),
            bounces=replace(
                bounces,
                address=ascii_mailbox(bounces.address, f"{FILE_NAME}: [mailbox.bounces] address"),
            ),
        ),
        site=replace(site, url=ascii_url(site.url, f"{FILE_NAME}: [site] url")),
    )


def _refuse_unknown_keys(table: dict[str, Any], shape: Any, where: str) -> None:
    """Raise SettingsError for a key that `shape` does not have.

    msgspec refuses unknown keys too (`forbid_unknown_fields`), but cannot say which key was
    meant.
    """
    known = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
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
    """Return the struct in a type such as `tuple[FeedSettings, ...]`, None if it has none."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    args = getattr(kind, "__args__", ())
    return next((struct for struct in map(_struct_in, args) if struct), None)
