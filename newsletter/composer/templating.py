"""Jinja2 for our own layouts, the author's layouts and the subject's template.

All run in Jinja2's sandbox and know no undefined name; every error becomes a
ComposeError that names the file and the line.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from newsletter.errors import ComposeError
from newsletter.text import underline, wrap

_PLAIN = (".txt", ".css")
_RENDER_ERRORS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _escapes(name: str | None) -> bool:
    """Whether values are escaped: always, except in plain text and style sheets."""
    return name is None or not name.endswith(_PLAIN)


class _Sandbox(SandboxedEnvironment):
    """Jinja2's sandbox, with a short way to the fields of our own values.

    A field of a dataclass was handed in to be read. The sandbox's checks are for the
    insides of functions, types and frames; asked for every field, they take a third of
    the time of an edition.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in getattr(type(obj), "__dataclass_fields__", ()) and attribute[0] != "_":
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


@lru_cache(maxsize=8)
def environment(folders: tuple[Path, ...]) -> SandboxedEnvironment:
    """Templates looked for in `folders`, first wins; changed files are read again.

    Beside Jinja2's own filters they know `wrap(indent="")`, to lines of 76 columns, and
    `underline("-")`.
    """
    sandbox = _Sandbox(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=_escapes,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sandbox.filters["wrap"] = wrap
    sandbox.filters["underline"] = underline
    return sandbox


def fill_template(folders: tuple[Path, ...], name: str, fields: Mapping[str, object]) -> str:
    """The template `name` with its `fields`. Raises ComposeError."""
    try:
        return environment(folders).get_template(name).render(fields)
    except _RENDER_ERRORS as error:
        raise ComposeError(
            f"The email template {_place(error, folders, name)} cannot be used: {_reason(error)}.",
            cure="Correct that line, or remove your own copy to go back to the one that came "
            "with the program.",
        ) from error


def fill_line(source: str, fields: Mapping[str, object], *, setting: str) -> str:
    """A one-line template from the settings, filled. Raises ComposeError naming `setting`."""
    try:
        return _line(source).render(fields)
    except _RENDER_ERRORS as error:
        raise ComposeError(
            f"The template in {setting} cannot be used: {_reason(error)}.",
            cure=f"It may use {', '.join(sorted(fields))}; remove the line to have the default.",
        ) from error


@lru_cache(maxsize=64)
def _line(source: str) -> Template:
    # A subject is plain text: escaping would show "&amp;" in the inbox.
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(source)


def _reason(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"it asks for a template {error.name} that is not there"
    return (str(error) or type(error).__name__).rstrip(".")


def _place(error: Exception, folders: tuple[Path, ...], name: str) -> str:
    """File and line of the mistake, as far as Jinja2 knows them."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name or name}, line {error.lineno},"
    homes = tuple(str(folder) for folder in folders)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(homes):
            return f"{frame.filename}, line {frame.lineno},"
    return name
