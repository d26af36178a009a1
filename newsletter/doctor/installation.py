"""What every check of `newsletter doctor` receives: the installation, and the time it may take."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings

if TYPE_CHECKING:
    from dns.resolver import Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One newsletter folder with its settings. Nothing of it is opened yet."""

    folder: Path
    settings: Settings
    secrets: Secrets
    database_url: str
    environ: Mapping[str, str] = field(repr=False)
    #: The current time by this machine's clock, aware and UTC.
    now: dt.datetime
    #: When each check must have ended, in seconds of `time.monotonic`.
    deadline: float
    #: The author's own names of DKIM keys, beside those known here.
    selectors: tuple[str, ...] = ()
    #: Who is asked for DNS records; None stands for the machine's own name servers.
    resolver: Resolver | None = None

    def seconds_left(self, most: float) -> float:
        """Return how long one step may take: `most` seconds, or what is left of all of them."""
        return max(min(most, self.deadline - time.monotonic()), 0.001)

    @property
    def is_real(self) -> bool:
        """Whether messages reach people."""
        return self.settings.sender.mailer != "outbox"

    @property
    def allows_private(self) -> bool:
        """Whether feeds may stand on the author's own network."""
        return self.settings.fetch.allow_private_addresses
