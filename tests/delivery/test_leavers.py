"""Who unsubscribes by SendGrid's own link: what is asked of SendGrid, and what its lists change."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from newsletter.context import Context
from newsletter.delivery.suppressions import sync_suppressions
from newsletter.delivery.webhook_events import record_events
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.proof_copy import live_link_sentence, send_proof_copy
from newsletter.errors import LeaversUnknown, SettingsError
from newsletter.pipeline.send import send
from newsletter.sender.mailers.sendgrid.webhook import parse_events
from newsletter.storage.database.engine import transaction
from newsletter.subscriptions.sign_up import process_sign_ups
from newsletter.subscriptions.subscriber_admin import add
from subscribers import storage as people
from tests.support.delivery_folder import create_sendgrid_newsletter
from tests.support.newsletter_folder import status_of
from tests.support.sendgrid import Fault, Reply, SendGridStandIn
from tests.support.webhook import event_for

GROUP = 4711
_LATER = 1_900_000_000
ONE, TWO = "runner1@example.org", "runner2@example.org"


def create(tmp_path: Path, sendgrid: SendGridStandIn, *lines: str) -> Context:
    sendgrid.groups[GROUP] = []
    groups = "\n".join(lines)
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", sendgrid, readers=2, groups=groups
    )
    draft_issue(context)
    return context


@pytest.fixture
def context(tmp_path: Path, sendgrid: SendGridStandIn) -> Context:
    return create(tmp_path, sendgrid, f"unsubscribe_group = {GROUP}")


def everything_sent(sendgrid: SendGridStandIn) -> str:
    return "".join(part["value"] for body in sendgrid.requests for part in body["content"])


def test_a_group_is_named_alone_and_no_link_leads_to_a_site_that_is_not_there(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    send(context, "next")

    (edition, *_) = sendgrid.requests
    assert edition["asm"] == {"group_id": GROUP, "groups_to_display": [GROUP]}
    assert edition["tracking_settings"]["subscription_tracking"] == {"enable": False}
    assert all("List-Unsubscribe" not in message["headers"] for message in sendgrid.mailed)
    sent = everything_sent(sendgrid)
    for dead in ("localhost", "Change what you get", "sendgrid.example", 'href=""'):
        assert dead not in sent


def test_the_links_of_sendgrid_cost_no_merge_field_of_a_reader(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    send(context, "next")

    assert [set(message["substitutions"].values()) for message in sendgrid.mailed] == [
        {ONE},
        {TWO},
    ]


def test_without_a_group_subscription_tracking_writes_the_link(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    send(create(tmp_path, sendgrid), "next")

    tracking = sendgrid.requests[0]["tracking_settings"]["subscription_tracking"]
    assert tracking["enable"] is True
    assert everything_sent(sendgrid).count(tracking["substitution_tag"]) >= 2
    assert all("asm" not in body for body in sendgrid.requests)


def test_a_reader_chooses_on_sendgrids_page_where_its_groups_are_named(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    lines = (f"unsubscribe_group = {GROUP}", f"preferences_groups = [{GROUP}, 5]")
    send(create(tmp_path, sendgrid, *lines), "next")

    assert sendgrid.requests[0]["asm"]["groups_to_display"] == [GROUP, 5]
    assert everything_sent(sendgrid).count("<%asm_preferences_raw_url%>") >= 2


@pytest.mark.parametrize("fault", ["reset", Reply(status=403), Reply(status=500)])
def test_nobody_is_mailed_while_the_lists_cannot_be_read(
    context: Context, sendgrid: SendGridStandIn, fault: Reply | Fault
) -> None:
    sendgrid.other_script += [fault]

    with pytest.raises(LeaversUnknown, match="nobody got it") as error:
        send(context, "next")

    assert error.value.exit_code == 3
    assert sendgrid.mailed == []


def test_a_list_that_is_no_list_counts_as_unread(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    sendgrid.other_script += [Reply(status=200, body={"errors": []})]

    with pytest.raises(LeaversUnknown, match="is no list"):
        send(context, "next")


def test_a_group_that_is_not_there_holds_the_issue(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    del sendgrid.groups[GROUP]

    with pytest.raises(LeaversUnknown, match=f"no unsubscribe group {GROUP}"):
        send(context, "next")
    assert sendgrid.mailed == []


def test_who_left_here_is_put_on_the_group_and_not_on_the_list_for_all_mail(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    with transaction(context.engine) as connection:
        people.unsubscribe(connection, 1, at=context.clock(), source="test")
    send(context, "next")

    assert sendgrid.groups[GROUP] == [ONE]
    assert sendgrid.lists.get("unsubscribes", []) == []


def test_the_global_list_counts_beside_the_group(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    sendgrid.groups[GROUP] = [ONE, "stranger@example.net", "no address"]
    sendgrid.lists["unsubscribes"] = [TWO]

    with pytest.raises(Exception, match="Nobody subscribes yet"):
        send(context, "next")

    assert (status_of(context, ONE), status_of(context, TWO)) == ("unsubscribed", "unsubscribed")


@pytest.mark.parametrize(
    ("begun", "read", "status"),
    [
        # They came back while the lists were read.
        (-1, 1, "active"),
        # They had left after their consent.
        (1, 2, "unsubscribed"),
        # A clock went wrong: leaving wins.
        (-2, -1, "unsubscribed"),
    ],
)
def test_a_consent_outweighs_the_list_only_if_it_came_while_that_was_read(
    context: Context, sendgrid: SendGridStandIn, begun: int, read: int, status: str
) -> None:
    sendgrid.groups[GROUP] = [ONE]
    hours = iter((begun, read))
    consent = context.clock()

    with closing(context.mailer()) as mailer:
        sync_suppressions(
            context.engine, mailer, clock=lambda: consent + dt.timedelta(hours=next(hours))
        )

    assert status_of(context, ONE) == status


def report(context: Context, sendgrid: SendGridStandIn, kind: str, group: int) -> None:
    """Record an event about the first message and a group, as the webhook does."""
    event = event_for(
        sendgrid, 1, kind, asm_group_id=group, sg_event_id=f"{kind}-{group}", timestamp=_LATER
    )
    record_events(context, parse_events(json.dumps([event]).encode()))


def test_an_event_counts_for_the_newsletters_own_group_alone(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    send(context, "next")

    report(context, sendgrid, "group_unsubscribe", 5)
    assert status_of(context, ONE) == "active"

    report(context, sendgrid, "group_unsubscribe", GROUP)
    assert status_of(context, ONE) == "unsubscribed"


@pytest.mark.parametrize(("site", "asked"), [("https://news.example.com", [ONE]), ("", [])])
def test_who_comes_back_at_sendgrid_is_asked_to_confirm_where_there_is_a_page_for_it(
    context: Context, sendgrid: SendGridStandIn, site: str, asked: list[str]
) -> None:
    send(context, "next")
    report(context, sendgrid, "group_unsubscribe", GROUP)
    settings = replace(context.settings, site=replace(context.settings.site, url=site))
    served = dataclasses.replace(context, settings=settings)
    sendgrid.mailed[1:] = []

    report(served, sendgrid, "group_resubscribe", GROUP)
    process_sign_ups(served)

    assert [message["to"] for message in sendgrid.mailed[1:]] == asked
    assert status_of(context, ONE) != "active"


def test_a_proof_copy_has_the_real_link_and_the_author_is_told(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    ((_, receipt),) = send_proof_copy(context, "next", ["maren@example.com"])

    assert receipt.outcome == "accepted"
    assert sendgrid.mailed[0]["unsubscribe_links"] == 2
    assert "works" in live_link_sentence(context.settings)
    outbox = replace(context.settings.sender, mailer="outbox")
    assert live_link_sentence(replace(context.settings, sender=outbox)) == ""


def test_nobody_is_asked_to_confirm_on_a_page_that_is_not_there(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    with pytest.raises(SettingsError, match="url is empty"):
        add(context, ["new@example.com"], name="", hemisphere="", confirm=True)
    assert sendgrid.mailed == []
