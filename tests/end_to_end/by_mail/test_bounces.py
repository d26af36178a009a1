"""Bounces over SMTP, from the return path of a message to the reader whom no issue reaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.support import bounce_reports as reports
from tests.support import maildir
from tests.support.imap_server import ImapServer
from tests.support.smtp_relay import Relay

ANN, SUE = "ann@example.com", "sue@example.com"
SETTINGS = """\
mailer = "smtp"
[sender.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
envelope_from = "bounce@example.com"
"""
NOTHING = {
    "read": 0,
    "bounced": 0,
    "complained": 0,
    "recorded": 0,
    "ignored": 0,
    "outdated": 0,
    "repeated": 0,
    "automatic": 0,
    "forged": 0,
    "unreadable": 0,
    "more": False,
    "error": None,
}


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as server:
        yield server


@pytest.fixture
def by_smtp(weekly: Newsletter, relay: Relay) -> Newsletter:
    """Ann and Sue get their issues by SMTP; bounces come to a Maildir of their own."""
    return _deliver_by(relay, weekly)


@pytest.fixture
def by_smtp_on_postgresql(on_postgresql: Newsletter, relay: Relay) -> Newsletter:
    """The same on PostgreSQL, where Ann is the only reader."""
    return _deliver_by(relay, on_postgresql)


def _deliver_by(relay: Relay, newsletter: Newsletter) -> Newsletter:
    path = newsletter.folder / "newsletter.toml"
    text = path.read_text("utf-8")
    kept = text[: text.index("[sender]")] + text[text.index("[site]\n") :]
    kept = kept.replace('url = ""', 'url = "https://news.example.com"', 1)
    mailbox = '[mailbox.bounces]\nkind = "maildir"\npath = "back"\n'
    path.write_text(f"{kept}\n[sender]\n{SETTINGS.format(port=relay.port)}{mailbox}", "utf-8")
    maildir.create_maildir(newsletter.folder / "back")
    return newsletter


def come_back(newsletter: Newsletter, *messages: bytes) -> None:
    """Deliver messages to the Maildir. The last is read first."""
    maildir.arrive(newsletter.folder / "back", *messages)


def flags_of(newsletter: Newsletter) -> list[str]:
    return maildir.flags_in(newsletter.folder / "back")


def process(newsletter: Newsletter, code: int = 0) -> dict[str, object]:
    answer = newsletter("subscribers", "process-mailbox", "--json")
    assert answer.code == code, answer
    bounces: dict[str, object] = answer.json["bounces"]
    return bounces


def status_of(newsletter: Newsletter, address: str) -> str:
    answer = newsletter.run("subscribers", "show", address, "--json")
    return str(answer.json["subscriber"]["status"])


def events_of(newsletter: Newsletter, address: str) -> list[tuple[str, int, str]]:
    answer = newsletter.run("subscribers", "show", address, "--json")
    return [(event["kind"], event["issue"], event["detail"]) for event in answer.json["events"]]


def test_every_reader_has_a_return_path_and_a_bounce_to_it_ends_their_issues(
    by_smtp: Newsletter, relay: Relay
) -> None:
    by_smtp.at(SUNDAY).run("run")
    assert set(relay.senders) == {ANN, SUE}
    assert len(set(relay.senders.values())) == 2
    for sender in relay.senders.values():
        assert sender.startswith("bounce+")
        assert sender.endswith("@example.com")
    # The relay wrote the return path in capitals, and the report is about an alias.
    come_back(by_smtp, reports.postfix(relay.senders[ANN].upper(), about="alias@elsewhere.example"))
    by_smtp.publish(NEXT)

    run = by_smtp.at(NEXT_SUNDAY).run("run", "--json").json
    assert run["bounces"] == NOTHING | {"read": 1, "bounced": 1}
    assert (run["issue"], run["planned"], run["accepted"]) == (2, 1, 1)
    assert status_of(by_smtp, ANN) == "bounced"
    assert status_of(by_smtp, SUE) == "active"
    assert flags_of(by_smtp) == ["S"]
    ((kind, issue, detail),) = events_of(by_smtp, ANN)
    assert (kind, issue) == ("bounce", 1)
    assert detail.startswith("5.1.1 550 5.1.1 <…@readers.example>: Recipient address rejected")
    issues = by_smtp.run("issues", "--json").json["issues"]
    assert [one["accepted"] for one in issues] == [2, 1]
    log = by_smtp.run("subscribers", "show", ANN, "--json").json["consent_log"]
    assert (log[-1]["event"], log[-1]["actor"], log[-1]["source"]) == (
        "bounced",
        "mailer",
        "mailbox: bounce",
    )


def test_on_postgresql_too_a_bounce_and_a_complaint_end_the_issues(
    by_smtp_on_postgresql: Newsletter, relay: Relay
) -> None:
    newsletter = by_smtp_on_postgresql
    newsletter.at(SUNDAY).run("run")
    come_back(
        newsletter, reports.complaint(relay.senders[ANN]), reports.postfix(relay.senders[ANN])
    )
    assert process(newsletter) == NOTHING | {"read": 2, "bounced": 1, "complained": 1}
    assert status_of(newsletter, ANN) == "complained"


def test_a_complaint_ends_the_issues_and_is_counted_in_words(
    by_smtp: Newsletter, relay: Relay
) -> None:
    by_smtp.at(SUNDAY).run("run")
    come_back(by_smtp, reports.complaint(relay.senders[SUE]), reports.qmail(relay.senders[ANN]))
    answer = by_smtp.run("subscribers", "process-mailbox")
    assert answer.out == "2 bounces read: 1 bounced, 1 complained, 0 recorded, 0 ignored.\n"
    assert status_of(by_smtp, SUE) == "complained"
    assert status_of(by_smtp, ANN) == "bounced"
    lines = by_smtp.run("issues", "1").out.splitlines()
    assert lines[0].startswith("Issue 1: 2 of 2 accepted")
    assert lines[1:] == [
        "1 accepted, and then came back for good.",
        "1 accepted, and then reported as spam.",
    ]
    issue = by_smtp.run("issues", "1", "--json").json
    assert (issue["accepted"], issue["bounced"], issue["complained"]) == (2, 1, 1)
    assert by_smtp.run("subscribers", "process-mailbox").out == "No bounces.\n"


def test_a_full_mailbox_is_recorded_and_the_reader_stays(by_smtp: Newsletter, relay: Relay) -> None:
    by_smtp.at(SUNDAY).run("run")
    late = reports.postfix(relay.senders[ANN], action="delayed", status="4.2.2", diagnostic="")
    full = reports.postfix(relay.senders[ANN], status="5.2.2", diagnostic="552 5.2.2 Quota")
    come_back(by_smtp, full, full, late)
    assert process(by_smtp) == NOTHING | {"read": 3, "recorded": 2, "ignored": 1, "repeated": 1}
    assert status_of(by_smtp, ANN) == "active"
    assert [kind for kind, _, _ in events_of(by_smtp, ANN)] == ["deferred", "bounce"]


def test_forged_broken_and_foreign_reports_change_nobody_and_stay(
    by_smtp: Newsletter, relay: Relay
) -> None:
    by_smtp.at(SUNDAY).run("run")
    back = relay.senders[ANN]
    forged = back[:-14] + ("a" if back[-14] != "a" else "b") + back[-13:]
    whole = reports.postfix(back)
    come_back(
        by_smtp,
        reports.postfix(forged, about=ANN),
        reports.postfix(f"bounce+{'a' * 500}@example.com", about=ANN),
        reports.postfix(f"bounce+@example.com, {back}", about=ANN),
        reports.complaint(f"{back}, {relay.senders[SUE]}"),
        whole[: whole.index(b"Status:")],
        b"To: " + back.encode() + b"\r\nFrom: pal@example.net\r\n\r\nIs this you?\r\n",
        # Only where it was delivered to counts: not a recipient, not what is quoted.
        reports.postfix("bounce@example.com", about=ANN, original=f"To: {back}\n"),
        reports.postfix("news@example.com", about=ANN),
        reports.vacation(back),
    )
    assert process(by_smtp, code=3) == NOTHING | {
        "read": 7,
        "ignored": 7,
        "forged": 4,
        "unreadable": 2,
        "automatic": 1,
    }
    assert status_of(by_smtp, ANN) == status_of(by_smtp, SUE) == "active"
    assert flags_of(by_smtp) == ["F"] * 6 + ["new"] * 2 + ["S"]
    answer = by_smtp.run("subscribers", "process-mailbox")
    assert answer.out == "No bounces.\n"


def test_flagged_reports_are_told_and_stop_no_issue(by_smtp: Newsletter) -> None:
    come_back(by_smtp, reports.postfix("bounce+forged@example.com"))
    run = by_smtp.at(SUNDAY)("run", "--json")
    assert (run.code, run.json["accepted"]) == (3, 2)
    assert "1 message to the address for bounces names no reader" in run.json["reason"]


def test_a_huge_report_counts_by_its_beginning_and_is_not_read_whole(
    by_smtp: Newsletter, relay: Relay
) -> None:
    by_smtp.at(SUNDAY).run("run")
    come_back(by_smtp, reports.postfix(relay.senders[ANN], original="Up the hill.\n" * 1_000_000))
    assert process(by_smtp)["bounced"] == 1


def test_a_replayed_report_changes_nobody_who_has_come_back(
    by_smtp: Newsletter, relay: Relay
) -> None:
    by_smtp.at(SUNDAY).run("run")
    report, complaint = reports.postfix(relay.senders[ANN]), reports.complaint(relay.senders[ANN])
    come_back(by_smtp, report)
    process(by_smtp)
    by_smtp.run("subscribers", "erase", ANN, "--yes")
    by_smtp.at("2026-10-12T09:00").subscribe("ann2@example.com")
    come_back(by_smtp, report, complaint)
    assert process(by_smtp) == NOTHING | {"read": 2, "ignored": 2, "outdated": 2}
    assert status_of(by_smtp, "ann2@example.com") == "active"


def test_a_mailbox_that_cannot_be_read_is_told_and_stops_no_issue(by_smtp: Newsletter) -> None:
    by_smtp.set('path = "back"', 'path = "nowhere"')
    answer = by_smtp("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "Check [mailbox.bounces] path; some mail servers make it" in answer.err
    run = by_smtp.at(SUNDAY)("run", "--json")
    assert (run.code, run.json["accepted"]) == (3, 2)
    assert "Bounces could not be read: There is no Maildir" in run.json["reason"]
    assert "There is no Maildir" in run.json["bounces"]["error"]


def test_without_a_return_path_all_is_as_before(by_smtp: Newsletter, relay: Relay) -> None:
    by_smtp.set('envelope_from = "bounce@example.com"\n', "")
    by_smtp.set('[mailbox.bounces]\nkind = "maildir"\npath = "back"\n', "")
    run = by_smtp.at(SUNDAY).run("run", "--json").json
    assert set(relay.senders.values()) == {"news@example.com"}
    assert "bounces" not in run


@pytest.fixture
def one_mailbox(by_smtp: Newsletter, server: ImapServer, trusted: Path) -> Newsletter:
    """One mailbox on a server, for requests and for bounces."""
    by_smtp.set(
        '[mailbox.bounces]\nkind = "maildir"\npath = "back"\n',
        f'[mailbox]\naddress = "leave+us@example.com"\nhost = "127.0.0.1"\nport = {server.port}\n',
    )
    by_smtp.program.env |= {"SSL_CERT_FILE": str(trusted), "NEWSLETTER_MAILBOX_PASSWORD": "hush"}
    return by_smtp


def test_one_mailbox_on_a_server_serves_requests_and_bounces(
    one_mailbox: Newsletter, relay: Relay, server: ImapServer
) -> None:
    one_mailbox.at(SUNDAY).run("run")
    back = relay.senders[ANN]
    # Its subject speaks of unsubscribing, and it is no request.
    report = server.add(reports.exchange_online(back))
    huge = server.add(reports.postfix(relay.senders[SUE], original="Up the hill.\n" * 50_000))
    forged = server.add(reports.postfix("bounce+forged@example.com"))
    request = server.add(b"To: leave@example.com\r\nSubject: unsubscribe me\r\n\r\n")
    other = server.add(b"To: bounce@example.com\r\nSubject: Bargains\r\n\r\n")

    answer = one_mailbox("subscribers", "process-mailbox", "--json")
    assert answer.code == 3
    assert (answer.json["read"], answer.json["without_token"]) == (1, 1)
    assert answer.json["bounces"] == NOTHING | {"read": 3, "bounced": 2, "ignored": 1, "forged": 1}
    assert status_of(one_mailbox, ANN) == status_of(one_mailbox, SUE) == "bounced"
    assert report.flags == huge.flags == {r"\Seen"}
    assert forged.flags == request.flags == {r"\Flagged"}
    assert other.flags == set()
    # 256 KiB of the huge report, and some headers.
    assert server.sent < 300_000


@pytest.mark.parametrize("refused", ["SEARCH", "FETCH", "STORE"])
def test_what_was_booked_when_the_mark_was_lost_is_booked_once(
    one_mailbox: Newsletter, relay: Relay, server: ImapServer, refused: str
) -> None:
    one_mailbox.at(SUNDAY).run("run")
    server.add(reports.postfix(relay.senders[ANN]))
    server.refuses = refused
    assert one_mailbox("subscribers", "process-mailbox").code == 1
    server.refuses = ""
    process(one_mailbox)
    assert status_of(one_mailbox, ANN) == "bounced"
    assert [kind for kind, _, _ in events_of(one_mailbox, ANN)] == ["bounce"]


def test_a_password_of_its_own_is_asked_for(
    by_smtp: Newsletter, server: ImapServer, trusted: Path
) -> None:
    by_smtp.set(
        'kind = "maildir"\npath = "back"\n',
        f'host = "127.0.0.1"\nport = {server.port}\nusername = "leave+us@example.com"\n',
    )
    by_smtp.program.env["SSL_CERT_FILE"] = str(trusted)
    by_smtp.program.env["NEWSLETTER_MAILBOX_PASSWORD"] = "hush"
    answer = by_smtp("subscribers", "process-mailbox")
    assert answer.code == 2
    assert "Write it to .env as NEWSLETTER_BOUNCES_PASSWORD=" in answer.err
    by_smtp.program.env["NEWSLETTER_BOUNCES_PASSWORD"] = "wrong"
    answer = by_smtp("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "Check [mailbox.bounces] username and NEWSLETTER_BOUNCES_PASSWORD." in answer.err
    by_smtp.program.env["NEWSLETTER_BOUNCES_PASSWORD"] = "hush"
    assert process(by_smtp) == NOTHING


def test_a_rehearsal_reads_no_real_mailbox_for_bounces(by_smtp: Newsletter) -> None:
    by_smtp.set('kind = "maildir"\npath = "back"\n', 'host = "imap.example.com"\n')
    answer = by_smtp("run")
    assert answer.code == 2
    assert "take [mailbox.bounces] out for the rehearsal" in answer.err
