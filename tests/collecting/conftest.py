from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collecting.photos import Photos, run_photos


@pytest.fixture
def photos() -> Iterator[Photos]:
    with run_photos() as served:
        yield served
