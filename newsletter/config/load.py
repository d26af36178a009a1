"""Read newsletter.toml. An error names the key, its place and the nearest right one."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from newsletter.config.rules import check_settings
from newsletter.config.setting_errors import misplaced_key_hint, wrong_value_error
from newsletter.config.settings import FILE_NAME, Settings
from newsletter.errors import SettingsError


def load_settings(folder: Path) -> Settings:
    """Return the settings of the newsletter in `folder`.

    Raises SettingsError if there is no newsletter.toml, or a key is unknown, has a value of
    the wrong type or breaks a rule.
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
            cure="Correct that line; text values stand in double quotes.",
        ) from error
    _refuse_unknown_keys(raw, Settings, "")
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise wrong_value_error(FILE_NAME, raw, Settings, error) from error
    check_settings(settings)
    return settings


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
