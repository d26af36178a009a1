"""Collect these tests only when their folder is given: `--corpus DIR` or `--cases DIR`."""

from __future__ import annotations

from pathlib import Path

import pytest

# Which option gives a module its folder; the others read feeds.
_OPTIONS = {"test_smtp_replies.py": "cases"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    name = collection_path.name
    if name.startswith("test_"):
        return config.getoption(_OPTIONS.get(name, "corpus"), default=None) is None or None
    return None
