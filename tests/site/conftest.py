from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.pipeline.context import Context
from newsletter.site.server import listen
from tests.desk.newsletter import newsletter
from tests.desk.visitor import Visitor, running


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return newsletter(tmp_path / "newsletter")


@pytest.fixture
def visitor(context: Context) -> Iterator[Visitor]:
    site = listen(context, host="127.0.0.1", port=0)
    with running(site.server):
        yield Visitor(site.port)
