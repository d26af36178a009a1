from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.site.server import listen
from tests.support.newsletter_folder import create_newsletter
from tests.support.sign_up import Now, wait_for_mail_worker
from tests.support.visitor import Visitor, run_server


@pytest.fixture
def now() -> Now:
    """The real clock, which a test may put forward."""
    return [dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)]


@pytest.fixture
def its_database() -> str:
    """The database URL of the newsletter; modules may override it to run on both databases."""
    return ""


@pytest.fixture
def context(tmp_path: Path, its_database: str) -> Iterator[Context]:
    context = create_newsletter(tmp_path / "newsletter", proxies=1, database_url=its_database)
    yield context
    wait_for_mail_worker()
    context.engine.dispose()


@pytest.fixture
def visitor(context: Context) -> Iterator[Visitor]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        yield Visitor(site.port)
