"""The page of all commands: click's own help, as Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from newsletter.cli.exit_codes import ExitCode
from newsletter.cli.main import cli
from tools.docs.markdown import code, escape, table

HEAD = """\
# Commands and exit codes

`newsletter` works on a *newsletter folder*, the one that holds `newsletter.toml`: the current folder, or `--folder DIR`, or the environment's `NEWSLETTER_FOLDER`. `newsletter COMMAND --help` says what stands here.

Where a command asks for an ISSUE, give its number, `next` (the newest that has not gone out) or `last` (the newest that has).
"""

EXIT_CODES = {
    ExitCode.DONE: "done, or nothing to do",
    ExitCode.FAILED: "failed; running it again may do the rest",
    ExitCode.USAGE: "wrong usage or settings",
    ExitCode.ATTENTION: "done, and something wants a look: what it is stands in the report",
    ExitCode.BUSY: "another run is at work; the next one does it",
}
_GLOBAL = ("--folder", "--json", "--quiet", "--verbose")


def commands_page() -> str:
    """Return the page as Markdown."""
    context = click.Context(cli, info_name="newsletter")
    parts = [HEAD, "## Options of every command\n"]
    options = {
        "--folder DIR": "The newsletter's folder; else the current one.",
        **dict(_records(cli, context, shared=True)),
        "-h, --help": "Explain the command.",
    }
    parts.append(table(("option", "meaning"), ((code(o), escape(h)) for o, h in options.items())))
    parts.append("## Exit codes\n")
    codes = ((code(str(int(each))), EXIT_CODES[each]) for each in ExitCode)
    parts.append(table(("code", "means"), codes))
    parts.extend(_sections(cli, context))
    return "\n".join(parts)


def _sections(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group) and not command.invoke_without_command:
            yield from _sections(command, inner)
            continue
        yield from _section(command, inner)
        if isinstance(command, click.Group):
            yield from _sections(command, inner)


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    words = " ".join(command.collect_usage_pieces(context))
    yield f"## newsletter {context.command_path.removeprefix('newsletter ')}\n"
    yield f"```text\n{context.command_path} {words}\n```\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield f"{escape(' '.join(paragraph.split()))}\n"
    records = [*_records(command, context)]
    if records:
        yield table(("option", "meaning"), ((code(o), escape(h)) for o, h in records))


def _records(
    command: click.Command, context: click.Context, *, shared: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield each option as `--help` writes it, with its meaning."""
    for parameter in command.params:
        record = parameter.get_help_record(context)
        is_shared = parameter.opts[0] in _GLOBAL
        # The usage line shows the arguments.
        if isinstance(parameter, click.Argument) or is_shared is not shared or record is None:
            continue
        if parameter.opts[0] not in ("--folder", "--version"):
            yield record
