"""What is built of a checkout: an sdist, a wheel, and what the Dockerfile makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.packaging.containers.dockerfile import LocalBuild, read_stages


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    # The build backend is among the packages for tests: no index is asked.
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_templates_migrations_and_the_sample_blog(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = names_in(wheel)
    templates = {
        f"newsletter/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert len(templates) > 50
    assert templates <= names
    for needed in (
        "newsletter/storage/migrations/versions/0001_first_tables.py",
        "newsletter/demo/posts/hips-first.html",
        "subscribers/__init__.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "templates/"))]


def test_the_sdist_makes_the_same_wheel_as_the_checkout(built: Path, tmp_path: Path) -> None:
    (from_sdist,) = built.glob("*.whl")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation")
    _run(*build, "--outdir", str(tmp_path), str(ROOT))
    (from_checkout,) = tmp_path.glob("*.whl")

    assert from_sdist.name == from_checkout.name
    assert from_sdist.read_bytes() == from_checkout.read_bytes()


def test_the_sdist_holds_what_the_readme_speaks_of(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {
        "Makefile", "Dockerfile", "compose.yaml", "requirements.lock", "requirements-build.lock",
        "docker/entrypoint.py", "docs/vps.md", "tools/environment.sh", "tests/conftest.py",
    } <= names  # fmt: skip
    assert not [name for name in names if name.startswith((".venv", ".git/", "demo/"))]


def test_without_its_templates_the_program_says_so(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.startswith("newsletter/templates/"):
                archive.extract(name, tmp_path)
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = ['demo']; "
        "from newsletter.__main__ import main; main()"
    )
    tried = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert tried.returncode == 1
    assert "was installed without its templates" in tried.stderr
    assert "pip install ." in tried.stderr
    assert "Traceback" not in tried.stderr


@pytest.mark.timeout(900)
def test_the_steps_of_the_image_make_a_program_that_runs_the_demo(tmp_path: Path) -> None:
    build = LocalBuild(tmp_path / "root")
    build.carry_out(read_stages()[0])
    program = build.path("/opt/newsletter/bin/newsletter")
    empty = tmp_path / "empty"
    empty.mkdir()

    text = _run(str(program), "--json", "demo", cwd=empty)

    result = json.loads(text)
    assert (
        len(result["messages"]) == len(list((empty / "demo" / "outbox" / "1").glob("*.eml"))) == 8
    )
    assert result["draft"] == 2
    shown = _run(str(program), "--folder", "demo", "show", "last", cwd=empty)
    assert "Happy Trails and Happy Running," in shown
    # Compiled once, in a form that needs no times; and neither pip nor a compiler is left.
    library = next(build.path("/opt/newsletter/lib").glob("python*/site-packages"))
    assert list(library.glob("newsletter/__pycache__/app.*.pyc"))
    assert not [path for path in library.iterdir() if path.name.startswith(("pip", "hatchling"))]


def _run(*words: str, cwd: Path | None = None) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    completed = subprocess.run(
        words, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, f"{words}\n{completed.stdout}\n{completed.stderr}"
    return completed.stdout
