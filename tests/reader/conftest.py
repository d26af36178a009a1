"""Fixtures of the reader's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reader.web_server import WebServer, serving


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as site:
        yield site


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests over the corpus need its folder: `--corpus DIR`."""
    if collection_path.name.startswith("test_corpus"):
        return config.getoption("corpus", default=None) is None or None
    return None
