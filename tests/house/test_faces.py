"""Each package's `__init__.py` names the modules that import-linter lets others import."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _faces() -> dict[str, list[str]]:
    """The modules each protected package may be imported by, as pyproject.toml lists them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return {
        contract["allowed_importers"][0]: [
            line.partition(" -> ")[2] for line in contract.get("ignore_imports", ())
        ]
        for contract in contracts
        if contract["type"] == "protected"
    }


def _docstrings(package: str, module: str) -> str:
    """The docstrings of the packages on the way from `package` to `module`."""
    parts = module.split(".")
    packages = [".".join(parts[:count]) for count in range(package.count(".") + 1, len(parts))]
    files = [ROOT.joinpath(*name.split("."), "__init__.py") for name in packages]
    return "\n".join(ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "" for file in files)


def test_every_package_has_a_face() -> None:
    packages = {
        f"newsletter.{path.parent.name}" for path in (ROOT / "newsletter").glob("*/__init__.py")
    }
    assert packages | {"subscribers"} == set(_faces())


@pytest.mark.parametrize(("package", "modules"), _faces().items())
def test_a_face_names_the_modules_that_others_may_import(package: str, modules: list[str]) -> None:
    unnamed = [
        module
        for module in modules
        if not re.search(
            rf"\b{module.removesuffix('.*').rpartition('.')[2]}\b", _docstrings(package, module)
        )
    ]
    assert unnamed == []
