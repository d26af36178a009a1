"""What relays answer, run as the author runs it: exit code, words, and who got the issue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.app import open_newsletter
from newsletter.models import Figures
from newsletter.pipeline.run import run
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY
from tests.support.sendgrid import KEY, Reply, SendGridStandIn
from tests.support.smtp_relay import Conversation, Relay

READERS = ("ann@example.com", "sue@example.com", *(f"r{n}@example.net" for n in range(28)))
SITE = ('url = ""', 'url = "https://news.example.com"')


@pytest.fixture
def by_smtp(weekly: Newsletter, relay: Relay) -> Newsletter:
    """Thirty readers, two batches' worth, and an issue that is due on Sunday."""
    weekly.set('mailer = "outbox"', 'mailer = "smtp"')
    weekly.set("batch_size = 100", "batch_size = 20")
    weekly.set('host = "localhost"', 'host = "127.0.0.1"')
    weekly.set("port = 587", f"port = {relay.port}")
    weekly.set('security = "starttls"', 'security = "none"')
    weekly.set(*SITE)
    people = weekly.folder / "people.csv"
    people.write_text("email\n" + "\n".join(READERS[2:]) + "\n", "utf-8")
    weekly.run("subscribers", "import", str(people))
    return weekly.at(SUNDAY)


def log_in(newsletter: Newsletter, username: str, password: str) -> None:
    newsletter.set('username = ""', f'username = "{username}"')
    newsletter.program.env["NEWSLETTER_SMTP_PASSWORD"] = password


def test_a_login_with_umlauts_reaches_the_relay_and_everybody_gets_one(
    by_smtp: Newsletter, relay: Relay
) -> None:
    relay.auth_offered = "PLAIN LOGIN"
    log_in(by_smtp, "läufer@example.com", "Läufer2026")

    answer = by_smtp.run("run", "--json").json

    assert (answer["accepted"], answer["unknown"]) == (30, 0)
    assert relay.logins[0] == ("läufer@example.com", "Läufer2026")
    assert sorted(relay.addresses) == sorted(READERS)


def test_a_wrong_password_is_a_sentence_and_leaves_everybody_pending(
    by_smtp: Newsletter, relay: Relay
) -> None:
    relay.auth_offered = "PLAIN"
    relay.auth = lambda _talk: "535 5.7.8 Error: authentication failed"
    log_in(by_smtp, "läufer@example.com", "Läufer2026")

    answer = by_smtp("run", "--json")

    assert answer.code in (1, 3)
    assert (answer.json["pending"], answer.json["unknown"]) == (30, 0)
    assert "535 5.7.8 Error: authentication failed" in answer.json["reason"]
    assert "NEWSLETTER_SMTP_PASSWORD" in answer.json["reason"]
    assert "Traceback" not in answer.err
    relay.auth = None
    assert by_smtp.run("run", "--json").json["accepted"] == 30


def test_a_login_that_asks_to_come_later_is_tried_again_in_the_same_run(
    by_smtp: Newsletter, relay: Relay
) -> None:
    relay.auth_offered = "PLAIN LOGIN"
    relay.auth = lambda talk: (
        "454 4.7.0 Temporary authentication failure" if talk.number == 1 else None
    )
    log_in(by_smtp, "ann", "secret")
    waits: list[float] = []
    program = by_smtp.program
    context = open_newsletter(by_smtp.folder, {"NEWSLETTER_NOW": program.now, **program.env})

    report = run(replace(context, wait=waits.append))
    context.engine.dispose()

    assert report.figures == Figures(planned=30, accepted=30)
    assert sum(waits) == 5


@pytest.mark.parametrize(
    "reply", ["452 4.4.5 Maximum number of messages per session exceeded", "421 4.7.0 Enough"]
)
def test_a_relay_that_limits_its_sessions_gets_as_many_as_it_takes(
    by_smtp: Newsletter, relay: Relay, reply: str
) -> None:
    def limit(talk: Conversation) -> str | None:
        return reply if talk.taken >= 5 else None

    relay.mail = limit

    answer = by_smtp.run("run", "--json").json

    assert answer["accepted"] == 30
    assert sorted(relay.addresses) == sorted(READERS)


def test_a_quota_that_ends_midway_is_told_and_goes_on_with_the_next_run(
    by_smtp: Newsletter, relay: Relay
) -> None:
    quota = "552 Message would take you over your relay quota of 12"
    relay.dot = lambda _talk: quota if relay.count >= 12 else None

    answer = by_smtp("run", "--json")

    assert answer.code == 3, answer
    assert (answer.json["accepted"], answer.json["pending"], answer.json["failed"]) == (12, 18, 0)
    assert quota in answer.json["reason"]
    relay.dot = None
    assert by_smtp.run("run", "--json").json["accepted"] == 30
    assert sorted(relay.addresses) == sorted(READERS)


@pytest.mark.parametrize("host", ["smtp..example.com", "läufer..example.com"])
def test_a_host_that_cannot_be_is_a_sentence(by_smtp: Newsletter, host: str) -> None:
    # Any host may be named only where no moment is rehearsed.
    by_smtp.run("collect")
    by_smtp.run("draft")
    by_smtp.program.now = ""
    by_smtp.set('host = "127.0.0.1"', f'host = "{host}"')

    answer = by_smtp("test", "1", "--to", "ann@example.com")

    assert answer.code == 1, answer
    assert f"{host!r} is not the name of a host" in answer.err
    assert "Traceback" not in answer.err


def test_sendgrid_s_own_words_are_told_where_the_credits_are_used_up(
    weekly: Newsletter, sendgrid: SendGridStandIn
) -> None:
    weekly.set('mailer = "outbox"', 'mailer = "sendgrid"')
    weekly.set("https://api.sendgrid.com", sendgrid.url)
    weekly.set(*SITE)
    weekly.program.env["SENDGRID_API_KEY"] = KEY
    spent = {"errors": [{"message": "Maximum credits exceeded", "field": None, "help": None}]}
    sendgrid.script.append(Reply(status=401, body=spent))

    answer = weekly.at(SUNDAY)("run", "--json")

    assert answer.code in (1, 3)
    assert "Maximum credits exceeded" in answer.json["reason"]
    assert "SENDGRID_API_KEY" not in answer.json["reason"]
    assert (answer.json["pending"], answer.json["failed"], answer.json["unknown"]) == (2, 0, 0)
    assert weekly.run("run", "--json").json["accepted"] == 2
