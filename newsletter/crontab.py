"""Write the lines for cron and the units for systemd.

Both call `run` every hour, at the minute of the issue by the machine's clock. `run` decides
whether the issue is due in the author's time zone, because a crontab's zone is the machine's.
Between issues it resumes interrupted deliveries and refreshes the draft. Another unit for systemd
keeps `serve` running.
"""

from __future__ import annotations

import datetime as dt
import shlex
from zoneinfo import ZoneInfo

from newsletter.config.settings import IssueSettings

_WINTER = dt.date(2026, 1, 7)
# Exit code 2 is about the settings, which a restart does not mend.
_SITE_UNIT = """
# ~/.config/systemd/user/newsletter-site.service
[Unit]
Description=The readers' site of the newsletter
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
Restart=always
RestartSec=10
RestartPreventExitStatus=2

[Install]
WantedBy=default.target
"""


def cron_line(
    start: str, folder: str, issue: IssueSettings, timezone: str, *, machine_zone: ZoneInfo
) -> str:
    """Return a line for `crontab -e`, with its comment."""
    minute = timer_minute(issue.time, ZoneInfo(timezone), machine_zone)
    command = f"{start} --quiet --folder {shlex.quote(folder)} run".replace("%", r"\%")
    return (
        f"# {_describe_schedule(issue, timezone)}; "
        "in the hours between, `run` only refreshes the draft.\n"
        f"{minute} * * * * {command}"
    )


def systemd_units(
    start: str,
    folder: str,
    issue: IssueSettings,
    timezone: str,
    *,
    machine_zone: ZoneInfo,
    has_site: bool = False,
) -> str:
    """Return a user service and its timer, as files with their names.

    With `has_site` a third unit keeps the readers' site running.
    """
    minute = timer_minute(issue.time, ZoneInfo(timezone), machine_zone)
    command = _escape(f"{start} --quiet --folder {_quote(folder)} run")
    site = _SITE_UNIT.format(command=_escape(f"{start} --folder {_quote(folder)} serve"))
    enabled = "newsletter.timer newsletter-site.service" if has_site else "newsletter.timer"
    return (
        "# ~/.config/systemd/user/newsletter.service\n"
        "[Unit]\n"
        f"Description=Newsletter: {_describe_schedule(issue, timezone)}\n"
        "Wants=network-online.target\n"
        "After=network-online.target\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"ExecStart={command}\n"
        "# 3 says that a person should look: the log says why, once.\n"
        "SuccessExitStatus=3\n"
        "\n"
        "# ~/.config/systemd/user/newsletter.timer\n"
        "[Unit]\n"
        "Description=Calls the newsletter every hour\n"
        "\n"
        "[Timer]\n"
        f"OnCalendar=*-*-* *:{minute:02}:00\n"
        "Persistent=true\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
        f"{site if has_site else ''}"
        "\n"
        f"# Then: systemctl --user enable --now {enabled} && loginctl enable-linger"
    )


def timer_minute(time: str, zone: ZoneInfo, machine_zone: ZoneInfo) -> int:
    """Return the minute of the hour, by the machine's clock, at which it is `time` in `zone`.

    Zones such as Adelaide's are half an hour off those of most machines. Where clock changes of
    half an hour make that differ over the year (Lord Howe Island), it holds for the winter.
    """
    wall = dt.datetime.combine(_WINTER, dt.time.fromisoformat(time), zone)
    return wall.astimezone(machine_zone).minute


def _describe_schedule(issue: IssueSettings, timezone: str) -> str:
    return f"{issue.rhythm} issue on {issue.day} at {issue.time} ({timezone})"


def _escape(command: str) -> str:
    """Return a command as ExecStart takes it: % begins a specifier there, and $ a variable."""
    return command.replace("%", "%%").replace("$", "$$")


def _quote(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
