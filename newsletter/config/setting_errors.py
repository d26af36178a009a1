"""Explain a wrong setting: where it is, what it is and what it may be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec
from msgspec import inspect as shapes

from newsletter.config.settings import Weekday
from newsletter.errors import SettingsError

_WEEKDAYS = get_args(Weekday)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


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
