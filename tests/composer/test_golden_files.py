from __future__ import annotations

import pytest

from newsletter.models import Layout
from tests.composer.golden_files import FOLDER, LAYOUTS, render_files


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_equals_its_golden_files(layout: Layout) -> None:
    for name, text in render_files(layout).items():
        saved = (FOLDER / name).read_bytes().decode()
        assert text.splitlines() == saved.splitlines(), (
            f"{name} changed: python -m tests.composer.golden_files, then look at the diff"
        )
