from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from subscribers import storage
from subscribers.errors import ImportRejected
from subscribers.models import ImportReport, Subscriber
from subscribers.transfer.importing import import_csv

Load = Callable[..., ImportReport]
Listed = Callable[[], dict[str, str]]
MAILCHIMP = (
    '"Email Address","First Name","Last Name",Address,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,'
    "CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION{},"
    "LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
)


def first(engine: Engine) -> Subscriber:
    with engine.begin() as connection:
        found = storage.find_by_id(connection, 1)
    assert found is not None
    return found


def test_mailchimp_s_subscribers_are_active_with_name_tags_and_time(
    load: Load, engine: Engine
) -> None:
    report = load(
        MAILCHIMP.format("")
        + 'ann@example.com,Ann,Runner,,2,,,"2024-03-01 18:22:11",192.0.2.1,,,,,,,,'
        '"2024-03-02 00:00:00",123,abc,,"""5k"",""Trail club"""\n'
    )

    assert report.format == "Mailchimp"
    person = first(engine)
    assert (person.name, person.status) == ("Ann Runner", "active")
    assert person.tags == ("5k", "Trail club")
    assert person.confirmed_at == datetime(2024, 3, 1, 18, 22, 11, tzinfo=UTC)


def test_mailchimp_s_places_tell_the_hemisphere_but_never_replace_a_reader_s_own(
    load: Load, engine: Engine
) -> None:
    row = "{}@example.com,,,,2,2024-01-02 03:04:05,,2024-03-01 18:22:11,,,,,,{},{},,,1,a,,\n"
    load("email,hemisphere\nann@example.com,north\n")
    load(
        MAILCHIMP.format("")
        + row.format("ann", "Australia/Sydney", "AU")
        + row.format("bob", "", "AU")
        + row.format("cleo", "Europe/Vienna", "")
        + row.format("dan", "", "")
    )

    with engine.begin() as connection:
        people = [person for page in storage.all_pages(connection) for person in page]
    assert [person.hemisphere for person in people] == ["north", "south", "north", ""]
    assert people[1].signed_up_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_mailchimp_s_unsubscribed_and_cleaned_come_as_such(load: Load, listed: Listed) -> None:
    load(
        MAILCHIMP.format(",UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON")
        + "ann@example.com,,,,2,,,2024-03-01 18:22:11,,,,,,,,,2025-01-01 07:00:00,,NORMAL,,1,a,,\n"
    )
    load(
        MAILCHIMP.format(",CLEAN_TIME,CLEAN_CAMPAIGN_TITLE")
        + "bob@example.com,,,,2,,,2024-03-01 18:22:11,,,,,,,,,2025-01-01 07:00:00,,,2,b,,\n"
    )

    assert listed() == {"ann@example.com": "unsubscribed", "bob@example.com": "bounced"}


def test_mailchimp_s_file_of_people_who_never_signed_up_is_refused(
    engine: Engine, tmp_path: Path, listed: Listed
) -> None:
    path = tmp_path / "nonsubscribed_email_audience_export_1a2b3c.csv"
    path.write_text(MAILCHIMP.format("") + "ann@example.com" + "," * 20 + "\n")

    with (
        pytest.raises(ImportRejected, match="never signed up"),
        engine.begin() as connection,
        path.open("rb") as stream,
    ):
        import_csv(
            connection,
            stream,
            skip_bad=True,
            source="",
            now=datetime(2026, 1, 1, tzinfo=UTC),
            secrets=("s",),
        )
    assert listed() == {}


def test_substack_s_free_readers_are_readers_unless_email_is_off(
    load: Load, listed: Listed
) -> None:
    report = load(
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "ann@example.com,false,,other,false,2025-01-01T00:00:00.000Z,\n"
        "bob@example.com,true,2027-01-01T00:00:00.000Z,yearly,false,2025-01-01T00:00:00.000Z,\n"
        "cleo@example.com,false,,other,true,2025-01-01T00:00:00.000Z,\n"
    )

    assert report.format == "Substack"
    assert listed() == {
        "ann@example.com": "active",
        "bob@example.com": "active",
        "cleo@example.com": "unsubscribed",
    }


def test_substack_s_dashboard_export_brings_the_names(load: Load, engine: Engine) -> None:
    report = load(
        "Email,Name,Subscription type,Activity,Subscription date,Revenue,Cancel date\n"
        "ann@example.com,Ann Runner,Free,5,2025-01-01T00:00:00.000Z,$0.00,\n"
    )

    assert report.format == "Substack"
    assert (first(engine).name, first(engine).confirmed_at) == ("Ann Runner", None)


def test_listmonk_s_words_for_a_status_are_understood(load: Load, listed: Listed) -> None:
    line = '{0},{1}@example.com,{1},"{{""city"": ""Banff, AB""}}",{2},{3},{3}\n'
    time = "2024-03-01 18:22:11.123456 +0000 UTC"
    report = load(
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        + line.format("u1", "ann", "enabled", time)
        + line.format("u2", "bob", "disabled", time)
        + line.format("u3", "cleo", "blocklisted", time)
    )

    assert report.format == "listmonk"
    assert list(listed().values()) == ["active", "unsubscribed", "unsubscribed"]


def test_buttondown_s_types_are_understood(load: Load, listed: Listed) -> None:
    types = ("regular", "premium", "unactivated", "unsubscribed", "undeliverable", "removed")
    rows = "".join(f"runner{n}@example.com,,{one},2024-03-01,5k\n" for n, one in enumerate(types))
    report = load(f"email_address,notes,type,creation_date,tags\n{rows}")

    assert report.format == "Buttondown"
    assert list(listed().values()) == [
        "active",
        "active",
        "pending",
        "unsubscribed",
        "bounced",
        "unsubscribed",
    ]


def test_buttondown_s_date_of_leaving_counts_whatever_the_type_says(
    load: Load, listed: Listed
) -> None:
    load(
        "email,subscriber_type,creation_date,unsubscription_date\n"
        "ann@example.com,regular,2024-03-01,2025-03-01\n"
        "bob@example.com,regular,2024-03-01,\n"
    )

    assert list(listed().values()) == ["unsubscribed", "active"]


def test_wordpress_com_s_words_for_a_status_are_understood(load: Load, listed: Listed) -> None:
    report = load(
        "Name,Email,Subscription type,Email subscription,Since\n"
        "Ann,ann@example.com,Free,Subscribed,2025-01-01\n"
        "Bob,bob@example.com,Free,Not subscribed,2025-01-01\n"
        "Cleo,cleo@example.com,Free,Not confirmed,2025-01-01\n"
        "Dan,dan@example.com,Free,Not sending,2025-01-01\n"
    )

    assert report.format == "WordPress.com"
    assert list(listed().values()) == ["active", "unsubscribed", "pending", "bounced"]


def test_an_unknown_status_is_rejected_and_not_guessed(load: Load) -> None:
    report = load(
        "email_address,type,creation_date\nann@example.com,mystery,2024-03-01\n", skip_bad=True
    )

    assert report.added == 0
    assert report.rejected[0].reason.startswith("Buttondown calls this person “mystery”")
