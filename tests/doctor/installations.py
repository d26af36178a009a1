"""Installations to examine, without a folder behind them unless a test needs one."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.doctor.installation import Installation

if TYPE_CHECKING:
    from dns.resolver import Resolver

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def make_installation(
    settings: Settings,
    *,
    folder: Path = Path("/nowhere"),
    secrets: Secrets | None = None,
    database_url: str = "sqlite:///newsletter.db",
    environ: Mapping[str, str] | None = None,
    selectors: tuple[str, ...] = (),
    resolver: Resolver | None = None,
    now: dt.datetime = NOW,
) -> Installation:
    return Installation(
        folder=folder,
        settings=settings,
        secrets=secrets or Secrets(signing=("a secret for tests, long enough",)),
        database_url=database_url,
        environ=environ or {},
        now=now,
        deadline=time.monotonic() + 60,
        selectors=selectors,
        resolver=resolver,
    )
