"""A relay on loopback whose replies a test scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.smtp_relay import Relay


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay
