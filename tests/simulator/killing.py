"""Kill the real program where it stands, again and again; the stand-in's journal judges.

`python -m tests.simulator.killing [KILLS] [SEED]` goes on until that many have died.
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
from tests.support.delivery_folder import figures, frozen, sendgrid_folder
from tests.support.newsletter_folder import NOW
from tests.support.sendgrid import KEY, SendGridStandIn

READERS = 120
BATCH = 6
LATENCY = 0.02
# Twenty batches are worth two connections.
CONNECTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What came of one issue: kills, the ledger's figures, and what is wrong with them."""

    kills: int
    found: Figures
    faults: tuple[str, ...]


class _Slow(SendGridStandIn):
    """Takes its time before and after it takes a request, so that a kill can hit each side."""

    def take(self, payload: dict[str, object]) -> None:
        self.wait_to_leave(LATENCY / 2)
        super().take(payload)
        self.wait_to_leave(LATENCY / 2)


def campaign(folder: Path, kills: int, chance: random.Random, *, on_unknown: str) -> Campaign:
    """One issue, whose delivery is killed up to `kills` times before it may end."""
    with _Slow() as sendgrid:
        context = sendgrid_folder(
            folder, sendgrid, readers=READERS, batch_size=BATCH, on_unknown=on_unknown
        )
        issue = frozen(context)
        died = 0
        while died < kills and _killed(folder, sendgrid, chance):
            died += 1
        subprocess.run(_command(folder), env=_environment(), check=False, capture_output=True)
        return _judge(context, issue, sendgrid, died)


def _killed(folder: Path, sendgrid: SendGridStandIn, chance: random.Random) -> bool:
    """Starts the program and kills it somewhere; false when it ended first."""
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
        # No request asked for: somewhere between its start and its first claims, however fast
        # this machine comes to them.
        moment = time.monotonic() + chance.random() * (LATENCY * 1.5 if more else 1.5)
        while time.monotonic() < moment and (more or len(sendgrid.requests) <= until):
            time.sleep(0.001)
        if program.poll() is not None:
            return False
        program.send_signal(signal.SIGKILL)
    return True


def _judge(context: Context, issue: Issue, sendgrid: SendGridStandIn, died: int) -> Campaign:
    found = figures(context, issue)
    mailed = Counter(sendgrid.addresses)
    faults = [f"{count} times to {one}" for one, count in mailed.items() if count > 1]
    missed = READERS - len(mailed)
    if found.planned != READERS or found.pending or found.failed or found.suppressed:
        faults.append(f"it does not add up: {found}")
    if missed > found.unknown:
        faults.append(f"{missed} missed, but only {found.unknown} are listed")
    if found.unknown > died * CONNECTIONS * BATCH:
        faults.append(f"{found.unknown} in doubt, more than was under way")
    return Campaign(kills=died, found=found, faults=tuple(faults))


def _command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "newsletter", "--folder", str(folder), "--quiet", "send", "1"]


def _environment() -> dict[str, str]:
    return os.environ | {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY}


def main(kills: int, seed: int) -> int:
    """Campaigns until enough have died; the exit code."""
    chance = random.Random(seed)  # noqa: S311  # a campaign can be told again
    total = Campaign(kills=0, found=Figures(), faults=())
    while total.kills < kills:
        mode = chance.choice(("wait", "cancel"))
        with tempfile.TemporaryDirectory() as folder:
            wanted = min(12, kills - total.kills)
            done = campaign(Path(folder) / "newsletter", wanted, chance, on_unknown=mode)
        print(f"{mode}: {done.kills} kills, {done.found}", *done.faults, flush=True)
        total = replace(total, kills=total.kills + done.kills, faults=total.faults + done.faults)
    print(f"{total.kills} kills, {len(total.faults)} faults, seed {seed}")
    return 1 if total.faults else 0


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(words[0] if words else 200, words[1] if len(words) > 1 else 0))
