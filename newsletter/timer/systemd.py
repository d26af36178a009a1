"""Units for systemd's manager of one user (`systemctl --user`). Pure.

Persistent=true calls `run` at the next start if the machine slept through an hour.

The units are hardened with what a manager of one user enforces without root and without user
namespaces, which many systems forbid: limits on system calls, sockets, keys and core dumps.
https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html

The rest is left out because it does harm there or nothing:

- CapabilityBoundingSet, PrivateDevices, ProtectClock, ProtectKernelLogs and ProtectKernelModules
  drop capabilities, which needs one: the service would not start (status 218).
- ProtectSystem, ProtectHome, PrivateTmp, ProtectProc and the like need a mount namespace. Without
  one they are passed over in silence, and look like a protection that is not there.
- MemoryDenyWriteExecute keeps an interpreter with a JIT compiler from starting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsletter.timer.plan import TimerPlan

#: The first line of every unit of ours, before the folder's name.
MARK = "# Written by `newsletter schedule install` for "
_HARDENING = """\
UMask=0077
NoNewPrivileges=true
LockPersonality=true
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
KeyringMode=private
LimitCORE=0
"""


def systemd_units(plan: TimerPlan) -> Mapping[str, str]:
    """Return the units by their file names: a service and its timer, and one for the site."""
    service, timer, site = unit_names(plan)
    mark = f"{MARK}{plan.folder}\n"
    network = "Wants=network-online.target\nAfter=network-online.target\n"
    units = {
        service: (
            f"{mark}[Unit]\n"
            f"Description=Newsletter: {_escape(plan.description)}\n"
            f"{network}"
            "\n[Service]\n"
            "Type=oneshot\n"
            f"ExecStart={_command(plan.run)}\n"
            "# 3 says that a person should look: the log says why, once. 75: another run works.\n"
            "SuccessExitStatus=3 75\n"
            f"{_HARDENING}"
        ),
        timer: (
            f"{mark}[Unit]\n"
            "Description=Calls the newsletter every hour\n"
            "\n[Timer]\n"
            f"OnCalendar=*-*-* *:{plan.minute:02}:00\n"
            "Persistent=true\n"
            "\n[Install]\n"
            "WantedBy=timers.target\n"
        ),
    }
    if plan.has_site:
        units[site] = (
            f"{mark}[Unit]\n"
            "Description=The readers' site of the newsletter\n"
            f"{network}"
            "\n[Service]\n"
            f"ExecStart={_command(plan.serve)}\n"
            "Restart=always\n"
            "RestartSec=10\n"
            "# Exit code 2 is about the settings, which a restart does not mend.\n"
            "RestartPreventExitStatus=2\n"
            f"{_HARDENING}"
            "\n[Install]\n"
            "WantedBy=default.target\n"
        )
    return units


def unit_names(plan: TimerPlan) -> tuple[str, str, str]:
    """Return the file names of the service, the timer and the site's service."""
    return f"{plan.name}.service", f"{plan.name}.timer", f"{plan.name}-site.service"


def enabled_names(plan: TimerPlan) -> tuple[str, ...]:
    """Return the units to enable."""
    _, timer, site = unit_names(plan)
    return (timer, site) if plan.has_site else (timer,)


def print_units(plan: TimerPlan) -> str:
    """Return the units as one text, with their paths and how to start them."""
    units = "\n".join(
        f"# ~/.config/systemd/user/{name}\n{text}" for name, text in systemd_units(plan).items()
    )
    names = " ".join(enabled_names(plan))
    return f"{units}\n# Then: systemctl --user enable --now {names} && loginctl enable-linger"


def _command(words: Sequence[str]) -> str:
    """Return a command as ExecStart takes it: % begins a specifier there, and $ a variable."""
    return " ".join(_quote(word) for word in words)


def _quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_escape(escaped).replace("$", "$$")}"'


def _escape(text: str) -> str:
    return text.replace("%", "%%")
