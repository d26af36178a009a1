"""A short form of `make killtest`: kill the real program a few times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.simulator.killing import run_campaign


@pytest.mark.parametrize("on_unknown", ["wait", "cancel"])
def test_a_killed_program_mails_nobody_twice_and_loses_nobody(
    tmp_path: Path, on_unknown: str
) -> None:
    chance = random.Random(7)  # noqa: S311  # reproducible
    campaign = run_campaign(tmp_path / "newsletter", 3, chance, on_unknown=on_unknown)
    print(f"seed 7: {campaign}")
    assert campaign.faults == ()
    assert campaign.kills == 3
    if on_unknown == "cancel":
        assert campaign.figures.unknown == 0
