"""Unsubscribing by mail, from a message's own header to the issue that no longer comes."""

from __future__ import annotations

import re
import sqlite3
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.end_to_end.newsletter import Newsletter, files_in
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.support import maildir
from tests.support.imap_server import ImapServer

ADDRESS = "leave+us@example.com"
ORDINARY = b"From: pal@example.com\r\nSubject: Saturday's run?\r\n\r\nSee you there.\r\n"


@pytest.fixture
def by_maildir(weekly: Newsletter) -> Newsletter:
    maildir.create_maildir(weekly.folder / "mail")
    _set_mailbox(weekly, 'kind = "maildir"\npath = "mail"')
    return weekly


@pytest.fixture
def by_imap(weekly: Newsletter, server: ImapServer, trusted: Path) -> Newsletter:
    _set_mailbox(weekly, f'host = "127.0.0.1"\nport = {server.port}')
    weekly.program.env |= {"SSL_CERT_FILE": str(trusted), "NEWSLETTER_MAILBOX_PASSWORD": "hush"}
    return weekly


def _set_mailbox(newsletter: Newsletter, lines: str) -> None:
    newsletter.set("[images]\n", f'[mailbox]\naddress = "{ADDRESS}"\n{lines}\n\n[images]\n')


def asked_in(message: EmailMessage) -> str:
    """Return the subject that a mail program writes for the unsubscribe header."""
    match = re.search(r"<mailto:([^?>]+)\?subject=([^>]+)>", message["List-Unsubscribe"])
    assert match is not None
    assert match[1] == ADDRESS
    return unquote(match[2])


def letter(subject: str, *fields: str, sender: str = "stranger@example.net") -> bytes:
    lines = (*fields, f"From: {sender}", f"To: {ADDRESS}", f"Subject: {subject}", "", "Bye.", "")
    return "\r\n".join(lines).encode()


def arrive(newsletter: Newsletter, *messages: bytes) -> None:
    """Deliver messages to the Maildir. The last is read first."""
    maildir.arrive(newsletter.folder / "mail", *messages)


def flags_of(newsletter: Newsletter) -> list[str]:
    return maildir.flags_in(newsletter.folder / "mail")


def unsubscribed_addresses(newsletter: Newsletter) -> list[str]:
    answer = newsletter.run("subscribers", "list", "--status", "unsubscribed", "--json")
    return sorted(subscriber["email"] for subscriber in answer.json["subscribers"])


def process(newsletter: Newsletter, code: int = 0) -> dict[str, object]:
    answer = newsletter("subscribers", "process-mailbox", "--json")
    assert answer.code == code, answer
    document: dict[str, object] = answer.json
    return document


def test_a_request_with_a_token_unsubscribes_whoever_the_sender_is(
    by_maildir: Newsletter,
) -> None:
    by_maildir.at(SUNDAY).run("run")
    subject = asked_in(by_maildir.outbox()["ann@example.com"])
    assert "ann" not in subject
    arrive(by_maildir, ORDINARY, letter(f"Re: {subject}"), letter(subject), ORDINARY)

    answer = by_maildir.run("subscribers", "process-mailbox")
    assert answer.out == "2 read: 1 unsubscribed, 1 had left already, 0 ignored.\n"
    assert unsubscribed_addresses(by_maildir) == ["ann@example.com"]
    assert flags_of(by_maildir) == ["new", "S", "S", "new"]
    log = by_maildir.run("subscribers", "show", "ann@example.com", "--json").json["consent_log"]
    assert [(entry["event"], entry["actor"], entry["source"]) for entry in log][-1] == (
        "unsubscribed",
        "subscriber",
        "mailto",
    )
    assert by_maildir.run("subscribers", "process-mailbox").out == "No requests to unsubscribe.\n"


def test_a_run_reads_the_mailbox_before_the_next_issue_is_frozen(by_maildir: Newsletter) -> None:
    by_maildir.at(SUNDAY).run("run")
    arrive(by_maildir, letter(asked_in(by_maildir.outbox()["ann@example.com"])))
    by_maildir.publish(NEXT)

    answer = by_maildir.at(NEXT_SUNDAY).run("run", "--json").json
    assert answer["mailbox"]["unsubscribed"] == 1
    assert by_maildir.recipients(2) == ["sue@example.com"]


def test_a_request_that_does_not_count_is_flagged_for_a_person(
    by_maildir: Newsletter,
) -> None:
    by_maildir.at(SUNDAY).run("run")
    subject = asked_in(by_maildir.outbox()["ann@example.com"])
    preferences = f"unsubscribe-{'A' * 4}.{'b' * 43}"
    arrive(
        by_maildir,
        letter("Unsubscribe", sender="ann@example.com"),
        letter(preferences),
        letter(subject[:-1] + ("A" if subject[-1] != "A" else "B")),
        letter(subject, "Auto-Submitted: auto-replied"),
        letter(subject, "Precedence: bulk"),
        letter(subject, "Return-Path: <>"),
    )
    document = process(by_maildir, code=3)
    assert document == {
        "read": 6,
        "unsubscribed": 0,
        "already": 0,
        "test": 0,
        "ignored": 6,
        "automatic": 3,
        "forged": 2,
        "without_token": 1,
        "more": False,
        "error": None,
    }
    assert unsubscribed_addresses(by_maildir) == []
    assert flags_of(by_maildir) == ["F"] * 6
    assert process(by_maildir)["read"] == 0


def test_a_test_copys_unsubscribe_address_unsubscribes_nobody(by_maildir: Newsletter) -> None:
    by_maildir.run("collect")
    by_maildir.run("draft")
    by_maildir.run("test", "next", "--to", "author@example.com")
    arrive(by_maildir, letter(asked_in(by_maildir.outbox("test").popitem()[1])))
    assert process(by_maildir)["test"] == 1
    assert flags_of(by_maildir) == ["S"]


def test_send_by_hand_processes_requests_first_too(by_maildir: Newsletter) -> None:
    by_maildir.at(SUNDAY).run("run")
    subject = asked_in(by_maildir.outbox()["ann@example.com"])
    by_maildir.publish(NEXT)
    by_maildir.at(NEXT_SUNDAY).run("collect")
    by_maildir.run("draft")
    arrive(by_maildir, letter(subject), letter("unsubscribe me, please"))

    sent = by_maildir("send", "next", "--json")
    assert (sent.code, sent.json["planned"], sent.json["accepted"]) == (3, 1, 1)
    assert "1 letter about unsubscribing names no reader" in sent.json["reason"]
    assert by_maildir.recipients(2) == ["sue@example.com"]
    assert flags_of(by_maildir) == ["S", "F"]


def test_no_flood_hides_a_request_and_huge_messages_are_read_by_their_headers(
    by_maildir: Newsletter,
) -> None:
    by_maildir.at(SUNDAY).run("run")
    subject = asked_in(by_maildir.outbox()["ann@example.com"])
    endless = b"X-Long: " + b"x" * 2_000_000 + b"\r\n" + letter(subject)
    junk = letter("unsubscribe-me now") + b"x" * 100_000
    arrive(by_maildir, letter(subject), endless, *[junk] * 1200)
    by_maildir.publish(NEXT)

    run = by_maildir.at(NEXT_SUNDAY)("run", "--json")
    assert run.code == 3
    assert run.json["mailbox"]["unsubscribed"] == 1
    assert (run.json["mailbox"]["read"], run.json["mailbox"]["more"]) == (1201, False)
    assert by_maildir.recipients(2) == ["sue@example.com"]
    assert flags_of(by_maildir)[:3] == ["S", "new", "F"]
    assert process(by_maildir)["read"] == 0


def test_without_a_mailbox_no_message_names_one_and_the_command_says_what_to_do(
    weekly: Newsletter,
) -> None:
    weekly.at(SUNDAY).run("run")
    assert "mailto:" not in weekly.outbox()["ann@example.com"]["List-Unsubscribe"]
    answer = weekly("subscribers", "process-mailbox")
    assert answer.code == 2
    assert "Write a [mailbox]" in answer.err


def test_a_missing_maildir_is_reported_and_stops_no_issue(by_maildir: Newsletter) -> None:
    by_maildir.set('path = "mail"', 'path = "nowhere"')
    answer = by_maildir("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "There is no Maildir at" in answer.err
    run = by_maildir.at(SUNDAY)("run", "--json")
    assert (run.code, run.json["accepted"]) == (3, 2)
    assert "There is no Maildir at" in run.json["reason"]
    assert "There is no Maildir at" in run.json["mailbox"]["error"]


def test_by_imap_the_request_is_done_and_marked_and_nothing_else_is_touched(
    by_imap: Newsletter, server: ImapServer
) -> None:
    by_imap.at(SUNDAY).run("run")
    subject = asked_in(by_imap.outbox()["ann@example.com"])
    ordinary = server.add(ORDINARY)
    done = server.add(letter(f"=?utf-8?q?Re=3A_{subject.replace('_', '=5F')}?="))
    forged = server.add(letter("unsubscribe me", sender="sue@example.com"))
    machine = server.add(letter(subject, "Auto-Submitted: auto-replied"))
    server.add(letter(subject)).raw += b"x" * 3_000_000

    document = process(by_imap, code=3)
    assert (document["unsubscribed"], document["already"], document["ignored"]) == (1, 1, 2)
    assert unsubscribed_addresses(by_imap) == ["ann@example.com"]
    assert ordinary.flags == set()
    assert done.flags == {r"\Seen"}
    assert forged.flags == machine.flags == {r"\Flagged"}
    assert server.sent < 10_000
    assert not [
        command for command in server.commands if "EXPUNGE" in command or "Deleted" in command
    ]
    assert process(by_imap)["read"] == 0


def test_a_non_ascii_password_is_accepted(by_imap: Newsletter, server: ImapServer) -> None:
    server.password = by_imap.program.env["NEWSLETTER_MAILBOX_PASSWORD"] = 'tr"äil\\'
    assert process(by_imap)["read"] == 0
    assert "AUTHENTICATE PLAIN" in server.commands


def test_no_flood_on_the_server_hides_a_request(by_imap: Newsletter, server: ImapServer) -> None:
    by_imap.at(SUNDAY).run("run")
    oldest = server.add(letter(asked_in(by_imap.outbox()["ann@example.com"])))
    junk = [server.add(letter("Unsubscribe now") + b"x" * 100_000) for _ in range(1200)]

    document = process(by_imap, code=3)
    assert (document["unsubscribed"], document["without_token"], document["more"]) == (
        1,
        1200,
        False,
    )
    assert oldest.flags == {r"\Seen"}
    assert {flag for message in junk for flag in message.flags} == {r"\Flagged"}
    fetches = [command for command in server.commands if command.startswith("UID FETCH")]
    # The request was in the first portion, and nobody's contents were asked for.
    assert "1," in fetches[0]
    assert not [command for command in fetches if "BODY.PEEK[]" in command]


def test_a_wrong_password_is_reported_with_what_to_check(by_imap: Newsletter) -> None:
    by_imap.program.env["NEWSLETTER_MAILBOX_PASSWORD"] = "guessed"
    answer = by_imap("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "does not let leave+us@example.com in" in answer.err
    assert "Check [mailbox] username and NEWSLETTER_MAILBOX_PASSWORD." in answer.err
    assert "guessed" not in answer.err


def test_without_a_password_the_command_asks_for_it_and_a_run_goes_on(by_imap: Newsletter) -> None:
    del by_imap.program.env["NEWSLETTER_MAILBOX_PASSWORD"]
    answer = by_imap("subscribers", "process-mailbox")
    assert answer.code == 2
    assert "NEWSLETTER_MAILBOX_PASSWORD" in answer.err
    run = by_imap.at(SUNDAY)("run", "--json")
    assert (run.code, run.json["accepted"]) == (3, 2)


def test_a_folder_that_is_not_there_is_named(by_imap: Newsletter) -> None:
    by_imap.set('host = "127.0.0.1"', 'folder = "My Leavers"\nhost = "127.0.0.1"')
    answer = by_imap("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "opens no folder 'My Leavers'" in answer.err


def test_an_untrusted_server_gets_no_password(by_imap: Newsletter, server: ImapServer) -> None:
    del by_imap.program.env["SSL_CERT_FILE"]
    answer = by_imap("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "certificate" in answer.err
    assert server.commands == []


@pytest.mark.parametrize("refused", ["SEARCH", "FETCH", "STORE"])
def test_a_refusal_by_the_server_is_reported_and_stops_no_issue(
    by_imap: Newsletter, server: ImapServer, refused: str
) -> None:
    server.add(letter("unsubscribe-test"))
    server.refuses = refused
    answer = by_imap("subscribers", "process-mailbox")
    assert answer.code == 1
    assert "not today" in answer.err
    run = by_imap.at(SUNDAY)("run", "--json")
    assert (run.code, run.json["accepted"]) == (3, 2)
    assert "not today" in run.json["reason"]


def test_an_endless_response_is_abandoned_and_the_issue_is_sent(
    by_imap: Newsletter, server: ImapServer
) -> None:
    server.dribbles = True
    by_imap.set("[mailbox]\n", "[mailbox]\nseconds = 2\n")
    run = by_imap.at(SUNDAY)("run", "--json")
    assert (run.code, run.json["accepted"]) == (3, 2)
    assert "it took more than 2 seconds" in run.json["reason"]


def test_a_processed_request_whose_flag_was_lost_is_processed_once(
    by_imap: Newsletter, server: ImapServer
) -> None:
    by_imap.at(SUNDAY).run("run")
    server.add(letter(asked_in(by_imap.outbox()["ann@example.com"])))
    server.refuses = "STORE"
    assert by_imap("subscribers", "process-mailbox").code == 1
    server.refuses = ""
    assert process(by_imap)["already"] == 1
    with sqlite3.connect(by_imap.folder / "newsletter.db") as database:
        (lines,) = database.execute(
            "SELECT count(*) FROM consents WHERE event = 'unsubscribed'"
        ).fetchone()
    database.close()
    assert lines == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('host = "imap.example.com"', "has no address"),
        ('address = "leave"', "address is 'leave'"),
        ('address = "a b@example.com"\nhost = "x"', "address is"),
        ('address = "leave@example.com"', "there is no host"),
        ('address = "leave@example.com"\nkind = "maildir"', "there is no path"),
        ('address = "leave@example.com"\nhost = "x"\nfolder = ""', "folder is empty"),
        ('address = "leave@example.com"\nhost = "x"\nfolder = "Ä"', "plain letters"),
        ('address = "leave@example.com"\nkind = "pop3"', "one of imap, maildir"),
        ('adress = "leave@example.com"', "Did you mean `address`?"),
    ],
)
def test_a_wrong_setting_is_reported(weekly: Newsletter, lines: str, said: str) -> None:
    weekly.set("[images]\n", f"[mailbox]\n{lines}\n\n[images]\n")
    before = files_in(weekly.folder)
    answer = weekly("run")
    assert answer.code == 2
    assert said in answer.err
    assert files_in(weekly.folder) == before


def test_a_rehearsal_reads_no_real_mailbox(weekly: Newsletter) -> None:
    _set_mailbox(weekly, 'host = "imap.example.com"')
    answer = weekly("run")
    assert answer.code == 2
    assert "the mailbox at imap.example.com holds real requests" in answer.err
