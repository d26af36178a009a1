"""The page of all settings: keys, values and defaults of the code, meanings of the starter file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import tomlkit
from msgspec import inspect as shapes

from newsletter.config.explain import Setting, explain_table, explain_tables, read_comments
from newsletter.config.settings import FILE_NAME, Settings
from newsletter.resources import templates
from tools.docs.markdown import code, escape

HEAD = """\
# Settings

Everything stands in `newsletter.toml` in your newsletter's folder, which `newsletter init` writes with each line explained; the desk's page **Settings** explains and changes it as well. A key that you leave out has its default. A mistyped one is refused with the nearest right one, and a wrong value with the values that it takes, so try things without fear.

Keys stand in tables: `[issue]` is the head of one, and `day = "sunday"` below it a key.
"""

SECRETS = """\
## Secrets and the environment

What must not be printed or shared stands in the file `.env` beside `newsletter.toml`, one `NAME=value` a line, readable by you alone (mode 0600). A variable of the environment wins over its line there.

| variable | meaning |
|---|---|
| `NEWSLETTER_SECRET` | signs every link of your readers, for ever; `init` makes it, `newsletter secret rotate` puts a new one before it |
| `SENDGRID_API_KEY` | for `mailer = "sendgrid"` |
| `SENDGRID_WEBHOOK_KEY` | the public key that verifies SendGrid's event webhook |
| `NEWSLETTER_SMTP_PASSWORD` | for `mailer = "smtp"` |
| `NEWSLETTER_MAILBOX_PASSWORD` | for `[mailbox]` |
| `NEWSLETTER_BOUNCES_PASSWORD` | for `[mailbox.bounces]` |
| `NEWSLETTER_DESK_PASSWORD_HASH` | written by `newsletter desk password` |
| `NEWSLETTER_BACKUP_PASSPHRASE` | seals backups; it is in none of them |
| `NEWSLETTER_DATABASE_URL` | the database, in place of `[database] url` |
| `NEWSLETTER_FOLDER` | the newsletter's folder, in place of the current one and of `--folder` |
| `NEWSLETTER_NOW` | a moment, such as `2026-11-29T07:00:00-07:00`, to rehearse; refused where real mail would go out |
"""

_VALUES = {
    "newsletter.seasons": '`"months"`, `"sun"` or a table of first days',
    "newsletter.location": "latitude and longitude",
}
_LISTS = {"feeds": "[[feeds]]", "topics": "[[topics]]"}


def settings_page() -> str:
    """Return the page as Markdown."""
    starter = (templates() / "starter" / FILE_NAME).read_text("utf-8")
    comments = read_comments(starter)
    about = explain_tables(starter)
    kinds = _kinds(Settings)
    sections: dict[str, list[str]] = {}
    for field in msgspec.structs.fields(Settings):
        name = field.encode_name
        shape: Any = field.type
        if name in _LISTS:
            shape = shapes.type_info(field.type).item_type.cls  # type: ignore[attr-defined]  # a tuple of structs
        for setting in explain_table(name, shape, comments):
            head = _LISTS.get(setting.table, f"[{setting.table}]")
            sections.setdefault(head, []).append(_row(setting, kinds[setting.name]))
    parts = [HEAD]
    for head, rows in sections.items():
        parts.append(f"## {code(head)}\n")
        if words := about.get(head.strip("[]")):
            parts.append(f"{escape(_sentence(words))}\n")
        parts.append("".join(rows))
    return "\n".join([*parts, SECRETS])


def _row(setting: Setting, kind: shapes.Type) -> str:
    values = _VALUES.get(setting.name) or _describe(kind)
    default = "needed" if setting.default is None and not _is_optional(kind) else _default(setting)
    lines = [f"**{code(setting.key)}** · {values} · {default}"]
    if setting.meaning:
        lines.append(escape(_sentence(setting.meaning)))
    return "  \n".join(lines) + "\n\n"


def _default(setting: Setting) -> str:
    if setting.default is None:
        return "no default"
    if isinstance(setting.default, msgspec.Struct):
        return "none"
    value = setting.default
    return f"default {code(_toml(value))}"


def _toml(value: Any) -> str:
    written: str = tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string()
    return written


def _sentence(words: str) -> str:
    return words if words.endswith((".", "…", ":", "?")) else f"{words}."


def _kinds(shape: Any, table_name: str = "") -> dict[str, shapes.Type]:
    """Return the type of each key by `table.key`."""
    found: dict[str, shapes.Type] = {}
    for field in shapes.type_info(shape).fields:  # type: ignore[attr-defined]  # a StructType has fields
        name = f"{table_name}.{field.encode_name}".lstrip(".")
        found[name] = field.type
        inner = field.type.item_type if isinstance(field.type, shapes.VarTupleType) else field.type
        if isinstance(inner, shapes.StructType):
            found |= _kinds(inner.cls, name)
    return found


def _is_optional(kind: shapes.Type) -> bool:
    return isinstance(kind, shapes.UnionType) and any(
        isinstance(each, shapes.NoneType) for each in kind.types
    )


def _describe(kind: shapes.Type) -> str:
    """Return in words which values a key takes."""
    match kind:
        case shapes.LiteralType():
            return " ".join(code(_toml(str(value))) for value in _in_natural_order(kind.values))
        case shapes.BoolType():
            return "`true` or `false`"
        case shapes.IntType():
            return _numbers(kind)
        case shapes.StrType():
            return "text"
        case shapes.DateType():
            return "a date"
        case shapes.VarTupleType(item_type=shapes.StrType()):
            return "a list of texts"
        case shapes.VarTupleType(item_type=shapes.DateType()):
            return f"a list of dates, such as `[{dt.date(2026, 12, 27)}]`"
        case shapes.VarTupleType(item_type=shapes.IntType() as inner):
            return f"a list of {_numbers(inner).replace('a number', 'numbers')}"
        case shapes.UnionType():
            return _describe(next(t for t in kind.types if not isinstance(t, shapes.NoneType)))
    msg = f"no words for the values of {kind}"
    raise TypeError(msg)


_ORDERS = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("weekly", "fortnightly", "monthly"),
    ("", "cold", "temperate", "mild", "hot", "tropical"),
)


def _in_natural_order(values: tuple[Any, ...]) -> list[Any]:
    """Return the values in their natural order; the type keeps them by the alphabet."""
    for order in _ORDERS:
        if set(values) == set(order):
            return list(order)
    return list(values)


def _numbers(kind: shapes.IntType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f"a number from {kind.ge} to {kind.le}"
    return f"a number, {kind.ge} or more" if kind.ge is not None else "a number"
