"""Property lists for launchd, which starts programs on a Mac. Pure."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from typing import Any

from newsletter.timer.plan import TimerPlan

_PREFIX = "org.happy-trails"
_PRIVATE = 0o077


def launchd_agents(plan: TimerPlan) -> Mapping[str, bytes]:
    """Return the agents as property lists, by their labels."""
    label, site = agent_labels(plan)
    agents: dict[str, dict[str, Any]] = {
        label: {
            "Label": label,
            "ProgramArguments": list(plan.run),
            # A Mac that slept through the hour calls it when it wakes up.
            "StartCalendarInterval": {"Minute": plan.minute},
            "ProcessType": "Background",
        }
    }
    if plan.has_site:
        agents[site] = {
            "Label": site,
            "ProgramArguments": list(plan.serve),
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": 10,
        }
    for agent in agents.values():
        agent |= {
            "Umask": _PRIVATE,
            "StandardErrorPath": str(plan.folder / f"{agent['Label']}.log"),
        }
    return {name: plistlib.dumps(agent) for name, agent in agents.items()}


def agent_labels(plan: TimerPlan) -> tuple[str, str]:
    """Return the labels of the timer and of the site."""
    return f"{_PREFIX}.{plan.name}", f"{_PREFIX}.{plan.name}.site"


def print_agents(plan: TimerPlan) -> str:
    """Return the property lists as one text, each with its path."""
    return (
        "\n".join(
            f"<!-- ~/Library/LaunchAgents/{label}.plist -->\n{octets.decode('utf-8')}"
            for label, octets in launchd_agents(plan).items()
        )
        + "<!-- Then: launchctl bootstrap gui/$(id -u) and the path of each -->"
    )
