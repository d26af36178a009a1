"""The machine and the versions of everything that took part, without a name or a path of it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("pip", "mjml-python", "css-inline", "sqlalchemy", "feedparser"),
    *("Django", "django-anymail", "rss2email"),
)


def describe_machine(node_packages: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of the machine, by its name in the report."""
    programs = {
        "sqlite3": _first_words("sqlite3", "--version"),
        "Node": _first_words("node", "--version"),
    }
    found = {name: _package_version(name) for name in _PACKAGES} | programs | dict(node_packages)
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or ""),
        "memory": _memory(),
        "system": _system(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        **{name: number for name, number in found.items() if number},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    name = re.search(r"^model name\s*:\s*(.+)$", lines, re.MULTILINE)
    return name[1].strip() if name else platform.machine()


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.0f} GB"


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = ""
    # The kernel's own version, without what the builder of a machine adds to it.
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{name}, {kernel}" if name else kernel


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _first_words(*command: str) -> str:
    """Return the version that a program prints first, "" without the program."""
    if not shutil.which(command[0]):
        return ""
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return printed[0].removeprefix("v") if printed else ""
