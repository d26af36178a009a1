"""A reader whose server puts the issue off holds up nobody, and is never mailed twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from newsletter.app import open_newsletter
from newsletter.models import Figures
from newsletter.pipeline.run import run
from newsletter.pipeline.run_report import RunReport
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.support.newsletter_folder import status_of
from tests.support.smtp_relay import Conversation, Relay

READERS = (
    "ann@example.com",
    "sue@example.com",
    "ben@example.net",
    "cleo@example.net",
    "dora@example.org",
    "eli@example.org",
)
BEN = "ben@example.net"
FULL = "452 4.2.2 mailbox full"
QUOTA = "550 5.4.5 daily sending quota exceeded"
LATER = "2026-10-11T08:00"
WEDNESDAY = "2026-10-14T07:00"


@dataclass(slots=True)
class Post:
    """A newsletter that goes out through a relay, and how long its runs have waited."""

    newsletter: Newsletter
    relay: Relay
    waited: float = 0.0

    def run_at(self, moment: str) -> RunReport:
        """Do what `newsletter run` does at that moment, without waiting in earnest."""
        newsletter = self.newsletter.at(moment)
        program = newsletter.program
        context = open_newsletter(newsletter.folder, {"NEWSLETTER_NOW": program.now, **program.env})
        self.waited = 0.0
        try:
            return run(replace(context, wait=self._wait))
        finally:
            context.engine.dispose()

    def status(self, address: str) -> str:
        context = open_newsletter(self.newsletter.folder, self.newsletter.program.env)
        try:
            return status_of(context, address)
        finally:
            context.engine.dispose()

    def _wait(self, seconds: float) -> None:
        self.waited += seconds

    @property
    def got(self) -> dict[str, int]:
        """How many messages each reader got."""
        addresses = self.relay.addresses
        return {address: addresses.count(address) for address in sorted(set(addresses))}


@pytest.fixture
def post(weekly: Newsletter, relay: Relay) -> Post:
    """Six readers at three domains, and the first issue due on Sunday."""
    weekly.set('mailer = "outbox"', 'mailer = "smtp"')
    weekly.set('host = "localhost"', 'host = "127.0.0.1"')
    weekly.set("port = 587", f"port = {relay.port}")
    weekly.set('security = "starttls"', 'security = "none"')
    weekly.set('url = ""', 'url = "https://news.example.com"')
    weekly.subscribe(*READERS[2:])
    return Post(weekly, relay)


def once_each(*readers: str) -> dict[str, int]:
    return dict.fromkeys(sorted(readers), 1)


def test_a_full_mailbox_waits_while_the_next_issue_goes(post: Post) -> None:
    post.relay.to_recipient[BEN] = FULL

    first = post.run_at(SUNDAY)

    assert first.figures == Figures(planned=6, accepted=5, pending=1)
    assert (first.failed, first.attention) == (False, False)
    assert "5 of 6 accepted, 1 put off and tried again until Tuesday 07:00." in first.reason
    assert post.waited <= 20
    assert post.relay.asked[BEN] == 2, "once more within the run, for greylisting"

    quarter_later = post.run_at("2026-10-11T07:16")
    assert post.relay.asked[BEN] == 3
    assert quarter_later.figures.pending == 1
    assert "due Sunday 2026-10-18" in quarter_later.reason, "the run goes on with everything else"

    post.newsletter.publish(NEXT)
    second = post.run_at(NEXT_SUNDAY)

    assert second.issue is not None
    assert second.issue.number == 2
    (older,) = second.also
    assert (older.issue.status, older.figures) == ("sent", Figures(planned=6, accepted=5, failed=1))
    assert second.figures == Figures(planned=6, accepted=5, pending=1), "issue 2 is tried anew"
    assert post.got == dict.fromkeys(sorted(set(READERS) - {BEN}), 2)
    assert post.status(BEN) == "active"


def test_a_straggler_is_given_up_after_its_hours_and_the_issue_is_over(post: Post) -> None:
    post.relay.to_recipient[BEN] = FULL
    post.run_at(SUNDAY)

    report = post.run_at(WEDNESDAY)

    assert report.figures == Figures(planned=6, accepted=5, failed=1)
    assert report.issue is not None
    assert report.issue.status == "sent"
    assert post.relay.asked[BEN] == 3, "once more before it is given up"
    program = post.newsletter.at(WEDNESDAY)
    assert program("issues", "--json").json["issues"][0]["status"] == "sent"


def test_the_exit_code_with_stragglers_alone_is_0_and_json_names_the_older_issue(
    post: Post,
) -> None:
    post.relay.to_recipient[BEN] = FULL
    post.run_at(SUNDAY)

    answer = post.newsletter.at(LATER)("run", "--json")

    assert answer.code == 0, answer
    assert (answer.json["issue"], answer.json["pending"]) == (1, 1)
    quiet = post.newsletter.at("2026-10-11T08:01")("--quiet", "run")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.parametrize("tries", [1, 3])
def test_greylisting_that_passes_lets_everybody_have_the_issue_once(post: Post, tries: int) -> None:
    def greylist(talk: Conversation) -> str | None:
        is_new = talk.asked_for == BEN and post.relay.asked[BEN] <= tries
        return "450 4.2.0 Greylisted, try again later" if is_new else None

    post.relay.rcpt = greylist

    for moment in (SUNDAY, LATER, "2026-10-11T09:00"):
        report = post.run_at(moment)

    assert post.got == once_each(*READERS)
    assert post.relay.asked[BEN] == tries + 1
    assert not report.attention


def test_an_issue_stopped_by_a_quota_goes_on_when_the_quota_is_free(post: Post) -> None:
    def meter(_talk: Conversation) -> str | None:
        return QUOTA if len(post.relay.accepted) >= 2 else None

    post.relay.rcpt = meter
    report = post.run_at(SUNDAY)

    assert report.figures == Figures(planned=6, accepted=2, pending=4)
    assert (report.failed, report.attention) == (False, True), "exit code 3"
    assert QUOTA in report.reason

    post.newsletter.publish(NEXT)
    again = post.run_at(NEXT_SUNDAY)
    (older,) = again.also
    assert older.figures == Figures(planned=6, accepted=2, pending=4), "booked on nobody"
    assert again.figures == Figures(planned=6, pending=6)
    assert (again.failed, again.attention) == (False, True)

    post.relay.rcpt = None
    post.run_at("2026-10-18T08:00")
    assert post.got == dict.fromkeys(sorted(READERS), 2)


def test_no_other_issue_is_frozen_while_the_account_is_refused(post: Post) -> None:
    post.relay.rcpt = lambda _talk: QUOTA
    post.run_at(SUNDAY)

    post.newsletter.publish(NEXT)
    again = post.run_at(NEXT_SUNDAY)

    assert again.issue is not None
    assert again.issue.number == 1
    assert "waits until issue 1 can go on" in again.reason


def test_domains_that_blame_us_at_the_end_hold_up_no_other_issue(post: Post) -> None:
    blamed = "554 5.7.1 Your IP address is listed by our blocklist"
    odd = [f"runner{n}@odd{n % 3}.example" for n in range(7)]
    post.newsletter.subscribe(*odd)
    post.relay.rcpt = lambda talk: blamed if "@odd" in talk.asked_for else None
    for moment in (SUNDAY, LATER, "2026-10-11T09:00"):
        report = post.run_at(moment)
    assert report.figures == Figures(planned=13, accepted=6, pending=7)
    assert blamed in report.reason

    post.newsletter.publish(NEXT)
    second = post.run_at(NEXT_SUNDAY)

    assert second.issue is not None
    assert second.issue.number == 2
    (older,) = second.also
    assert (older.issue.status, older.figures) == (
        "sent",
        Figures(planned=13, accepted=6, failed=7),
    )
    assert "7 failed" in older.reason
    post.run_at("2026-10-18T08:00")
    assert post.got == dict.fromkeys(sorted(READERS), 2)
    post.relay.rcpt = None
    newsletter = post.newsletter.at("2026-10-18T09:00")
    again = newsletter.run("resolve", "1", "--retry-failed", "account", "--yes", "--json").json
    assert again["accepted"] == 13


def test_a_quiet_run_prints_the_relays_words_when_our_account_is_refused(post: Post) -> None:
    post.relay.rcpt = lambda _talk: QUOTA

    answer = post.newsletter.at(SUNDAY)("--quiet", "run")

    assert answer.code == 3, answer
    assert QUOTA in answer.err


def test_a_message_that_everybody_refuses_stops_the_issue_and_nobody_failed(post: Post) -> None:
    refusal = "554 5.6.0 message content not acceptable"
    post.relay.to_data.update(dict.fromkeys(READERS, refusal))

    report = post.run_at(SUNDAY)

    assert report.figures == Figures(planned=6, pending=6)
    assert report.issue is not None
    assert report.issue.status == "stopped"
    assert (report.failed, report.attention) == (False, True)
    assert refusal in report.reason
    assert "newsletter resume 1" in report.reason

    post.newsletter.publish(NEXT)
    post.relay.to_data.clear()
    second = post.run_at(NEXT_SUNDAY)
    assert second.issue is not None
    assert second.issue.number == 2
    assert post.got == once_each(*READERS)


def test_three_refused_readers_in_front_do_not_stop_the_list(post: Post) -> None:
    refused = READERS[:3]
    post.relay.to_recipient.update(dict.fromkeys(refused, "550 5.7.1 Access denied"))

    report = post.run_at(SUNDAY)

    assert post.got == once_each(*READERS[3:])
    assert report.figures == Figures(planned=6, accepted=3, failed=3)
    assert {post.status(reader) for reader in refused} == {"active"}


def test_a_dead_mailbox_makes_its_reader_bounced_and_the_next_issue_leaves_it_out(
    post: Post,
) -> None:
    post.relay.to_recipient[BEN] = "550 5.1.1 no such user"

    report = post.run_at(SUNDAY)

    assert report.figures == Figures(planned=6, accepted=5, failed=1)
    assert (report.failed, report.attention) == (False, False)
    assert post.status(BEN) == "bounced"
    post.newsletter.publish(NEXT)
    assert post.run_at(NEXT_SUNDAY).figures == Figures(planned=5, accepted=5)
    assert post.relay.asked[BEN] == 1


def test_an_issue_that_reached_nobody_is_never_sent_with_exit_code_0(post: Post) -> None:
    post.relay.to_recipient.update(dict.fromkeys(READERS, FULL))
    post.run_at(SUNDAY)

    report = post.run_at(WEDNESDAY)

    assert report.figures == Figures(planned=6, failed=6)
    assert report.attention
    assert "Nobody got it: `newsletter issues 1` says why." in report.reason


def test_what_our_own_fault_failed_is_listed_by_reason_and_sent_again_once(post: Post) -> None:
    post.relay.to_recipient.update({BEN: FULL, "eli@example.org": "550 5.1.1 no such user"})
    post.run_at(SUNDAY)
    post.run_at(WEDNESDAY)
    program = post.newsletter.at(WEDNESDAY)

    listed = program.run("issues", "1", "--json").json
    reasons = {failure["reason"]: failure for failure in listed["failures"]}
    assert reasons[FULL] == {
        "fault": "reader_later",
        "reason": FULL,
        "count": 1,
        "addresses": [BEN],
        "retryable": True,
    }
    assert not reasons["550 5.1.1 no such user"]["retryable"]
    text = program.run("issues", "1").out
    assert f"1 failed (reader_later: the mailbox takes nothing now): {FULL}" in text
    assert "`newsletter resolve 1 --retry-failed` sends it to 1 of these 2 again." in text

    post.relay.to_recipient.clear()
    asks = program("resolve", "1", "--retry-failed")
    assert asks.code == 2
    assert "again to 1 for whom it failed" in asks.err
    nothing = program("resolve", "1", "--retry-failed", "account", "--yes")
    assert "Nothing of it failed that can be sent again." in nothing.out
    again = program("resolve", "1", "--retry-failed", "mailbox full", "--yes", "--json")
    assert (again.code, again.json["accepted"], again.json["failed"]) == (0, 5, 1)
    assert program("resolve", "1", "--retry-failed", "--yes").code == 0
    assert post.got == once_each(*(set(READERS) - {"eli@example.org"}))
