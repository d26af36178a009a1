from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.desk.server import listen
from tests.support.newsletter_folder import create_newsletter, publish, subscribe
from tests.support.visitor import Visitor, run_server

OpenDesk = Callable[[Context], Visitor]


@pytest.fixture
def open_desk() -> Iterator[OpenDesk]:
    """Open desks, each with a client that has the session cookie."""
    with ExitStack() as open_ones:

        def open_one(context: Context) -> Visitor:
            desk = listen(context, 0)
            open_ones.enter_context(run_server(desk.server))
            visitor = Visitor(desk.port)
            assert visitor.get(desk.start_url.partition(str(desk.port))[2]).status == 303
            return visitor

        yield open_one


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A newsletter with two waiting posts and readers in both hemispheres."""
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week", "Hill repeats")
    subscribe(context, "ada@example.com", "north")
    subscribe(context, "bo@example.com", "south")
    return context


@pytest.fixture
def author(context: Context, open_desk: OpenDesk) -> Visitor:
    return open_desk(context)
