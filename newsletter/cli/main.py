"""The `newsletter` command: its list of commands, each imported only when it is called."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from newsletter import __version__
from newsletter.cli.frame import global_options, told_plainly

# name: (module, attribute, one line for --help)
_COMMANDS = {
    "init": ("setup", "init", "Make a newsletter folder for a blog."),
    "collect": ("reading", "collect", "Read every feed and store what is new."),
    "feeds": ("feeds", "feeds", "Which blogs are read: add, remove, import, export."),
    "posts": ("reading", "posts", "List the posts, each with its state and why."),
    "draft": ("drafting", "draft", "Make or refresh the next issue."),
    "show": ("showing", "show", "Print what would be, or was, sent."),
    "check": ("checking", "check", "Look an issue over before it goes out."),
    "preview": ("serving", "preview", "Open the desk: see, test and approve the issue."),
    "test": ("showing", "test", "Send a marked test copy."),
    "greeting": ("seasons", "greeting", "Decide how an issue opens."),
    "approve": ("deciding", "approve", "Approve the draft as it stands."),
    "unapprove": ("deciding", "unapprove", "Make an approved issue a draft again."),
    "send": ("sending", "send", "Send an issue now, or resume it."),
    "stop": ("deciding", "stop", "Hold an issue."),
    "resume": ("deciding", "resume", "Let a stopped issue go on."),
    "cancel": ("deciding", "cancel", "Give an issue up."),
    "resolve": ("settling", "resolve", "Decide about deliveries whose outcome is unknown."),
    "run": ("sending", "run", "What cron calls: collect, draft, send when due."),
    "intros": ("seasons", "intros", "Print the greetings of a year, and why."),
    "issues": ("reading", "issues", "List the issues with their figures."),
    "subscribers": ("people", "subscribers", "The list: add, import, export, remove."),
    "reset": ("settling", "reset", "Forget the rehearsals, before the first real send."),
    "schedule": ("timing", "schedule", "Print the timer that calls `run`."),
    "serve": ("serving", "serve", "Serve the public site."),
    "worker": ("working", "worker", "Take part in deliveries that another machine leads."),
    "demo": ("example", "demo", "Make a complete example; nothing is sent to anyone."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names without importing them."""

    def invoke(self, ctx: click.Context) -> Any:
        with told_plainly(ctx):
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if ctx.resilient_parsing:
            return click.Command(cmd_name)
        module, attribute, _ = _COMMANDS[cmd_name]
        found: click.Command = getattr(
            importlib.import_module(f"newsletter.cli.{module}"), attribute
        )
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


def _help_width() -> int:
    """As wide as click's own: it asks shutil, whose import costs a twentieth of `--help`."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
    except (ValueError, OSError):
        columns = 80
    return max(min(columns, 80) - 2, 50)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": _help_width()},
)
@global_options
@click.version_option(__version__, message="newsletter %(version)s")
def cli() -> None:
    """Happy Trails: an email newsletter for running blogs.

    It works on a newsletter folder: the current one, --folder DIR, or the
    environment's NEWSLETTER_FOLDER.
    """
