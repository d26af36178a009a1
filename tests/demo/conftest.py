from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from newsletter.demo.blog import SampleBlog


@pytest.fixture
def blog() -> Iterator[SampleBlog]:
    with SampleBlog(as_of=datetime(2026, 11, 22, 15, tzinfo=UTC)) as running:
        yield running
