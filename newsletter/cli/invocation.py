"""What every command shares: the global options, and how results and errors are told.

`--help` runs through here, so what only some calls need is imported where it is used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.context import Context

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Invocation:
    """The global options, wherever on the line they stood."""

    def __init__(self) -> None:
        self.folder = ""
        self.json = False
        self.quiet = False
        self.verbose = False

    def open(self) -> Context:
        """The newsletter the command works on."""
        from newsletter.app import open_newsletter

        return open_newsletter(self.path(), os.environ)

    def path(self) -> Path:
        from pathlib import Path

        return Path(self.folder or os.environ.get("NEWSLETTER_FOLDER") or ".")

    def result(self, text: str, document: dict[str, Any]) -> None:
        """What the command was asked for: on standard output, as text or as JSON."""
        if self.json:
            click.echo(_json(document, indent=2))
        elif text and not self.quiet:
            click.echo(text)

    def say(self, text: str) -> None:
        """A word for the person at the terminal, on standard error."""
        if not self.quiet:
            click.echo(text, err=True)

    def fail(self, message: str, code: int) -> None:
        """Tells what went wrong and ends the command."""
        if self.json:
            click.echo(_json({"error": message}))
        click.echo(f"newsletter: {message}", err=True)
        sys.exit(code)


def _json(document: dict[str, Any], *, indent: int | None = None) -> str:
    import json

    return json.dumps(document, ensure_ascii=False, indent=indent)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def global_options(decorated: Decorated) -> Decorated:
    """Adds --folder, --json, --quiet and --verbose: before or after the command's name."""
    options = (
        click.option("--folder", metavar="DIR", expose_value=False, callback=_keep("folder")),
        click.option(
            "--json",
            is_flag=True,
            expose_value=False,
            callback=_keep("json"),
            help="One JSON document on standard output.",
        ),
        click.option(
            "--quiet", is_flag=True, expose_value=False, callback=_keep("quiet"), help="Say less."
        ),
        click.option(
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_keep("verbose"),
            help="Say more.",
        ),
    )
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        frame = context.ensure_object(Invocation)
        if value:
            setattr(frame, name, value)
        if name == "verbose" and value:
            import logging

            logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
        return value

    return callback


@contextmanager
def translate_errors(context: click.Context) -> Iterator[None]:
    """Errors become sentences with the right exit code, never tracebacks."""
    from subscribers.errors import HappyTrailsError

    try:
        yield
    except HappyTrailsError as error:
        context.ensure_object(Invocation).fail(str(error), error.exit_code)
    except OSError as error:
        context.ensure_object(Invocation).fail(_file_trouble(error), 1)


def _file_trouble(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"A file could not be used: {error.strerror or error}{where}. Nothing was lost."


def command(
    name: str | None = None, **attributes: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """`click.command` with the global options."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=click.Command, **attributes)(global_options(function))

    return decorate


def exit_with(code: int) -> None:
    """Ends with an exit code other than 0."""
    if code:
        sys.exit(code)
