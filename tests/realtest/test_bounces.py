"""A real Postfix that accepts first and reports later, to the return path of the message."""

from __future__ import annotations

import time

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.realtest.postfix import DOMAIN, Postfix

READER, DEAD, LATE = f"reader@{DOMAIN}", f"dead@{DOMAIN}", "late@unreachable.example"
BOUNCE = f"bounce@{DOMAIN}"


def take_bounces(newsletter: Newsletter, relay: Postfix) -> None:
    """Let Postfix accept every address, and give bounces a Maildir that the newsletter reads."""
    relay.set(
        recipient_delimiter="+",
        smtpd_reject_unlisted_recipient="no",
        # Nobody listens there: what is for this domain waits in the queue.
        transport_maps="inline:{unreachable.example=smtp:[127.0.0.1]:9}",
        delay_warning_time="1s",
        minimal_backoff_time="1s",
        queue_run_delay="1s",
    )
    relay.give_mailboxes([READER, BOUNCE])
    mailbox = f'[mailbox.bounces]\nkind = "maildir"\npath = "{relay.folder}/mail/{BOUNCE}"\n'
    newsletter.set("[sender.smtp]\n", f'[sender.smtp]\nenvelope_from = "{BOUNCE}"\n')
    newsletter.set("[site]\n", f"{mailbox}\n[site]\n")


def await_reports(relay: Postfix, count: int) -> list[bytes]:
    deadline = time.monotonic() + 60
    while len(relay.messages_of(BOUNCE)) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    return relay.messages_of(BOUNCE)


def status_of(newsletter: Newsletter, address: str) -> str:
    answer = newsletter.run("subscribers", "show", address, "--json")
    return str(answer.json["subscriber"]["status"])


def test_what_postfix_reports_later_is_booked_on_the_reader_of_its_return_path(
    newsletter: Newsletter, relay: Postfix
) -> None:
    take_bounces(newsletter, relay)
    newsletter.subscribe(READER, DEAD, LATE)
    first = newsletter.at(SUNDAY)("run", "--json").json
    assert first["accepted"] == 3
    reports = await_reports(relay, 2)
    assert [raw.startswith(b"Return-Path: <>") for raw in reports] == [True, True]

    newsletter.publish(NEXT)
    second = newsletter.at(NEXT_SUNDAY)("run", "--json").json

    assert (second["bounces"]["bounced"], second["bounces"]["recorded"]) == (1, 1)
    assert second["planned"] == 2
    assert status_of(newsletter, DEAD) == "bounced"
    assert status_of(newsletter, LATE) == status_of(newsletter, READER) == "active"
    events = newsletter.run("subscribers", "show", LATE, "--json").json["events"]
    assert [event["kind"] for event in events] == ["deferred"]
    assert len(relay.messages_of(READER)) == 2
