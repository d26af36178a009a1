"""docs/security.md names tests that exist, and each requirement once."""

from __future__ import annotations

import re

from tests.house.sources import ROOT, sources

TABLE = (ROOT / "docs" / "security.md").read_text("utf-8")
_TEST = re.compile(r"`(test_\w+)`")
_REQUIREMENT = re.compile(r"^\| ((?:\d+\.\d+(?:\.\d+)?(?:, )?)+)", re.MULTILINE)


def test_every_test_that_the_table_names_exists() -> None:
    defined = {
        name
        for source in sources("tests")
        for name in re.findall(r"^def (test_\w+)", source.text, re.MULTILINE)
    }
    named = set(_TEST.findall(TABLE))

    assert len(named) > 20
    assert named - defined == set()


def test_every_requirement_is_answered_once() -> None:
    numbers = [number for row in _REQUIREMENT.findall(TABLE) for number in row.split(", ")]

    assert len(numbers) == len(set(numbers)) > 30
