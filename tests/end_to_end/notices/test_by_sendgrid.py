"""A notice by SendGrid: to the author alone, and no part of an issue's deliveries."""

from __future__ import annotations

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY
from tests.support.sendgrid import KEY, SendGridStandIn


def test_the_author_gets_the_notice_and_no_reader_does(drafted: Newsletter) -> None:
    with SendGridStandIn() as sendgrid:
        drafted.set('author_email = ""', 'author_email = "jane@example.com"')
        drafted.set('mailer = "outbox"', 'mailer = "sendgrid"')
        drafted.set('host = "https://api.sendgrid.com"', f'host = "{sendgrid.url}"')
        drafted.set('url = ""', 'url = "https://news.example.com"')
        drafted.program.env["SENDGRID_API_KEY"] = KEY

        quiet = drafted.at(FRIDAY)("--quiet", "run")
        again = drafted("--quiet", "run")

    assert [(result.code, result.err) for result in (quiet, again)] == [(0, ""), (0, "")]
    (notice,) = sendgrid.mailed
    assert notice["to"] == "jane@example.com"
    assert notice["custom_args"]["issue_key"] == ""
