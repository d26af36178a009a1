"""Jinja2 for the shipped templates, the author's templates and one-line templates in settings.

All run in Jinja2's sandbox with StrictUndefined. Every error becomes a ComposeError that
names the file and the line.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
)
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from newsletter.errors import ComposeError
from newsletter.text import underline, wrap

_UNESCAPED = (".txt", ".css")
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
    """Whether values in the template `name` are escaped: in all but text and style sheets.

    Jinja2's `select_autoescape` leaves out `.mjml`.
    """
    return name is None or not name.endswith(_UNESCAPED)


class _Sandbox(SandboxedEnvironment):
    """Jinja2's sandbox, which reads dataclass fields without its security checks.

    Those guard the internals of functions, types and generators. A dataclass field was
    passed in to be read; checking each one takes a third of the time to render an edition.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in getattr(type(obj), "__dataclass_fields__", ()) and attribute[0] != "_":
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


class _OverridingFolders(FileSystemLoader):
    """Also reloads a template once an earlier folder has a file of its name.

    Jinja2 by itself only notices a change of the file that it loaded.
    """

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        candidates = [Path(folder) / template for folder in self.searchpath]
        earlier = tuple(takewhile(lambda file: str(file) != path, candidates))
        return source, path, lambda: is_current() and not any(file.exists() for file in earlier)


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...]) -> SandboxedEnvironment:
    """Return the environment whose templates are in `folders`, the first overriding the next.

    Adds the filters `wrap(indent="")`, to lines of 76 columns, and `underline("-")`.
    Changed files are reloaded, and new ones that override them.
    """
    sandbox = _Sandbox(
        loader=_OverridingFolders([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=_escapes,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sandbox.filters["wrap"] = wrap
    sandbox.filters["underline"] = underline
    return sandbox


def fill_template(folders: tuple[Path, ...], name: str, fields: Mapping[str, object]) -> str:
    """Render the template `name` with the variables `fields`. Raise ComposeError."""
    try:
        return _environment(folders).get_template(name).render(fields)
    except _RENDER_ERRORS as error:
        raise ComposeError(
            f"The email template {_place(error, folders, name)} cannot be used: {_reason(error)}.",
            cure="Correct that line, or remove your own copy to go back to the one that came "
            "with the program.",
        ) from error


def fill_line(source: str, fields: Mapping[str, object], *, setting: str) -> str:
    """Render a one-line template from the settings. Raise ComposeError naming `setting`."""
    try:
        return _compile_line(source).render(fields)
    except _RENDER_ERRORS as error:
        raise ComposeError(
            f"The template in {setting} cannot be used: {_reason(error)}.",
            cure=f"It may use {', '.join(sorted(fields))}; remove the line to have the default.",
        ) from error


@lru_cache(maxsize=64)
def _compile_line(source: str) -> Template:
    # A subject is plain text: escaping would show "&amp;" in the inbox.
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(source)


def _reason(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"it asks for a template {error.name} that is not there"
    return (str(error) or type(error).__name__).rstrip(".")


def _place(error: Exception, folders: tuple[Path, ...], name: str) -> str:
    """Return file and line of a template error, as far as Jinja2 reports them."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name or name}, line {error.lineno},"
    homes = tuple(str(folder) for folder in folders)
    for call in reversed(traceback.extract_tb(error.__traceback__)):
        if call.filename.startswith(homes):
            return f"{call.filename}, line {call.lineno},"
    return name
