from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.sendgrid import KEY, SendGridStandIn


@pytest.fixture
def mailer_for() -> Iterator[Callable[..., SendGrid]]:
    made: list[SendGrid] = []

    def of(standin: SendGridStandIn, **settings: Any) -> SendGrid:
        made.append(SendGrid(**({"api_key": KEY, "host": standin.url} | settings)))
        return made[-1]

    yield of
    for one in made:
        one.close()
