"""A wheel in an empty environment does what a checkout does."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_templates_migrations_and_the_sample_blog(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "newsletter/templates/email/digest.mjml",
        "newsletter/templates/intros/fall.toml",
        "newsletter/templates/starter/newsletter.toml",
        "newsletter/storage/migrations/versions/0001_first_tables.py",
        "newsletter/demo/posts/hips-first.html",
        "subscribers/__init__.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "templates/"))]


@pytest.mark.timeout(900)
def test_installed_in_an_empty_environment_it_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    constraints = ROOT / "requirements.txt"
    _run(str(python), "-m", "pip", "install", "--quiet", "-c", str(constraints), str(wheel))
    empty = tmp_path / "empty"
    empty.mkdir()
    text = _run(str(home / "bin" / "newsletter"), "--json", "demo", cwd=empty)
    result = json.loads(text)
    assert (
        len(result["messages"]) == len(list((empty / "demo" / "outbox" / "1").glob("*.eml"))) == 8
    )
    assert result["draft"] == 2
    shown = _run(str(home / "bin" / "newsletter"), "--folder", "demo", "show", "last", cwd=empty)
    assert "Happy Trails and Happy Running," in shown


def _run(*words: str, cwd: Path | None = None) -> str:
    completed = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, f"{words}\n{completed.stdout}\n{completed.stderr}"
    return completed.stdout
