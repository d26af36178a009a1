"""The Dockerfile: linted, and what holds for the image that it makes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.packaging.containers.dockerfile import last_words, read_stages

_USER = 10001


def entrypoint() -> Callable[[Path, int, int], str]:
    """Return `find_obstacle` of the image's entry point."""
    path = ROOT / "docker" / "entrypoint.py"
    spec = importlib.util.spec_from_file_location("entrypoint", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[Path, int, int], str] = module.find_obstacle
    return found


def test_a_linter_of_dockerfiles_finds_nothing() -> None:
    words = [
        str(Path(sys.executable).with_name("hadolint")),
        "--no-color",
        str(ROOT / "Dockerfile"),
    ]
    linted = subprocess.run(words, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_the_image_has_a_user_without_rights_one_volume_and_no_shell() -> None:
    stages = read_stages()

    assert len(stages) == 2
    assert last_words("USER") == f"{_USER}:{_USER}"
    assert [step.words for step in stages[-1] if step.name == "VOLUME"] == ["/data"]
    assert "NEWSLETTER_FOLDER=/data" in last_words("ENV")
    # The exec form: `docker stop` reaches the program itself.
    (entry,) = [step.as_list() for step in stages[-1] if step.name == "ENTRYPOINT"]
    (default,) = [step.as_list() for step in stages[-1] if step.name == "CMD"]
    assert entry == ["/opt/newsletter/bin/python", "/opt/newsletter/entrypoint.py"]
    assert default[0] == "serve"
    assert 'CMD ["newsletter", "--quiet", "health"]' in last_words("HEALTHCHECK")
    # Only the build stage installs, and it takes nothing whose hash is not known.
    assert not [step for step in stages[-1] if "pip" in step.words]
    installs = [step.words for step in stages[0] if " install " in step.words]
    assert all("--require-hashes" in words or "--no-index" in words for words in installs)
    assert "apt-get" not in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_version_on_the_label_is_the_programs() -> None:
    from newsletter import __version__

    assert last_words("ARG") == f"VERSION={__version__}"


def test_only_what_is_copied_comes_near_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    copied = {
        source
        for step in read_stages()[0]
        if step.name == "COPY"
        for source in step.words.split()[:-1]
    }

    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied | {"Dockerfile"}


def test_as_root_it_says_why_not(tmp_path: Path) -> None:
    assert "does not run as root" in entrypoint()(tmp_path, 0, 0)


def test_without_a_volume_it_says_where_to_mount_one(tmp_path: Path) -> None:
    assert "mount a volume at it" in entrypoint()(tmp_path / "none", _USER, _USER)


def test_a_folder_that_is_its_own_is_taken(tmp_path: Path) -> None:
    assert entrypoint()(tmp_path, _USER, _USER) == ""


@pytest.mark.parametrize(
    ("flag", "words"),
    [(os.ST_RDONLY, "is mounted read-only"), (0, r"say `chown -R 10001:10001`")],
    ids=["read-only", "somebody else's"],
)
def test_a_folder_that_it_cannot_write_to_is_said_with_a_cure(
    flag: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the system's answers are given here."""
    status = os.statvfs_result((4096, 4096, 1, 1, 1, 1, 1, 1, flag, 255))
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    monkeypatch.setattr(os, "statvfs", lambda _path: status)

    assert words in entrypoint()(tmp_path, _USER, _USER)
