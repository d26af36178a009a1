from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, MUD
from tests.realtest import postfix
from tests.realtest.postfix import Postfix
from tests.support.blog import Blog
from tests.support.feeds import Item
from tests.support.program import Program


@pytest.fixture
def relay() -> Iterator[Postfix]:
    # Postfix's own users must be able to reach the folder, which pytest's own is closed to.
    with (
        tempfile.TemporaryDirectory(prefix="trails-") as folder,
        postfix.running(Path(folder)) as relay,
    ):
        yield relay


@pytest.fixture
def newsletter(program: Program, blog: Blog, relay: Postfix) -> Newsletter:
    """A newsletter without readers that goes out by this Postfix, with an issue due on Sunday."""
    newsletter = Newsletter(program, blog)
    newsletter.publish(Item(number=3, title="Old post", day=dt.date(2026, 9, 3)))
    newsletter.at("2026-10-05T12:00")
    assert program.init(blog.url).code == 0
    newsletter.set('approval = "required"', 'approval = "auto"')
    newsletter.set('mailer = "outbox"', 'mailer = "smtp"')
    newsletter.set("batch_size = 100", "batch_size = 20")
    newsletter.set('host = "localhost"', 'host = "127.0.0.1"')
    newsletter.set("port = 587", f"port = {relay.port}")
    newsletter.set('url = ""', 'url = "https://news.example.com"')
    program.env["SSL_CERT_FILE"] = str(relay.authority)
    newsletter.at(FRIDAY).publish(MUD, HILL)
    return newsletter
