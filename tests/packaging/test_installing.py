"""What the docs and the program's own cures tell to install, and the units of a server."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.house.sources import ROOT
from tests.support.program import Program

UNITS = ROOT / "docs" / "systemd"
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
_EXTRAS = _PROJECT["optional-dependencies"]
_TEXTS = (
    *(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "docs").rglob("*.yml"),
    *(ROOT / "newsletter").rglob("*.py"),
)
_INSTALL = re.compile(r"""pip install ((?:"[^"]*"|[^`\n|"'])+)""")
# A path of the machine, or a file that was just built.
_LOCAL = re.compile(r"\.(\[\w+\])?|/opt/happy-trails|\./happy_trails-….whl")
# What a person fills in, or a variable of the workflow.
_FROM_GIT = re.compile(r"happy-trails\[\w+\] @ (git\+https://GIT-HOST/|\$NEWSLETTER_SOURCE)")


def installed_things() -> Iterator[tuple[str, str]]:
    """Yield each thing that some text tells to install, with the text's name."""
    for path in _TEXTS:
        # Markdown escapes brackets in a sentence.
        text = re.sub(r"\\([][<>])", r"\1", path.read_text("utf-8"))
        for line in _INSTALL.findall(text):
            words = shlex.split(line)
            is_file = False
            for word in words:
                if not is_file and not word.startswith("-"):
                    yield path.name, word
                is_file = word in {"-r", "--requirement", "--constraint"}


def test_whatever_is_told_to_be_installed_can_be() -> None:
    """The project is on no index: a bare name of it would be somebody else's, or nothing."""
    optional = {
        line
        for lines in _EXTRAS.values()
        for line in lines
        if Requirement(line).name != _PROJECT["name"]
    }
    told = list(installed_things())
    unknown = [
        (name, thing)
        for name, thing in told
        if not (_LOCAL.fullmatch(thing) or _FROM_GIT.match(thing) or thing in optional)
    ]

    assert unknown == []
    assert len(told) > 8
    extras = set(re.findall(r"\[(\w+)\]", " ".join(thing for _, thing in told)))
    assert extras <= {*_EXTRAS, "binary"}


def test_a_server_s_guide_names_only_files_that_are_there() -> None:
    for guide in ("vps.md", "docker.md", "github-actions.md"):
        text = (ROOT / "docs" / guide).read_text("utf-8")
        for target in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert (ROOT / "docs" / target).exists(), (guide, target)
        for place in re.findall(r"/opt/happy-trails/([\w./-]*\w)", text):
            assert (ROOT / place).exists(), (guide, place)


def unit_lines(path: Path) -> list[tuple[str, str]]:
    lines = [line for line in path.read_text("utf-8").splitlines() if "=" in line]
    return [
        (name, value)
        for name, _, value in (line.partition("=") for line in lines if line[0] != "#")
    ]


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_calls_a_command_of_ours_confined_to_its_folders(
    path: Path, program: Program
) -> None:
    lines = unit_lines(path)
    values = dict(lines)
    own, *words = shlex.split(values["ExecStart"])

    assert own == "/opt/newsletter/bin/newsletter"
    # Every option is known: a wrong one would end with 2 before the help.
    assert program(*words, "--help").code == 0, words
    assert values["User"] == "newsletter"
    assert values["ProtectSystem"] == "strict"
    assert values["CapabilityBoundingSet"] == ""
    assert values["StateDirectory"] == "newsletter newsletter-notes"
    writable = {value for name, value in lines if name == "ReadWritePaths"}
    assert writable <= {"/var/backups/newsletter"}
    variables = dict(value.split("=", 1) for name, value in lines if name == "Environment")
    assert variables == {
        "NEWSLETTER_FOLDER": "/var/lib/newsletter",
        "XDG_STATE_HOME": "/var/lib/newsletter-notes",
        "HOME": "/var/lib/newsletter",
    }


def test_each_timer_calls_a_unit_that_is_there() -> None:
    timers = list(UNITS.glob("*.timer"))

    assert len(timers) == 2
    for path in timers:
        assert path.with_suffix(".service").is_file()
        assert dict(unit_lines(path))["Persistent"] == "true"
