"""Sign-ups by the thousand: from one network, from many, and for one mailbox."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from newsletter.context import Context
from newsletter.site.server import listen
from newsletter.subscriptions.sign_up import process_sign_ups
from tests.attacks.outcome import Outcome
from tests.site.test_sign_up_floods import flood
from tests.support.newsletter_folder import create_newsletter
from tests.support.sign_up import outbox_messages, wait_for_mail_worker
from tests.support.visitor import Visitor, run_server

_NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
# What `[site] sign_ups_per_hour` lets through unless the author changes it.
_MOST_AN_HOUR = 60
_MOST_OF_A_NETWORK = 5


def attack_sign_ups(number: int) -> Outcome:
    """Sign up `number` times within a moment: half from one network, half from a thousand."""
    half = number // 2
    near = [f"203.0.113.{place % 256}" for place in range(half)]
    far = [f"10.{place % 1_000 // 250}.{place % 250}.7" for place in range(half)]
    outcomes = [
        _flood("one network", near, _MOST_OF_A_NETWORK),
        _flood("a thousand networks", far, _MOST_AN_HOUR),
    ]
    return Outcome(
        figures="; ".join(outcome.figures for outcome in outcomes),
        faults=tuple(fault for outcome in outcomes for fault in outcome.faults),
    )


def _flood(name: str, sources: Sequence[str], most: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        opened = create_newsletter(Path(folder) / "newsletter", proxies=1)
        context = replace(opened, real_clock=lambda: _NOW, wait=lambda _seconds: None)
        counts, letters, is_alive = _sign_up(context, list(sources))
        context.engine.dispose()
    faults = []
    if counts[200] > most or letters > most:
        faults.append(f"{name}: {counts[200]} sign-ups pass and {letters} letters go out")
    if set(counts) - {200, 429, 503}:
        faults.append(f"{name}: answered with {dict(counts)}")
    if not is_alive:
        faults.append(f"{name}: /healthz does not answer afterwards")
    return Outcome(
        figures=f"{len(sources):,} sign-ups from {name}: {counts[200]} pass, {letters} letters",
        faults=tuple(faults),
    )


def _sign_up(context: Context, sources: list[str]) -> tuple[Counter[int], int, bool]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        counts = flood(context, site.port, sources)
        is_alive = Visitor(site.port).get("/healthz").status == 200
        process_sign_ups(context)
        wait_for_mail_worker()
    return counts, len(outbox_messages(context)), is_alive
