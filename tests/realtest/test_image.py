"""The Docker image, built step by step and run as Docker would, and the units of a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.realtest.image import Image, built_image, end_first_process

_UNITS = ROOT / "docs" / "systemd"
_USER = 10001


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with (
        tempfile.TemporaryDirectory(prefix="image-", dir=ROOT / "build") as folder,
        built_image(Path(folder) / "buildah") as image,
    ):
        yield image


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """An empty volume of the image's own user."""
    folder = tmp_path / "volume"
    folder.mkdir(mode=0o700)
    os.chown(folder, _USER, _USER)
    return folder


@pytest.mark.timeout(1800)
def test_it_makes_a_newsletter_on_a_read_only_root_without_rights(
    image: Image, volume: Path
) -> None:
    assert image.user == f"{_USER}:{_USER}"
    assert list(image.config["Volumes"]) == ["/data"]

    code, out, err = image.run(volume, "demo", "/data/letter")

    assert code == 0, err
    assert "Issue 1 went out to 8 readers" in out
    assert {path.stat().st_uid for path in volume.rglob("*")} == {_USER}
    assert image.run(volume, "--folder", "/data/letter", "issues")[0] == 0


def test_its_first_process_is_the_program_and_ends_by_sigterm(image: Image, volume: Path) -> None:
    assert image.run(volume, "demo", "/data/letter")[0] == 0
    site = image.start(
        volume, image.words("--folder", "/data/letter", *image.config["Cmd"], "--port", "0")
    )
    assert site.stderr is not None

    said = site.stderr.readline()

    assert "The site is up" in said
    assert end_first_process(site) == 0


def test_its_health_check_knows_a_full_disk(image: Image, volume: Path) -> None:
    check = image.config["Healthcheck"]["Test"]
    assert check[0] == "CMD"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "full", str(volume)], check=True)
    try:
        os.chown(volume, _USER, _USER)
        assert image.run(volume, "demo", "/data/letter")[0] == 0
        words = [*check[1:], "--folder", "/data/letter"]
        well = image.start(volume, words)
        well.communicate(timeout=60)
        with (volume / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(bytes(65536)):
                    pass
            except OSError:
                pass
        ill = image.start(volume, words)
        _, said = ill.communicate(timeout=60)
    finally:
        subprocess.run(["umount", str(volume)], check=True)

    assert (well.returncode, ill.returncode) == (0, 1)
    assert "See that its disk has room" in said


@pytest.mark.parametrize(
    ("user", "options", "words"),
    [
        ("0:0", "rw", "does not run as root"),
        ("", "ro", "is mounted read-only"),
        ("4000:4000", "rw", "say `chown -R 4000:4000`"),
    ],
    ids=["root", "read-only", "another user"],
)
def test_what_would_harm_the_volume_is_a_sentence(
    user: str, options: str, words: str, image: Image, volume: Path
) -> None:
    code, out, err = image.run(volume, "issues", user=user, options=options)

    assert (code, out) == (2, "")
    assert words in err
    assert not list(volume.iterdir())


@pytest.mark.parametrize("path", sorted(_UNITS.glob("*")), ids=lambda path: path.name)
def test_systemd_takes_the_units_and_finds_them_confined(path: Path, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("newsletter"))
    for unit in _UNITS.iterdir():
        text = unit.read_text("utf-8").replace("/opt/newsletter/bin/newsletter", program)
        (tmp_path / unit.name).write_text(text, "utf-8")
    words = ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")

    if path.suffix == ".service":
        words = [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            str(tmp_path / path.name),
        ]
        judged = subprocess.run(words, capture_output=True, text=True, check=False)
        (exposure,) = re.findall(r"exposure level for \S+ ([\d.]+)", judged.stdout)
        assert float(exposure) < 2
