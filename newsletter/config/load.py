"""Read newsletter.toml. An error names the key, its place and the nearest right one."""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect as shapes

from newsletter.config.address import ascii_domain, ascii_mailbox, ascii_url
from newsletter.config.rules import check_settings
from newsletter.config.settings import FILE_NAME, Settings, Weekday
from newsletter.errors import SettingsError

_WEEKDAYS = get_args(Weekday)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def load_settings(folder: Path) -> Settings:
    """Return the settings of the newsletter in `folder`.

    Raise SettingsError if there is no newsletter.toml, or a key is unknown, has a value of
    the wrong type or breaks a rule.
    """
    return parse_settings(read_octets(folder))


def read_octets(folder: Path) -> bytes:
    """Return the bytes of newsletter.toml. Raise SettingsError if it is not there."""
    try:
        return (folder / FILE_NAME).read_bytes()
    except FileNotFoundError:
        raise SettingsError(
            f"There is no newsletter in {folder}: it holds no {FILE_NAME}.",
            cure="Make one with `newsletter init`, or name its folder with --folder.",
        ) from None


def parse_settings(octets: bytes) -> Settings:
    """Return the settings in the bytes of a newsletter.toml. Raise SettingsError."""
    try:
        raw = tomllib.loads(decode_toml(octets))
    except tomllib.TOMLDecodeError as error:
        raise _unreadable_error(error) from error
    _refuse_unknown_keys(raw, Settings, "")
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise wrong_value_error(FILE_NAME, raw, Settings, error) from error
    settings = _with_ascii_domains(settings)
    check_settings(settings)
    return settings


def _unreadable_error(error: tomllib.TOMLDecodeError) -> SettingsError:
    twice = re.search(r"Cannot declare \((.+?),?\) twice \((.+)\)", str(error))
    if twice is None:
        return SettingsError(
            f"{FILE_NAME} cannot be read: {error}.",
            cure="Correct that line; text values stand in double quotes.",
        )
    names = re.findall(r"'([^']*)'", twice[1])
    table = f"[{'.'.join(names)}]"
    return SettingsError(
        f"{FILE_NAME} has {table} twice, the second time {twice[2]}.",
        cure=f"Move what stands there up to the first {table}, and change the lines that it has.",
    )


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
    """Return the settings with the domains of addresses, list, site and desk in ASCII (punycode).

    Raise SettingsError if one has no ASCII form.
    """
    replace = msgspec.structs.replace
    newsletter, mailbox = settings.newsletter, settings.mailbox
    site, desk = settings.site, settings.desk
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
        desk=replace(desk, url=ascii_url(desk.url, f"{FILE_NAME}: [desk] url")),
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


def wrong_value_error(
    file_name: str, raw: dict[str, Any], shape: type[msgspec.Struct], error: msgspec.ValidationError
) -> SettingsError:
    """Return the error for a value that `shape` does not accept, for the blogger who wrote it.

    msgspec appends the place of the value to its message: "… - at `$.feeds[0].url`".
    """
    text, _, tail = str(error).partition(" - at `$")
    place = tail.removesuffix("`")
    if "missing required field" in text:
        name = text.rpartition("field ")[2].strip("`")
        return SettingsError(
            f"{file_name}: {f'{place}.{name}'.lstrip('.')} is missing.",
            cure="It has no default, so write it down.",
        )
    kind, value = _resolve(place, shapes.type_info(shape), raw)
    accepted = _describe(kind)
    verdict = f"is {value!r}" if isinstance(value, str | int | float) else "is not right"
    return SettingsError(
        f"{file_name}: {place.lstrip('.')} {verdict}.",
        cure=f"It takes {accepted}.{_suggest(kind, value)}" if accepted else f"{text}.",
    )


def misplaced_key_hint(shape: type[msgspec.Struct], key: str, where: str) -> str:
    """Return the hint for a key that belongs in another table, "" if it belongs in none."""
    for table in shapes.type_info(shape).fields:  # type: ignore[attr-defined]  # a StructType has fields
        inner = table.type
        keys = [f.encode_name for f in inner.fields] if isinstance(inner, shapes.StructType) else []
        if key in keys and table.encode_name != where:
            return f"It belongs in [{table.encode_name}]."
    return ""


def _resolve(place: str, kind: shapes.Type, value: Any) -> tuple[shapes.Type, Any]:
    """Return the type and the value at a place such as `.feeds[0].url`."""
    for name, index in _STEP.findall(place):
        if name and isinstance(kind, shapes.StructType):
            kind = next(f.type for f in kind.fields if f.encode_name == name)
            value = value.get(name) if isinstance(value, dict) else None
        elif index and isinstance(kind, shapes.VarTupleType):
            kind = kind.item_type
            value = value[int(index)] if isinstance(value, list) else None
    return kind, value


def _describe(kind: shapes.Type) -> str:
    """Return what a value of this type looks like, "" for a type no setting has."""
    match kind:
        case shapes.LiteralType():
            return f"one of {', '.join(_sort_values(kind.values))}"
        case shapes.IntType():
            return f"a whole number without quotes{_bounds(kind)}"
        case shapes.BoolType():
            return "true or false, without quotes"
        case shapes.DateType():
            return "a day such as 2026-12-27"
        case shapes.StrType():
            return "text in double quotes"
        case shapes.VarTupleType():
            return "a list in square brackets"
        case shapes.StructType():
            return "a table of keys"
    return ""


def _sort_values(values: Iterable[object]) -> list[str]:
    """Return the values as msgspec sorts them, but weekdays in the order of the week."""
    words = [str(value) for value in values]
    return sorted(words, key=lambda word: _WEEKDAYS.index(word) if word in _WEEKDAYS else -1)


def _bounds(kind: shapes.IntType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f", from {kind.ge} to {kind.le}"
    return f", {kind.ge} or more" if kind.ge is not None else ""


def _suggest(kind: shapes.Type, value: Any) -> str:
    if not isinstance(kind, shapes.LiteralType) or not isinstance(value, str):
        return ""
    near = difflib.get_close_matches(value.lower(), map(str, kind.values), n=1, cutoff=0.4)
    return f" Did you mean `{near[0]}`?" if near else ""
