"""Write the lines for cron and the units for systemd.

Both call `run` every hour, at the minute of the issue. `run` decides whether the issue is
due in the author's time zone, because a crontab's zone is the machine's. Between issues it
resumes interrupted deliveries and refreshes the draft.
"""

from __future__ import annotations

import shlex

from newsletter.config.settings import IssueSettings


def cron_line(start: str, folder: str, issue: IssueSettings, timezone: str) -> str:
    """Return a line for `crontab -e`, with its comment."""
    minute = int(issue.time.partition(":")[2])
    command = f"{start} --quiet --folder {shlex.quote(folder)} run".replace("%", r"\%")
    return (
        f"# {_describe_schedule(issue, timezone)}; "
        "in the hours between, `run` only refreshes the draft.\n"
        f"{minute} * * * * {command}"
    )


def systemd_units(start: str, folder: str, issue: IssueSettings, timezone: str) -> str:
    """Return a user service and its timer, as two files with their names."""
    minute = int(issue.time.partition(":")[2])
    command = f"{start} --quiet --folder {_quote(folder)} run".replace("%", "%%")
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
        "\n"
        "# Then: systemctl --user enable --now newsletter.timer && loginctl enable-linger"
    )


def _describe_schedule(issue: IssueSettings, timezone: str) -> str:
    return f"{issue.rhythm} issue on {issue.day} at {issue.time} ({timezone})"


def _quote(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
