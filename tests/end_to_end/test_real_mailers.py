"""Requirements of mailers that reach people: if one is missing, nothing is sent (exit 2)."""

from __future__ import annotations

import pytest

from tests.end_to_end.newsletter import Newsletter, files_in

SITE = ('url = ""', 'url = "https://news.example.com"')
SENDGRID = ('mailer = "outbox"', 'mailer = "sendgrid"')
SMTP = ('mailer = "outbox"', 'mailer = "smtp"')
ON_LOOPBACK = ("https://api.sendgrid.com", "http://127.0.0.1:9")


def test_a_rehearsed_moment_is_refused_with_a_mailer_that_reaches_people(
    weekly: Newsletter,
) -> None:
    weekly.set(*SENDGRID)
    weekly.set(*SITE)
    weekly.program.env["SENDGRID_API_KEY"] = "SG.test"

    answer = weekly("run")

    assert answer.code == 2
    assert "NEWSLETTER_NOW is for rehearsals" in answer.err


def test_smtp_on_another_machine_is_refused_in_a_rehearsal_too(weekly: Newsletter) -> None:
    weekly.set(*SMTP)
    weekly.set('host = "localhost"', 'host = "mail.example.com"')

    assert weekly("run").code == 2


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ((SENDGRID, ON_LOOPBACK, SITE), "", ("SENDGRID_API_KEY", ".env")),
        ((SENDGRID, ON_LOOPBACK), "SG.test", ("[site] url", "unsubscribe link")),
        (
            (SENDGRID, ON_LOOPBACK, ('url = ""', 'url = "http://news.example.com"')),
            "SG.test",
            ("https", "RFC 8058"),
        ),
        (
            (SENDGRID, ON_LOOPBACK, SITE, ("news@example.com", "jane@gmail.com")),
            "SG.test",
            ("gmail.com", "domain of your own"),
        ),
        (
            (SENDGRID, ON_LOOPBACK, SITE, ("1 Hill Road, Alder Creek", "")),
            "SG.test",
            ("postal_address",),
        ),
        ((SMTP,), "", ("[site] url",)),
    ],
)
def test_what_is_missing_is_named_and_nothing_changes(
    weekly: Newsletter, changes: tuple[tuple[str, str], ...], key: str, words: tuple[str, ...]
) -> None:
    for old, new in changes:
        weekly.set(old, new)
    weekly.program.env["SENDGRID_API_KEY"] = key
    before = files_in(weekly.folder)

    answer = weekly.at("2026-10-11T07:00")("run")

    assert answer.code == 2
    assert [word for word in words if word not in answer.err] == []
    assert files_in(weekly.folder) == before
