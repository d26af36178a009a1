"""From the feed to SendGrid's stand-in, which records who would really be mailed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.crowd import READERS, figures, import_readers, kill_run
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.support.sendgrid import KEY, SendGridStandIn

# 2,000 readers in batches of 100 go out over two connections.
IN_FLIGHT = 200


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as standin:
        yield standin


@pytest.fixture
def crowded(weekly: Newsletter, sendgrid: SendGridStandIn) -> Newsletter:
    import_readers(weekly)
    switch_to_sendgrid(weekly, sendgrid)
    return weekly


def switch_to_sendgrid(newsletter: Newsletter, sendgrid: SendGridStandIn) -> None:
    newsletter.set('mailer = "outbox"', 'mailer = "sendgrid"')
    newsletter.set('host = "https://api.sendgrid.com"', f'host = "{sendgrid.url}"')
    newsletter.set('url = ""', 'url = "https://news.example.com"')
    newsletter.program.env["SENDGRID_API_KEY"] = KEY


def test_each_reader_is_mailed_once_with_their_own_unsubscribe_link(
    crowded: Newsletter, sendgrid: SendGridStandIn
) -> None:
    answer = crowded.run("run", "--json").json
    again = crowded.run("run", "--json").json

    assert (answer["status"], answer["accepted"], answer["unknown"]) == ("sent", 2000, 0)
    assert sorted(sendgrid.addresses) == sorted(READERS)
    assert again["issue"] is None
    ways_out = {document["headers"]["List-Unsubscribe"] for document in sendgrid.mailed}
    assert len(ways_out) == 2000
    assert all(way.startswith("<https://news.example.com/unsubscribe/") for way in ways_out)


def test_killed_during_requests_nobody_is_mailed_twice(
    crowded: Newsletter, sendgrid: SendGridStandIn
) -> None:
    for kills, goal in enumerate((1, 500, 501, 1200), start=1):
        kill_run(crowded, lambda goal=goal: len(sendgrid.mailed) >= goal)  # type: ignore[misc]  # the default binds this iteration's value
        assert figures(crowded)["unknown"] <= IN_FLIGHT * kills

    answer = crowded("run", "--json")

    mailed = sendgrid.addresses
    document = answer.json
    assert len(mailed) == len(set(mailed))
    assert document["pending"] == 0
    assert document["accepted"] + document["unknown"] == document["planned"] == 2000
    assert document["accepted"] <= len(mailed) <= document["accepted"] + document["unknown"]
    assert answer.code == (3 if document["unknown"] else 0)
    assert len(crowded("run", "--json").json["reason"]) > 0
    assert sendgrid.addresses == mailed


@pytest.mark.parametrize("fault", ["lost", "reset"])
def test_a_lost_response_is_reported_and_nothing_is_sent_again(
    crowded: Newsletter, sendgrid: SendGridStandIn, fault: str
) -> None:
    sendgrid.script += [None, fault]  # type: ignore[list-item]  # one of the stand-in's faults
    answer = crowded("run", "--json")
    again = crowded("send", "last", "--json")

    assert answer.code == again.code == 3
    assert (answer.json["accepted"], answer.json["unknown"]) == (1900, 100)
    assert "100 unknown" in answer.json["reason"]
    assert "`newsletter resolve 1` decides" in answer.json["reason"]
    assert again.json["unknown"] == 100
    assert len(sendgrid.addresses) == len(set(sendgrid.addresses))


def test_a_wrong_key_is_said_once_with_a_cure_and_loses_nobody(
    crowded: Newsletter, sendgrid: SendGridStandIn
) -> None:
    crowded.program.env["SENDGRID_API_KEY"] = "SG.wrong"
    refused, again = crowded("--quiet", "run"), crowded("--quiet", "run")
    by_hand = crowded("send", "next")
    crowded.program.env["SENDGRID_API_KEY"] = KEY
    answer = crowded.run("run", "--json").json

    assert refused.code == again.code == by_hand.code == 3
    assert "Check SENDGRID_API_KEY in .env" in refused.err
    assert "SG.wrong" not in refused.out + refused.err
    assert again.err == "", "cron mails a state once"
    assert "Check SENDGRID_API_KEY in .env" in by_hand.err
    assert answer["accepted"] == 2000
    assert sorted(sendgrid.addresses) == sorted(READERS)


def test_the_author_resolves_unknown_deliveries(
    crowded: Newsletter, sendgrid: SendGridStandIn
) -> None:
    sendgrid.script += [None, "lost"]
    crowded("run")
    reminded = crowded("run", "--json")
    left = crowded.run("resolve", "last", "--leave", "--json").json

    assert reminded.code == 3
    assert "100 deliveries are unknown: `newsletter resolve 1`" in reminded.json["reason"]
    assert crowded("run").code == 0
    assert (left["accepted"], left["failed"], left["unknown"]) == (1900, 100, 0)
    assert figures(crowded)["failed"] == 100
    assert len(sendgrid.addresses) == 2000


def test_a_resend_goes_only_to_unknown_deliveries(
    crowded: Newsletter, sendgrid: SendGridStandIn
) -> None:
    sendgrid.script += [None, "reset"]
    crowded("run")
    again = crowded.run("resolve", "last", "--resend", "--json").json

    assert (again["accepted"], again["unknown"]) == (2000, 0)
    assert sorted(sendgrid.addresses) == sorted(READERS)


REMINDER = "1 rehearsed issue holds 2 posts that no reader got: `newsletter reset --rehearsals`"


@pytest.mark.parametrize("moment", ["2026-10-14T07:00", NEXT_SUNDAY])
def test_the_first_run_after_rehearsals_says_what_would_be_lost_and_sends_nothing(
    weekly: Newsletter, sendgrid: SendGridStandIn, moment: str
) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(NEXT)
    switch_to_sendgrid(weekly, sendgrid)

    first = weekly.at(moment)("run", "--quiet")
    second = weekly.run("run", "--json").json

    assert (first.code, first.out) == (3, "")
    assert REMINDER in first.err
    assert "this is said once" in first.err
    assert "rehears" not in second["reason"]
    is_due = moment == NEXT_SUNDAY
    assert (second["issue"], len(sendgrid.mailed)) == ((2, 2) if is_due else (None, 0))


def test_after_the_reset_the_rehearsed_posts_go_out(
    weekly: Newsletter, sendgrid: SendGridStandIn
) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(NEXT)
    switch_to_sendgrid(weekly, sendgrid)
    assert weekly.at(NEXT_SUNDAY)("run").code == 3

    weekly.run("reset", "--rehearsals")
    answer = weekly.run("run", "--json").json

    assert (answer["issue"], answer["accepted"], len(sendgrid.mailed)) == (1, 2, 2)
    assert len(weekly.run("show", "last", "--json").json["posts"]) == 3
