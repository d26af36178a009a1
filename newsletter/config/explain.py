"""What each setting means, which values it takes, and which it has without a word. Pure.

The words are the comments of `templates/starter/newsletter.toml`, the values those of `settings`:
neither is said twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect as shapes

from newsletter.config.settings import Settings

#: flag: true or false. list: words between commas. other: as TOML has it.
SettingKind = Literal["choice", "flag", "number", "text", "list", "other"]
_TABLE = re.compile(r"^(?:# )?\[\[?([a-z.]+)\]\]?(?:\s*# (.*))?$")
_KEY = re.compile(r"^(?:# )?(?:([a-z_]+) = .*?|\$([a-z_]+))(?:\s{2,}# (.*))?$")
_MORE = re.compile(r"^\s{10,}# (.*)$")
# A comment of one line for several keys of a table reads as its key's own.
_FALLBACKS = {"mailbox.bounces": "mailbox", "theme.dark": "theme.light"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A key of newsletter.toml."""

    #: The table that it is in, such as `sender.smtp`.
    table: str
    key: str
    kind: SettingKind
    #: What it means, "" if its name says it.
    meaning: str
    #: Its value where the file says nothing; None for one that must be said.
    default: Any
    #: The values of a choice.
    choices: tuple[str, ...] = ()
    #: What the words of a list are.
    items: Literal["text", "number", "day"] = "text"

    @property
    def name(self) -> str:
        """The table and the key, as an error names them."""
        return f"{self.table}.{self.key}"


@cache
def explain_settings(starter: str) -> tuple[Setting, ...]:
    """Return every setting of a plain table, in the order of `Settings`.

    `starter` is the text of the starter file. Feeds and topics, which are lists of tables, are not
    among them.
    """
    return tuple(explain_table("", Settings, read_comments(starter)))


@cache
def explain_tables(starter: str) -> Mapping[str, str]:
    """Return what each table is about, where the starter file says so."""
    return {
        name.strip("[]"): _as_sentence(words)
        for name, words in read_comments(starter).items()
        if name.endswith("]") and words
    }


def read_comments(text: str) -> dict[str, str]:
    """Return the comments of a file by `table.key`, and of tables by `[table]`.

    A key that is commented out counts, and so does a comment that goes on in the next lines.
    """
    comments: dict[str, str] = {}
    table = current = ""
    for line in text.splitlines():
        if more := _MORE.match(line):
            comments[current] = f"{comments.get(current, '')} {more[1]}".strip()
        elif heading := _TABLE.match(line):
            table, current = heading[1], f"[{heading[1]}]"
            comments[current] = heading[2] or ""
        elif key := _KEY.match(line):
            current = f"{table}.{key[1] or key[2]}"
            comments[current] = key[3] or ""
    return comments


def explain_table(
    table: str, shape: type[msgspec.Struct], comments: Mapping[str, str]
) -> Iterator[Setting]:
    """Yield the settings of a table and of those inside it; `comments` are by `table.key`."""
    kinds = {field.name: field.type for field in shapes.type_info(shape).fields}  # type: ignore[attr-defined]  # a StructType has fields
    # Tables of a table come last, as in the file.
    inner: list[tuple[str, type[msgspec.Struct]]] = []
    for field in msgspec.structs.fields(shape):
        name = f"{table}.{field.encode_name}".lstrip(".")
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            inner.append((name, field.type))
            continue
        if not table:
            continue
        kind, choices, items = _kind_of(kinds[field.name])
        meaning = comments.get(name, "")
        if not meaning and table in _FALLBACKS:
            meaning = comments.get(f"{_FALLBACKS[table]}.{field.encode_name}", "")
        yield Setting(
            table=table,
            key=field.encode_name,
            kind=kind,
            meaning=_as_sentence(meaning),
            default=None if field.default is msgspec.NODEFAULT else field.default,
            choices=choices,
            items=items,
        )
    for name, struct in inner:
        yield from explain_table(name, struct, comments)


def _as_sentence(words: str) -> str:
    # A value that is explained, such as `outbox: …`, is spelled as it is written.
    return f"{words[0].upper()}{words[1:]}" if re.match(r"[a-z]+\s+[a-z(']", words) else words


def _kind_of(
    kind: shapes.Type,
) -> tuple[SettingKind, tuple[str, ...], Literal["text", "number", "day"]]:
    match kind:
        case shapes.LiteralType():
            return "choice", tuple(map(str, kind.values)), "text"
        case shapes.BoolType():
            return "flag", (), "text"
        case shapes.IntType():
            return "number", (), "text"
        case shapes.StrType():
            return "text", (), "text"
        case shapes.VarTupleType(item_type=shapes.StrType()):
            return "list", (), "text"
        case shapes.VarTupleType(item_type=shapes.DateType()):
            return "list", (), "day"
    return "other", (), "text"


def format_value(setting: Setting, value: Any) -> str:
    """Return a value as a form shows it."""
    if value is None:
        return ""
    if setting.kind == "flag":
        return "true" if value else "false"
    if setting.kind == "list":
        return ", ".join(map(str, value))
    if setting.kind == "other":
        return _as_toml(value)
    return str(value)


def _as_toml(value: Any) -> str:
    import tomlkit

    if isinstance(value, msgspec.Struct):
        value = {name: each for name, each in msgspec.to_builtins(value).items() if each}
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_as_toml(each)}" for key, each in value.items())
        return f"{{ {inside} }}"
    written: str = tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string()
    return written


def parse_value(setting: Setting, text: str) -> Any:
    """Return what newsletter.toml is to hold for what a form says; None to leave the key out.

    What is no such value stays text, for the loader to refuse it in its own words.
    """
    import tomllib

    plain = text.strip()
    if setting.kind == "flag":
        return {"true": True, "false": False}.get(plain, plain)
    if setting.kind == "number":
        return int(plain) if re.fullmatch(r"[+-]?\d{1,18}", plain) else plain
    if setting.kind == "list":
        words = [word.strip() for word in plain.split(",") if word.strip()]
        return [_day(word) for word in words] if setting.items == "day" else words
    if setting.kind == "other":
        if not plain:
            return None
        try:
            return tomllib.loads(f"value = {plain}")["value"]
        except tomllib.TOMLDecodeError:
            return plain
    return plain if setting.kind == "choice" else text.replace("\r\n", "\n").strip("\n")


def _day(word: str) -> dt.date | str:
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        return word
