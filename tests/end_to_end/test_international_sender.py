"""A sender at an international domain: from `init` to the messages, in ASCII where it counts."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage

from tests.end_to_end.conftest import OLD
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.program import Program

DOMAIN = "xn--luferblog-v2a.de"


def message_to(program: Program, folder: str, address: str) -> EmailMessage:
    octets = (program.folder / "outbox" / folder / f"{address}.eml").read_bytes()
    return email.message_from_bytes(octets, policy=policy.default)


def test_every_message_comes_from_the_domain_in_ascii_under_the_authors_name(
    program: Program, blog: Blog
) -> None:
    blog.serve_feed(rss(*OLD))
    sender = ("--from", "Läufer, am Berg <post@läuferblog.de>", "--backfill", "2")
    assert program.init(blog.url, *sender).code == 0
    program.set('approval = "required"', 'approval = "auto"')
    program.set('author_email = ""', 'author_email = "ich@läuferblog.de"')
    program.set('reply_to = ""', 'reply_to = "ich@läuferblog.de"')
    assert program("subscribers", "add", "ann@example.com").code == 0

    assert program("draft").code == 0
    assert "From" not in program("check", "next", "--no-network").out
    assert program("test", "next", "--to", "ich@läuferblog.de").code == 0
    sent = program("send", "next")

    assert sent.code == 0, sent
    for message in (
        message_to(program, "1", "ann@example.com"),
        message_to(program, "test", f"ich@{DOMAIN}"),
    ):
        (sender_address,) = message["From"].addresses
        assert sender_address.display_name == "Läufer, am Berg"
        assert sender_address.addr_spec == f"post@{DOMAIN}"
        assert message["Reply-To"].addresses[0].addr_spec == f"ich@{DOMAIN}"
        assert message["Message-ID"].endswith(f"@{DOMAIN}>")
        assert f"<newsletter.{DOMAIN}>" in message["List-Id"]
