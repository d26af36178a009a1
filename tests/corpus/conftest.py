"""Collect the corpus tests only when a folder is given: `--corpus DIR`."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.name.startswith("test_"):
        return config.getoption("corpus", default=None) is None or None
    return None
