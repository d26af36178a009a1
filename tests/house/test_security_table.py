"""docs/security.md names tests that exist, and each requirement once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tests.house.sources import ROOT, sources

TABLE = (ROOT / "docs" / "security.md").read_text("utf-8")
_TEST = re.compile(r"`(test_\w+)`")
# The requirements of ASVS 5.0 in the sections of these chapters, without those of level 3 alone.
_LEVEL_TWO: Mapping[str, Mapping[int, Iterable[int]]] = {
    "1": {1: (1, 2), 2: range(1, 10), 3: range(1, 12), 4: (1, 2, 3), 5: (1, 2)},
    "2": {1: (1, 2, 3), 2: (1, 2, 3), 3: (1, 2, 3, 4), 4: (1,)},
    "11": {1: (1, 2), 2: (1, 2, 3), 3: (1, 2, 3), 4: (1, 2, 3), 5: (1,), 6: (1,)},
    "12": {1: (1, 2, 3), 2: (1, 2), 3: (1, 2, 3, 4)},
    "13": {1: (1,), 2: range(1, 6), 3: (1, 2), 4: range(1, 6)},
    "14": {1: (1, 2), 2: range(1, 5), 3: (1, 2, 3)},
    "15": {1: (1, 2, 3), 2: (1, 2, 3), 3: range(1, 8)},
    "16": {1: (1,), 2: range(1, 6), 3: range(1, 5), 4: (1, 2, 3), 5: (1, 2, 3)},
}
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
    expected = {
        f"{chapter}.{section}.{number}"
        for chapter, sections in _LEVEL_TWO.items()
        for section, numbers_of_section in sections.items()
        for number in numbers_of_section
    }
    assert expected - set(numbers) == set()
