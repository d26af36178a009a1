"""`schedule`: print a crontab line or systemd units that call `newsletter run`."""

from __future__ import annotations

import shlex
import shutil
import sys

import click

from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    pass_invocation,
)


@click.group(cls=CommandGroup)
@global_options
def schedule() -> None:
    """The timer that calls `newsletter run`."""


@command("print")
@click.option("--cron", "kind", flag_value="cron", default=True, help="A crontab line.")
@click.option(
    "--systemd",
    "kind",
    flag_value="systemd",
    help="A systemd service and timer, and one for the readers' site.",
)
@pass_invocation
def print_timer(invocation: Invocation, kind: str) -> None:
    """Print what to put into your timer."""
    from zoneinfo import ZoneInfo

    from newsletter.config.locale_defaults import local_zone
    from newsletter.crontab import cron_line, systemd_units

    context = invocation.open()
    program = shutil.which("newsletter")
    start = shlex.quote(program) if program else f"{shlex.quote(sys.executable)} -m newsletter"
    issue = context.settings.issue
    folder, timezone = str(context.folder), context.settings.newsletter.timezone
    zone = ZoneInfo(local_zone())
    if kind == "systemd":
        has_site = bool(context.settings.site.url)
        text = systemd_units(start, folder, issue, timezone, machine_zone=zone, has_site=has_site)
    else:
        text = cron_line(start, folder, issue, timezone, machine_zone=zone)
    invocation.print_result(text, {"kind": kind, "text": text})


schedule.add_command(print_timer)
