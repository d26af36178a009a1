"""Kill the real program at random moments; the stand-in's journal shows who was mailed.

`python -m tests.simulator.killing [KILLS] [SEED]` runs until KILLS processes were killed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.context import Context
from newsletter.models import Figures, Issue
from tests.support.delivery_folder import create_sendgrid_newsletter, figures, freeze_next_issue
from tests.support.newsletter_folder import NOW
from tests.support.sendgrid import KEY, SendGridStandIn

READERS = 120
BATCH = 6
LATENCY = 0.02
# Twenty batches open two connections.
CONNECTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """The result of one issue: kills, the ledger's figures, and what is wrong with them."""

    kills: int
    figures: Figures
    faults: tuple[str, ...]


class _SlowStandIn(SendGridStandIn):
    """A stand-in that waits before and after it accepts a request, so that kills hit both sides."""

    def take(self, payload: dict[str, object]) -> None:
        self.wait_for_close(LATENCY / 2)
        super().take(payload)
        self.wait_for_close(LATENCY / 2)


def run_campaign(folder: Path, kills: int, chance: random.Random, *, on_unknown: str) -> Campaign:
    """Deliver one issue with a program that is killed up to `kills` times before it may finish."""
    with _SlowStandIn() as sendgrid:
        context = create_sendgrid_newsletter(
            folder, sendgrid, readers=READERS, batch_size=BATCH, on_unknown=on_unknown
        )
        issue = freeze_next_issue(context)
        died = 0
        while died < kills and _kill_once(folder, sendgrid, chance):
            died += 1
        subprocess.run(_command(folder), env=_environment(), check=False, capture_output=True)
        return _judge(context, issue, sendgrid, died)


def _kill_once(folder: Path, sendgrid: SendGridStandIn, chance: random.Random) -> bool:
    """Start the program and kill it at a random moment; return False if it ended first."""
    more = chance.randrange(6)
    until = len(sendgrid.requests) + more
    with subprocess.Popen(
        _command(folder),
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as program:
        while program.poll() is None and len(sendgrid.requests) < until:
            time.sleep(0.001)
        # Without a request to wait for, kill between start-up and the first claims, whatever the
        # speed of this machine.
        moment = time.monotonic() + chance.random() * (LATENCY * 1.5 if more else 1.5)
        while time.monotonic() < moment and (more or len(sendgrid.requests) <= until):
            time.sleep(0.001)
        if program.poll() is not None:
            return False
        program.send_signal(signal.SIGKILL)
    return True


def _judge(context: Context, issue: Issue, sendgrid: SendGridStandIn, died: int) -> Campaign:
    ledger = figures(context, issue)
    mailed = Counter(sendgrid.addresses)
    faults = [f"{count} times to {address}" for address, count in mailed.items() if count > 1]
    missed = READERS - len(mailed)
    if ledger.planned != READERS or ledger.pending or ledger.failed or ledger.suppressed:
        faults.append(f"it does not add up: {ledger}")
    if missed > ledger.unknown:
        faults.append(f"{missed} missed, but only {ledger.unknown} are listed")
    if ledger.unknown > died * CONNECTIONS * BATCH:
        faults.append(f"{ledger.unknown} in doubt, more than was under way")
    return Campaign(kills=died, figures=ledger, faults=tuple(faults))


def _command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "newsletter", "--folder", str(folder), "--quiet", "send", "1"]


def _environment() -> dict[str, str]:
    return os.environ | {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY}


def main(kills: int, seed: int) -> int:
    """Run campaigns until enough processes were killed, and return the exit code."""
    chance = random.Random(seed)  # noqa: S311  # reproducible
    total = Campaign(kills=0, figures=Figures(), faults=())
    while total.kills < kills:
        mode = chance.choice(("wait", "cancel"))
        with tempfile.TemporaryDirectory() as folder:
            wanted = min(12, kills - total.kills)
            campaign = run_campaign(Path(folder) / "newsletter", wanted, chance, on_unknown=mode)
        print(f"{mode}: {campaign.kills} kills, {campaign.figures}", *campaign.faults, flush=True)
        total = replace(
            total, kills=total.kills + campaign.kills, faults=total.faults + campaign.faults
        )
    print(f"{total.kills} kills, {len(total.faults)} faults, seed {seed}")
    return 1 if total.faults else 0


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(words[0] if words else 200, words[1] if len(words) > 1 else 0))
