"""Unsubscribing by SendGrid's own link, without a server: its lists tell who left."""

from __future__ import annotations

import pytest

from tests.end_to_end.newsletter import Newsletter, files_in
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.end_to_end.without_a_server.conftest import GROUP, use_sendgrid
from tests.support.sendgrid import Reply, SendGridStandIn

ANN, SUE = "ann@example.com", "sue@example.com"


def status_and_source(newsletter: Newsletter, address: str) -> tuple[str, str]:
    """Return a reader's status, and what the newest line of the consent log says about it."""
    document = newsletter.run("subscribers", "show", address, "--json").json
    return document["subscriber"]["status"], document["consent_log"][-1]["source"]


@pytest.mark.parametrize("way", ["by_group", "by_tracking"])
def test_who_leaves_at_sendgrid_is_left_out_of_the_next_issue(
    way: str, request: pytest.FixtureRequest, sendgrid: SendGridStandIn
) -> None:
    newsletter: Newsletter = request.getfixturevalue(way)
    first = newsletter.at(SUNDAY).run("run", "--json").json
    sendgrid.unsubscribe(SUE)
    newsletter.at("2026-10-14T12:00").publish(NEXT)
    second = newsletter.at(NEXT_SUNDAY).run("run", "--json").json

    assert (first["accepted"], second["planned"], second["accepted"]) == (2, 1, 1)
    assert sorted(sendgrid.addresses) == [ANN, ANN, SUE]
    assert status_and_source(newsletter, SUE) == ("unsubscribed", "the mailer's own list")


def test_nobody_is_mailed_before_the_lists_were_read(
    by_group: Newsletter, sendgrid: SendGridStandIn
) -> None:
    by_group.at(SUNDAY)
    # The first call of the daily look, and the first before the freeze.
    sendgrid.other_script += [Reply(status=500)] * 2
    held = by_group("run")
    assert (held.code, sendgrid.mailed) == (3, [])
    assert "the only sign of who unsubscribed" in held.out

    sendgrid.groups[GROUP].append(SUE)
    assert by_group.run("run", "--json").json["accepted"] == 1
    assert sendgrid.addresses == [ANN]


def test_the_lists_are_read_once_a_day_though_no_issue_is_due(
    by_group: Newsletter, sendgrid: SendGridStandIn
) -> None:
    by_group.at("2026-10-12T07:00").run("run")
    sendgrid.groups[GROUP].append(ANN)
    by_group.at("2026-10-12T09:00").run("run")
    calls = len(sendgrid.calls)
    assert status_and_source(by_group, SUE)[0] == "active"
    assert status_and_source(by_group, ANN)[0] == "active"

    by_group.at("2026-10-13T08:00").run("run")

    assert len(sendgrid.calls) > calls
    assert status_and_source(by_group, ANN)[0] == "unsubscribed"


def test_an_approved_issue_has_to_be_approved_again_once_the_way_out_changed(
    weekly: Newsletter, sendgrid: SendGridStandIn
) -> None:
    weekly.set('approval = "auto"', 'approval = "required"')
    weekly.run("collect")
    weekly.run("draft")
    weekly.run("approve", "next")
    use_sendgrid(weekly, sendgrid, f"unsubscribe_group = {GROUP}")

    held = weekly.at(SUNDAY)("run")
    assert (held.code, sendgrid.mailed) == (3, [])
    assert "no longer reads as it did" in held.out

    weekly.run("approve", "next")
    weekly.run("run")
    assert len(sendgrid.mailed) == 2


def test_what_is_left_of_an_issue_waits_for_the_way_it_was_made_with(
    by_group: Newsletter, sendgrid: SendGridStandIn
) -> None:
    sendgrid.script += [Reply(status=401)] * 3
    assert by_group.at(SUNDAY)("run").code == 3
    before = files_in(by_group.folder)["newsletter.toml"].decode()
    by_group.set('mailer = "sendgrid"', 'mailer = "smtp"')
    by_group.set('unsubscribe = "sendgrid"', 'unsubscribe = "own"')
    by_group.set('url = ""', 'url = "https://news.example.com"')

    other = by_group("send", "last")
    assert other.code == 3
    assert "SendGrid's unsubscribe link" in other.out + other.err

    (by_group.folder / "newsletter.toml").write_text(before, "utf-8")
    sendgrid.script.clear()
    assert by_group.run("send", "last", "--json").json["accepted"] == 2
    assert [message["group"] for message in sendgrid.mailed] == [GROUP, GROUP]
