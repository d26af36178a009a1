"""What handing over takes: the SendGrid way with its ledger, connections, and SMTP."""

from __future__ import annotations

import datetime as dt
import smtplib
import tempfile
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Content, From, Header, Mail, Personalization, Substitution, To
from sqlalchemy import delete, insert

from newsletter.pipeline.ledger import StoredLedger
from newsletter.sender.deliver import deliver
from newsletter.sender.mailers.sendgrid import SendGrid
from newsletter.sender.mailers.smtp import Smtp
from newsletter.storage import deliveries, tables
from newsletter.storage.engine import writing
from subscribers.storage.tables import subscribers
from tests.benchmarks.sink import http_sink, smtp_sink
from tests.benchmarks.table import Row
from tests.sender.conftest import batch, recipient
from tests.sender.folder import frozen, outbox_folder
from tests.simulator.sendgrid import KEY

_SIZE = 1_000
_LONG = "An easy hour by the river, and pancakes after.\n" * 1_000
_NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
# The helpers of the sendgrid package do 2.2 times what django-anymail's merge sending does
# (measured in November 2026): six times that is 2.7 times the helpers.
_OF_HELPERS = 1 / 2.7
# Likewise Django's mail backend does 1.3 times smtplib with EmailMessage.
_OF_SMTPLIB = 1 / 16


def rows() -> Iterator[Row]:
    """Each against a peer, or against itself with one connection."""
    with http_sink() as url:
        helpers, ours = _helpers(url, 5_000) / 5_000, _sendgrid(url, 20_000, 1) / 20_000
    yield _row("a reader by SendGrid, ledger included : helpers", ours, helpers, _OF_HELPERS)
    with http_sink(0.1) as url:
        one, eight = _sendgrid(url, 40_000, 1) / 40_000, _sendgrid(url, 40_000, 8) / 40_000
    yield _row("a reader at 100 ms an answer, 8 connections : 1", eight, one, 1 / 7)
    with smtp_sink() as port:
        plain, piped = _smtplib(port, 300) / 300, _smtp(port, 3_000) / 3_000
    yield _row("a message by SMTP : smtplib with EmailMessage", piped, plain, _OF_SMTPLIB)
    with smtp_sink(0.02) as port:
        each = _smtp(port, 100) / 100
    yield _row("a message by SMTP at 20 ms : a round trip", each, 0.02, 1 / 0.8)


def _row(what: str, ours: float, theirs: float, aim: float) -> Row:
    figures = f"{ours * 1e6:.0f} : {theirs * 1e6:.0f} microseconds"
    return Row(what=what, ratio=ours / theirs, aim=aim, figures=figures)


def _sendgrid(url: str, count: int, connections: int) -> float:
    """Seconds from the first claim to the last record, in a database on disk."""
    with tempfile.TemporaryDirectory() as folder:
        context = outbox_folder(Path(folder) / "newsletter", readers=1)
        issue = frozen(context)
        with writing(context.engine) as connection:
            for table in (tables.delivery, tables.batch, subscribers):
                connection.execute(delete(table))
            people = [
                {
                    "id": number,
                    "address": f"runner{number}@example.org",
                    "address_key": f"runner{number}@example.org",
                    "status": "active",
                    "created_at": _NOW,
                }
                for number in range(1, count + 1)
            ]
            connection.execute(insert(subscribers), people)
            planned = (
                deliveries.Planned(
                    subscriber_id=number, address=f"runner{number}@example.org", edition="north"
                )
                for number in range(1, count + 1)
            )
            deliveries.plan(connection, issue.id, planned, batch_size=_SIZE, now=_NOW)
        mailer = SendGrid(KEY, url, batch_size=_SIZE)
        ledger = StoredLedger(context, issue)
        begun = time.perf_counter()
        done = deliver(ledger, mailer, wait=time.sleep, connections=connections)
        seconds = time.perf_counter() - begun
        mailer.close()
        context.engine.dispose()
    assert done.tally.accepted == count, done
    return seconds


def _helpers(url: str, count: int) -> float:
    """Seconds for the package's own way, without any ledger."""
    client = SendGridAPIClient(KEY, host=url)
    begun = time.perf_counter()
    for start in range(0, count, _SIZE):
        mail = Mail(from_email=From("news@example.com"), subject="Hills")
        mail.add_content(Content("text/plain", "Hello"))
        mail.add_content(Content("text/html", _LONG))
        for number in range(start, start + _SIZE):
            way_out = f"https://news.example.com/unsubscribe/{number}"
            one = Personalization()
            one.add_to(To(f"runner{number}@example.org"))
            one.add_substitution(Substitution("-unsubscribe-", way_out))
            one.add_header(Header("List-Unsubscribe", f"<{way_out}>"))
            mail.add_personalization(one)
        client.send(mail)
    return time.perf_counter() - begun


def _smtp(port: int, count: int) -> float:
    smtp = Smtp(host="127.0.0.1", port=port, security="none")
    people = tuple(recipient(number) for number in range(1, count + 1))
    made = batch(*people, html=f"<p>{_LONG}</p>")
    begun = time.perf_counter()
    receipts = smtp.send(made)
    seconds = time.perf_counter() - begun
    smtp.close()
    assert {one.outcome for one in receipts} == {"accepted"}
    return seconds


def _smtplib(port: int, count: int) -> float:
    begun = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as relay:
        for number in range(count):
            message = EmailMessage()
            message["From"], message["To"] = "news@example.com", f"runner{number}@example.org"
            message["Subject"] = "Hills"
            message.set_content("Hello")
            message.add_alternative(f"<p>{_LONG}</p>", subtype="html")
            relay.send_message(message)
    return time.perf_counter() - begun
