"""`schedule`: the timer that calls `newsletter run`, for cron, systemd, launchd or a container."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    log_format_option,
    pass_invocation,
)

if TYPE_CHECKING:
    from newsletter.timer.plan import TimerKind, TimerPlan


def _kind_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--launchd", "kind", flag_value="launchd", help="For a Mac."),
        click.option("--systemd", "kind", flag_value="systemd", help="Your own systemd."),
        click.option("--cron", "kind", flag_value="cron", help="Your crontab."),
    ):
        function = option(function)
    return function


@click.group(cls=CommandGroup)
@global_options
def schedule() -> None:
    """The timer that calls `newsletter run`, and keeps `newsletter serve` running."""


@command("print")
@_kind_options
@pass_invocation
def print_timer(invocation: Invocation, kind: TimerKind | None) -> None:
    """Print what to put into your timer; without an option a line for cron."""
    from newsletter.timer.cron import cron_lines
    from newsletter.timer.launchd import print_agents
    from newsletter.timer.systemd import print_units

    plan = _plan(invocation)
    kind = kind or "cron"
    printers = {"cron": cron_lines, "systemd": print_units, "launchd": print_agents}
    text = printers[kind](plan)
    invocation.print_result(text, {"kind": kind, "text": text})


@command()
@_kind_options
@pass_invocation
def install(invocation: Invocation, kind: TimerKind | None) -> None:
    """Let this machine call `run` every hour, and `serve` once [site] url is set.

    Without an option it takes what the machine has. Once more after a change of the settings
    brings it up to date.
    """
    from newsletter.timer.install import Machine, choose_kind
    from newsletter.timer.install import install as install_timer

    plan, machine = _plan(invocation), Machine.here(os.environ)
    timer = install_timer(plan, kind or choose_kind(machine), machine)
    undo = f"newsletter schedule remove --{timer.kind}"
    lines = [
        f"`newsletter run` is called every hour, at minute {plan.minute:02}: {plan.description}.",
        "`newsletter serve` is kept running for your readers."
        if plan.has_site
        else "The readers' site is not among it: there is no [site] url yet.",
        f"Written: {', '.join(timer.written)}. To undo it: {undo}",
        timer.hint,
    ]
    invocation.print_result(
        "\n".join(filter(None, lines)),
        {"kind": timer.kind, "written": list(timer.written), "undo": undo, "hint": timer.hint},
    )


@command()
@_kind_options
@pass_invocation
def remove(invocation: Invocation, kind: TimerKind | None) -> None:
    """Take the timer away again; without an option, of whatever kind it is."""
    from newsletter.timer.install import KINDS, Machine
    from newsletter.timer.install import remove as remove_timer

    kinds = (kind,) if kind else KINDS
    gone = remove_timer(_plan(invocation), kinds, Machine.here(os.environ))
    text = f"Gone: {', '.join(gone)}." if gone else "There was no timer of ours for this folder."
    invocation.print_result(text, {"removed": list(gone)})


@command()
@log_format_option
@pass_invocation
def loop(invocation: Invocation) -> None:
    """Call `run` now and every hour, and stay: for a container, which has no timer.

    Ctrl-C or SIGTERM ends it, once the run at work has recorded what it sent.
    """
    import datetime as dt
    from pathlib import Path

    from newsletter.config.load import load_settings
    from newsletter.errors import SettingsError
    from newsletter.timer.loop import HourlyRuns, call_hourly, loop_minute, run_words

    folder = Path(invocation.folder or os.environ.get("NEWSLETTER_FOLDER") or ".").resolve()
    current = loop_minute(load_settings(folder))

    def minute() -> int:
        nonlocal current
        # While newsletter.toml cannot be used, the minute of before holds.
        with suppress(SettingsError):
            current = loop_minute(load_settings(folder))
        return current

    log_format = "text" if invocation.log is None else "json"
    runs = HourlyRuns(run_words(folder, quiet=invocation.quiet, log_format=log_format))
    invocation.say(f"`newsletter run` is called now, and at minute {current:02} of every hour.")
    with runs.end_by_signal():
        call_hourly(runs.call, minute=minute, clock=lambda: dt.datetime.now(dt.UTC), stop=runs.stop)


def _plan(invocation: Invocation) -> TimerPlan:
    from newsletter.timer.install import plan_here

    context = invocation.open()
    return plan_here(context.settings, context.folder)


for _timer_command in (print_timer, install, remove, loop):
    schedule.add_command(_timer_command)
