"""The `newsletter` command: a table of its commands, each imported only when called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from newsletter import __version__
from newsletter.cli.invocation import (
    CommandGroup,
    describe_os_error,
    exit_on_error,
    global_options,
)

# name: (module, attribute, one line for --help)
_COMMANDS = {
    "init": ("init", "init", "Make a newsletter folder for a blog."),
    "collect": ("collect", "collect", "Read every feed and store what is new."),
    "feeds": ("feeds", "feeds", "Which blogs are read: add, remove, import, export."),
    "posts": ("posts", "posts", "List the posts, each with its state and why."),
    "draft": ("draft", "draft", "Make or refresh the next issue."),
    "show": ("show", "show", "Print what would be, or was, sent."),
    "check": ("check", "check", "Look an issue over before it goes out."),
    "preview": ("serve", "preview", "Open the desk: see, test and approve the issue."),
    "desk": ("desk", "desk", "The password of a desk that you open from anywhere."),
    "test": ("show", "test", "Send a marked test copy."),
    "greeting": ("greeting", "greeting", "Decide how an issue opens."),
    "edit": ("edit", "edit", "Your own words and order for one issue."),
    "approve": ("approve", "approve", "Approve the draft as it stands."),
    "unapprove": ("approve", "unapprove", "Make an approved issue a draft again."),
    "send": ("send", "send", "Send an issue now, or resume it."),
    "stop": ("approve", "stop", "Hold an issue."),
    "resume": ("approve", "resume", "Let a stopped issue go on."),
    "cancel": ("approve", "cancel", "Give an issue up."),
    "resolve": ("resolve", "resolve", "Decide about deliveries whose outcome is unknown."),
    "run": ("send", "run", "What cron calls: collect, draft, send when due."),
    "intros": ("greeting", "intros", "Print the greetings of a year, and why."),
    "issues": ("show", "issues", "List the issues with their figures."),
    "stats": ("stats", "stats", "Figures and plots: issues, readers, posts."),
    "subscribers": ("subscribers", "subscribers", "The list: add, import, export, remove."),
    "reset": ("resolve", "reset", "Forget the rehearsals, before the first real send."),
    "secret": ("secret", "secret", "Change the secret that signs readers' links."),
    "health": ("doctor", "health", "Whether it works right now, for a monitor."),
    "doctor": ("doctor", "doctor", "Look everything over; each finding with its cure."),
    "backup": ("backup", "backup", "Copy the whole newsletter into one file."),
    "restore": ("backup", "restore", "Put a backup back."),
    "database": ("backup", "database", "Move everything to another database."),
    "upgrade": ("backup", "upgrade", "Bring the database to this version, with a copy kept."),
    "schedule": ("schedule", "schedule", "The timer: install, remove or print it."),
    "serve": ("serve", "serve", "Serve the public site."),
    "archive": ("serve", "archive", "Export the archive as files for any web host."),
    "worker": ("send", "worker", "Take part in deliveries that another machine leads."),
    "demo": ("demo", "demo", "Make a complete example; nothing is sent to anyone."),
}


_SECONDS_TO_END = 1.2


class LazyGroup(CommandGroup):
    """A group that lists its commands without importing their modules."""

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().main(*args, **extra)
        except OSError as error:
            # The help could not be written. What goes wrong in a command has ended it before.
            sys.exit(f"newsletter: {describe_os_error(error)}")

    def invoke(self, ctx: click.Context) -> Any:
        _end_soon_on_interrupt()
        with exit_on_error(ctx):
            _take_secret_files()
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if ctx.resilient_parsing:
            return click.Command(cmd_name)
        module_name, attribute, _ = _COMMANDS[cmd_name]
        module = importlib.import_module(f"newsletter.cli.{module_name}")
        command: click.Command = getattr(module, attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


def _take_secret_files() -> None:
    """Read the secrets of which the environment only names a file. Raise SettingsError."""
    # Most have none, and `--help` need not wait for the module.
    if any(name.endswith("_FILE") for name in os.environ):
        from newsletter.config.secret_files import take_secret_files

        take_secret_files(os.environ)


def _end_soon_on_interrupt() -> None:
    """Let Ctrl-C end a command within two seconds, whatever its threads wait for.

    The command has a second to undo what it began. A delivery handles the signal itself: it first
    records the batch in flight.
    """
    import signal
    import threading

    def interrupt(_signal: int, _frame: object) -> None:
        # A thread that waits for a slow server would hold up the end of the process.
        timer = threading.Timer(_SECONDS_TO_END, os._exit, (1,))
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def _help_width() -> int:
    """Return the width that click computes itself.

    Click imports shutil for it, which takes a twentieth of the time of `--help`.
    """
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
