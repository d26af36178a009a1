"""Without the secret that signs links, only what needs it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.config.secrets import Secrets
from newsletter.context import Context
from newsletter.errors import SettingsError
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions.data_export import export_for_address, export_for_number
from newsletter.subscriptions.subscriber_admin import find_suppression
from subscribers.errors import InvalidAddress, NoSuchSubscriber
from tests.support.newsletter_folder import create_newsletter


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = replace(create_newsletter(tmp_path / "newsletter"), secrets=Secrets())
    yield context
    context.engine.dispose()


def test_what_is_no_address_is_said_first(context: Context) -> None:
    with snapshot(context.engine) as connection:
        assert find_suppression(connection, "@example", context.secrets) is None
        with pytest.raises(InvalidAddress):
            export_for_address(connection, "no address", context.secrets)


def test_that_nobody_is_there_is_said_first(context: Context) -> None:
    with snapshot(context.engine) as connection, pytest.raises(NoSuchSubscriber):
        export_for_number(connection, 7, context.secrets)


def test_an_address_needs_it(context: Context) -> None:
    with snapshot(context.engine) as connection:
        with pytest.raises(SettingsError, match="NEWSLETTER_SECRET"):
            find_suppression(connection, "ada@example.com", context.secrets)
        with pytest.raises(SettingsError, match="NEWSLETTER_SECRET"):
            export_for_address(connection, "ada@example.com", context.secrets)
