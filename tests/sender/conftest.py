from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.sendgrid import KEY, SendGridStandIn


@pytest.fixture
def mailer_for() -> Iterator[Callable[..., SendGrid]]:
    mailers: list[SendGrid] = []

    def create(standin: SendGridStandIn, **settings: Any) -> SendGrid:
        mailers.append(SendGrid(**({"api_key": KEY, "host": standin.url} | settings)))
        return mailers[-1]

    yield create
    for mailer in mailers:
        mailer.close()
