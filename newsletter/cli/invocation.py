"""The parts that every command shares: the global options, its output, and errors as exit codes.

`--help` runs through this module: imports that only some calls need stay inside functions.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.config.settings import Settings
    from newsletter.context import Context
    from newsletter.json_log import JsonFormatter

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


# What os.fsdecode makes of bytes that are no text.
_UNDECODED = "\udc80\udcff"


class Invocation:
    """One call of the command line: its global options, and how it prints."""

    def __init__(self) -> None:
        #: The newsletter folder named by --folder, "" if none was.
        self.folder = ""
        #: Print one JSON document instead of text.
        self.json = False
        #: Print errors only.
        self.quiet = False
        #: Log at INFO level to standard error.
        self.verbose = False
        #: Writes the messages of standard error as JSON; None for plain text.
        self.log: JsonFormatter | None = None

    def open(self) -> Context:
        """Open the newsletter in --folder, in $NEWSLETTER_FOLDER or in the current folder."""
        from pathlib import Path

        from newsletter.app import open_newsletter
        from newsletter.storage.database.sqlite_file import sqlite_path

        folder = Path(self.folder or os.environ.get("NEWSLETTER_FOLDER") or ".")
        context = open_newsletter(folder, os.environ)
        if self.log is not None:
            from newsletter.json_log import secret_values

            self.log.hide(secret_values(context.secrets, context.engine.url.password or ""))
        self._mend_modes(context.folder, context.settings, sqlite_path(context.engine))
        return context

    def _mend_modes(self, folder: Path, settings: Settings, database: Path | None) -> None:
        """Take the newsletter folder of an earlier version from other users, and say so once."""
        from newsletter.config.file_modes import mend_modes

        outbox = folder / settings.sender.outbox.folder
        mended = mend_modes(folder, outbox=outbox, database=database)
        if mended:
            self.say(mended)

    def print_result(self, text: str, document: dict[str, Any]) -> None:
        """Print the command's result on standard output: `document` with --json, else `text`."""
        if self.json:
            write_line(encode_json(document, indent=2))
        elif text and not self.quiet:
            write_line(text)

    def say(self, text: str) -> None:
        """Print a remark for the person at the terminal on standard error."""
        if text and not self.quiet:
            self._write_error(text)

    def warn(self, text: str) -> None:
        """Print what needs a person on standard error, under --quiet too."""
        self._write_error(text, level="WARNING")

    def _write_error(self, text: str, level: str = "INFO") -> None:
        if self.log is None:
            write_line(text, err=True)
            return
        import logging

        from newsletter.json_log import log_event

        log_event("said", text, level=getattr(logging, level))

    def fail(self, message: str, code: int) -> None:
        """Print an error, with --json as a document too, and exit with `code`."""
        if self.json:
            # What failed may be the writing to standard output itself.
            with suppress(OSError):
                write_line(encode_json({"error": message}))
        if self.log is None:
            write_line(f"newsletter: {message}", err=True)
        else:
            import logging

            from newsletter.json_log import log_event

            log_event("failed", message, level=logging.ERROR, exit_code=code)
        sys.exit(code)


def encode_json(document: dict[str, Any], *, indent: int | None = None) -> str:
    """Return a document as JSON that standard output takes."""
    import json

    return fit_json(json.dumps(document, ensure_ascii=False, indent=indent))


def fit_json(text: str) -> str:
    """Return a document as JSON, or a part of one, that standard output takes: it means the same.

    Scripts read ASCII whatever the console's encoding is; only people like it written out.
    """
    from newsletter.text import ascii_json, printable_json

    is_unicode = _fit("\N{RUNNER}", sys.stdout) == "\N{RUNNER}"
    return printable_json(text) if is_unicode else ascii_json(text)


def write_line(text: str, *, err: bool = False) -> None:
    """Write a line to standard output or error, without what could act on a terminal.

    Everything that a command says goes through here or `encode_json`: any word of it may come
    from a feed, a file or a stranger.
    """
    from newsletter.text import printable

    click.echo(_fit(printable(text), sys.stderr if err else sys.stdout), err=err)


def write_rendered(text: str) -> None:
    """Write text that may hold colours to standard output.

    The caller made whatever a stranger wrote in it `printable`.
    """
    click.echo(_fit(text, sys.stdout))


def _fit(text: str, stream: TextIO) -> str:
    """Return the text with a ? for each character that the stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


class CommandGroup(click.Group):
    """A group that proposes the nearest name for a command that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1, cutoff=0.5)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", error.ctx) from None


class _Command(click.Command):
    """A command that says what to type where ISSUE is missing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as error:
            if error.param is None or error.param.name != "issue":
                raise
            import shlex

            words = shlex.join(("newsletter", ctx.info_name or "", "next", *given))
            raise click.UsageError(
                f"Which issue? A number, `next` or `last`, as in `{words}`.", ctx
            ) from None


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def command(
    name: str | None = None, **attributes: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Decorate like `click.command`, with the global options added."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=_Command, **attributes)(global_options(function))

    return decorate


def global_options(decorated: Decorated) -> Decorated:
    """Add --folder, --json, --quiet and --verbose, for the group and each of its commands.

    Each option is accepted before and after the command's name.
    """
    options = (
        click.option("--folder", metavar="DIR", expose_value=False, callback=_store_as("folder")),
        click.option(
            "--json",
            is_flag=True,
            expose_value=False,
            callback=_store_as("json"),
            help="One JSON document on standard output.",
        ),
        click.option(
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_store_as("quiet"),
            help="Say less.",
        ),
        click.option(
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_store_as("verbose"),
            help="Say more.",
        ),
    )
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _store_as(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return an option callback that stores a given value on the call's Invocation."""

    def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        invocation = context.ensure_object(Invocation)
        if value:
            setattr(invocation, name, value)
        if name == "verbose" and value:
            import logging

            logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
        return value

    return callback


def log_format_option(decorated: Decorated) -> Decorated:
    """Add --log-format, for commands that run unattended."""

    def start(context: click.Context, _parameter: click.Parameter, value: str) -> None:
        if value == "json":
            from newsletter.json_log import start_json_log

            context.ensure_object(Invocation).log = start_json_log()

    option = click.option(
        "--log-format",
        type=click.Choice(("text", "json")),
        default="text",
        show_default=True,
        expose_value=False,
        callback=start,
        help="What stands on standard error: sentences, or one JSON object a line.",
    )
    return option(decorated)


@contextmanager
def exit_on_error(context: click.Context) -> Iterator[None]:
    """Turn expected errors into one sentence and the error's exit code, without a traceback."""
    from subscribers.errors import HappyTrailsError

    try:
        yield
    except HappyTrailsError as error:
        context.ensure_object(Invocation).fail(str(error), error.exit_code)
    except OSError as error:
        from newsletter.cli.exit_codes import ExitCode

        context.ensure_object(Invocation).fail(describe_os_error(error), ExitCode.FAILED)
    except UnicodeEncodeError as error:
        from newsletter.cli.exit_codes import ExitCode

        if not any(_UNDECODED[0] <= character <= _UNDECODED[1] for character in error.object):
            raise
        context.ensure_object(Invocation).fail(_describe_undecoded(error), ExitCode.USAGE)


def _describe_undecoded(error: UnicodeEncodeError) -> str:
    from newsletter.text import one_line

    # Python stands such a character in for each byte of an argument that it cannot decode.
    shown = "".join("?" if "\ud800" <= c <= "\udfff" else c for c in error.object)
    encoding = sys.getfilesystemencoding()
    return (
        f"“{one_line(shown)[:80]}” is no text in this terminal's encoding ({encoding}). "
        "Write it in another way, or set LC_ALL=C.UTF-8; nothing was lost."
    )


def describe_os_error(error: OSError) -> str:
    """Return what happened to a file, and what to do about it."""
    import errno

    where = f" ({error.filename})" if error.filename else ""
    cure = "Nothing was lost."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        cure = "Make room on the disk that it was written to, then try again; nothing was lost."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        cure = "See that it is yours, and that you may read and write there; nothing was lost."
    return f"A file could not be used: {error.strerror or error}{where}. {cure}"
