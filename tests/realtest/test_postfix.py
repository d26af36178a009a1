"""A real Postfix as the relay: what it refuses, puts off and drops, and nobody mailed twice.

The judge is what lies in the readers' Maildirs.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY
from tests.realtest.greylist import Greylist
from tests.realtest.postfix import DOMAIN, Postfix
from tests.support.program import CommandResult

LATER = "2026-10-11T09:00"


def addresses(count: int, name: str = "reader") -> list[str]:
    return [f"{name}{number:03}@{DOMAIN}" for number in range(count)]


def subscribe(newsletter: Newsletter, people: Sequence[str]) -> None:
    file = newsletter.folder / "people.csv"
    file.write_text("\n".join(["email", *people]) + "\n", "utf-8")
    newsletter.run("subscribers", "import", str(file))


def run_at(newsletter: Newsletter, moment: str) -> CommandResult:
    return newsletter.at(moment)("run", "--json")


def status_of(newsletter: Newsletter, address: str) -> str:
    return str(
        newsletter.run("subscribers", "show", address, "--json").json["subscriber"]["status"]
    )


def once_each(people: Sequence[str]) -> dict[str, int]:
    return dict.fromkeys(people, 1)


def test_each_reader_gets_one_over_starttls(newsletter: Newsletter, relay: Postfix) -> None:
    people = addresses(50)
    subscribe(newsletter, people)
    relay.give_mailboxes(people)

    answer = run_at(newsletter, SUNDAY)

    assert answer.code == 0, answer
    assert answer.json["accepted"] == 50
    assert relay.deliveries() == once_each(people)
    assert "starttls=1" in relay.log()


def test_a_certificate_of_an_unknown_authority_sends_nothing(
    newsletter: Newsletter, relay: Postfix
) -> None:
    people = addresses(3)
    subscribe(newsletter, people)
    relay.give_mailboxes(people)
    authority = newsletter.program.env.pop("SSL_CERT_FILE")

    answer = run_at(newsletter, SUNDAY)

    assert answer.code != 0
    assert "SSL_CERT_FILE" in answer.json["reason"]
    assert answer.json["pending"] == 3
    newsletter.program.env["SSL_CERT_FILE"] = authority
    assert run_at(newsletter, SUNDAY).json["accepted"] == 3
    assert relay.deliveries() == once_each(people)


def test_unknown_mailboxes_fail_alone_and_their_readers_are_bounced(
    newsletter: Newsletter, relay: Postfix
) -> None:
    people, unknown = addresses(40), addresses(5, "aunknown")
    subscribe(newsletter, [*unknown, *people])
    relay.give_mailboxes(people)

    answer = run_at(newsletter, SUNDAY)

    assert answer.code == 0, answer
    assert (answer.json["accepted"], answer.json["failed"]) == (40, 5)
    assert relay.deliveries() == once_each(people)
    assert {status_of(newsletter, reader) for reader in unknown} == {"bounced"}


def test_greylisting_that_passes_arrives_in_the_same_run(
    newsletter: Newsletter, relay: Postfix
) -> None:
    people = [*addresses(20), *addresses(10, "grey")]
    subscribe(newsletter, people)
    relay.give_mailboxes(people)
    with Greylist.running() as greylist:
        relay.ask_about_recipients(greylist.service)

        answer = run_at(newsletter, SUNDAY)

        assert answer.code == 0, answer
        assert answer.json["accepted"] == 30
        assert relay.deliveries() == once_each(people)
        assert {greylist.asked[reader] for reader in addresses(10, "grey")} == {2}


def test_greylisting_that_lasts_holds_up_nobody_else_and_arrives_later(
    newsletter: Newsletter, relay: Postfix
) -> None:
    people, grey = addresses(20), addresses(2, "grey")
    subscribe(newsletter, [*grey, *people])
    relay.give_mailboxes([*grey, *people])
    with Greylist.running(tries=2) as greylist:
        relay.ask_about_recipients(greylist.service)
        first = run_at(newsletter, SUNDAY)
        assert first.code == 0, first
        assert (first.json["accepted"], first.json["pending"]) == (20, 2)

        later = run_at(newsletter, LATER)

        assert later.code == 0, later
        assert relay.deliveries() == once_each([*people, *grey])


def test_a_message_that_is_too_large_stops_the_issue_and_fails_nobody(
    newsletter: Newsletter, relay: Postfix
) -> None:
    people = addresses(12)
    subscribe(newsletter, people)
    relay.give_mailboxes(people)
    relay.set(message_size_limit="3000")

    answer = run_at(newsletter, SUNDAY)

    assert answer.code == 3, answer
    assert (answer.json["status"], answer.json["pending"], answer.json["failed"]) == (
        "stopped",
        12,
        0,
    )
    assert "5.3.4" in answer.json["reason"]
    relay.set(message_size_limit="10240000")
    newsletter.run("resume", "1")
    assert run_at(newsletter, LATER).json["accepted"] == 12
    assert relay.deliveries() == once_each(people)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("5.6.0 message content not acceptable", "stopped"),
        ("5.7.0 daily sending quota exceeded", "sending"),
    ],
)
def test_a_refusal_at_the_end_of_the_message_fails_nobody(
    newsletter: Newsletter, relay: Postfix, reply: str, status: str
) -> None:
    people = addresses(12)
    subscribe(newsletter, people)
    relay.give_mailboxes(people)
    relay.refuse_headers({"^Subject:": reply})

    answer = run_at(newsletter, SUNDAY)

    assert answer.code == 3, answer
    assert (answer.json["status"], answer.json["pending"], answer.json["failed"]) == (status, 12, 0)
    assert reply in answer.json["reason"]
    relay.refuse_headers({})
    if status == "stopped":
        newsletter.run("resume", "1")
    assert run_at(newsletter, LATER).json["accepted"] == 12
    assert relay.deliveries() == once_each(people)


def test_a_restart_in_the_midst_of_it_doubles_nobody(
    newsletter: Newsletter, relay: Postfix
) -> None:
    people = addresses(600)
    subscribe(newsletter, people)
    relay.give_mailboxes(people)
    process = newsletter.at(SUNDAY).program.start("run", "--json")
    while relay.log().count("removed") < 50:
        assert process.poll() is None, "it was over too soon to restart in the midst of it"
        time.sleep(0.02)
    relay.stop()
    relay.start()
    printed = json.loads(_output_of(process))

    while printed["pending"]:
        printed = run_at(newsletter, LATER).json

    deliveries = relay.deliveries()
    assert set(deliveries.values()) == {1}
    # Whoever is unknown may have got it; everybody else surely did.
    assert printed["accepted"] + printed["unknown"] == 600
    assert printed["accepted"] <= len(deliveries) <= 600


def _output_of(process: subprocess.Popen[str]) -> str:
    out, _err = process.communicate(timeout=240)
    return out


def test_the_doctor_goes_as_far_as_the_recipient_and_sends_nothing(
    newsletter: Newsletter, relay: Postfix
) -> None:
    relay.give_mailboxes(addresses(1))
    newsletter.set('author_email = ""', f'author_email = "{addresses(1)[0]}"')
    newsletter.program.now = ""

    def findings_of_smtp() -> list[tuple[str, str]]:
        findings = newsletter("doctor", "--json").json["findings"]
        return [(f["rule"], f["level"]) for f in findings if f["area"] == "Mailer"]

    assert findings_of_smtp() == [("smtp", "ok")]
    relay.give_mailboxes(addresses(1, "somebody-else"))
    assert findings_of_smtp() == [("smtp-envelope", "error")]
    relay.stop()
    assert findings_of_smtp() == [("smtp", "error")]
    relay.start()
    assert not list(relay.folder.glob("mail/*/new/*"))
