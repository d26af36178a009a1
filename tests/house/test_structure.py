"""The shape of the tree: sizes, faces of packages, and who may import whom."""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.house.sources import EVERYTHING, PRODUCT, ROOT, Source, sources

_MOST_LINES = 350
_MOST_MODULES = 30
# Alembic names these files; each is one step of the schema, in order.
_MIGRATIONS = "migrations"

PACKAGES = [
    source
    for source in sources(*PRODUCT)
    if source.path.name == "__init__.py" and _MIGRATIONS not in source.path.parts
]

MODULES = {
    part for source in sources(*PRODUCT) for part in (*source.package.parts, source.path.stem)
}
TEXT = "\n".join(source.text for source in sources(*PRODUCT))
# A name in backticks, with or without arguments; file names are tested as citations.
_NAME = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\([^`]*\))?`(?<!\.py`)")


def test_no_module_of_the_product_is_longer_than_350_lines() -> None:
    long = [
        f"{source.path}: {source.lines}"
        for source in sources(*PRODUCT)
        if source.lines > _MOST_LINES and _MIGRATIONS not in source.path.parts
    ]

    assert not long


def test_no_folder_holds_more_than_30_modules() -> None:
    modules = Counter(
        source.package for source in sources(*EVERYTHING) if source.path.name != "__init__.py"
    )
    full = {str(folder): count for folder, count in modules.items() if count > _MOST_MODULES}

    assert not full


@pytest.mark.parametrize("face", PACKAGES, ids=lambda face: str(face.package))
def test_every_package_says_what_is_in_it(face: Source) -> None:
    docstring = ast.get_docstring(face.tree) or ""
    inside = {path.stem for path in (ROOT / face.package).iterdir() if path.suffix in {"", ".py"}}
    inside -= {"__init__", "__pycache__", "py"}
    named = {word for word in inside if re.search(rf"\b{word}\b", docstring)}

    assert len(docstring) >= 60
    assert named or len(inside) < 2


@pytest.mark.parametrize("face", PACKAGES, ids=lambda face: str(face.package))
def test_a_package_s_face_names_what_exists(face: Source) -> None:
    docstring = ast.get_docstring(face.tree) or ""
    missing = [
        word
        for name in _NAME.findall(docstring)
        for word in name.split(".")
        if word not in MODULES and not _is_defined(word)
    ]

    assert not missing


def _is_defined(word: str) -> bool:
    """Tell whether the product defines, assigns or imports a name, or Python has it."""
    pattern = rf"\b(def|class|import) {word}\b|^\s*{word}\b\s*[:=]|import [^\n]*\b{word}\b"
    return hasattr(builtins, word) or bool(re.search(pattern, TEXT, re.MULTILINE))


def test_imports_follow_the_ladder() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
