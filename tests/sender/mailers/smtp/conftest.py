from __future__ import annotations

from collections.abc import Iterator

import pytest

from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.smtp_relay import Relay


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as standin:
        yield standin


@pytest.fixture
def smtp(relay: Relay) -> Iterator[Smtp]:
    mailer = Smtp(host="127.0.0.1", port=relay.port, security="none", timeout=5)
    yield mailer
    mailer.close()
