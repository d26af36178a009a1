"""What the project needs while it runs: free licences, and the versions that were tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT

_PROJECT = "happy-trails"
_EXTRAS = ("postgresql", "scale")
_FREE = re.compile(
    r"\b(MIT(-0|-CMU)?|BSD(-[23]-Clause)?|Apache(-2\.0)?|ISC|PSF(-2\.0)?|MPL(-2\.0)?|ZPL|Unlicense"
    r"|Mozilla Public License|Zope Public License|Python Software Foundation License)\b"
)
_NOT_FREE = re.compile(r"\bA?GPL|General Public License|Proprietary|Commercial", re.IGNORECASE)
_LESSER = re.compile(r"\bLGPL\b")


def licence_of(found: Distribution) -> str:
    """Return what a package says of its licence: an SPDX expression, or classifiers and a name."""
    metadata = found.metadata
    if expression := metadata.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [
        line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    # Some write the whole text of the licence into the field.
    names = [str(name).partition("\n")[0] for name in metadata.get_all("License") or []]
    return " ".join((*classifiers, *names)).strip()


def is_free(licence: str, *, only_in_an_extra: bool = False) -> bool:
    """Whether a licence is one that may be used, the LGPL by extras alone."""
    if only_in_an_extra and _LESSER.search(licence):
        return True
    return bool(_FREE.search(licence)) and not _NOT_FREE.search(licence.replace("LGPL", "GPL"))


def collect_needed(
    name: str, extras: frozenset[str], seen: dict[tuple[str, frozenset[str]], Distribution]
) -> dict[tuple[str, frozenset[str]], Distribution]:
    """Add a package with all that it needs here to `seen`, and return that."""
    key = (canonicalize_name(name), extras)
    if key not in seen:
        seen[key] = distribution(name)
        for line in seen[key].requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(
                marker.evaluate({"extra": extra}) for extra in ("", *sorted(extras))
            ):
                collect_needed(requirement.name, frozenset(requirement.extras), seen)
    return seen


def packages(*extras: str) -> dict[str, Distribution]:
    """Return what the project needs with these extras, without itself."""
    found = collect_needed(_PROJECT, frozenset(extras), {})
    return {name: each for (name, _), each in found.items() if name != _PROJECT}


def pins(file: str) -> Iterator[tuple[str, str]]:
    for line in (ROOT / file).read_text("utf-8").splitlines():
        if match := re.match(r"([\w.-]+)==([^\s\\;]+)", line):
            yield canonicalize_name(match[1]), match[2]


def test_every_package_that_is_needed_has_a_free_licence() -> None:
    base, all_of_them = packages(), packages(*_EXTRAS)
    refused = {
        name: licence_of(package)
        for name, package in all_of_them.items()
        if not is_free(licence_of(package), only_in_an_extra=name not in base)
    }

    assert {"psycopg-binary", "procrastinate"} <= all_of_them.keys() - base.keys()
    assert refused == {}


def test_other_licences_are_refused() -> None:
    for licence in ("GPL-3.0-only", "AGPL-3.0", "", "UNKNOWN", "Proprietary", "LGPL-3.0-only"):
        assert not is_free(licence), licence
    for licence in ("MIT AND GPL-2.0-only", "License :: Other/Proprietary License MIT"):
        assert not is_free(licence, only_in_an_extra=True), licence
    assert is_free("LGPL-3.0-only", only_in_an_extra=True)


def test_the_hashed_versions_are_the_tested_ones() -> None:
    locked, tested = dict(pins("requirements.lock")), dict(pins("requirements.txt"))

    assert set(packages(*_EXTRAS)) <= set(locked)
    assert {name: tested.get(name) for name in locked} == locked


def test_every_locked_package_has_hashes_and_the_file_names_no_machine() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]

    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--index-url|/tmp|/home", text)
