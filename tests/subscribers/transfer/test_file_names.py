from __future__ import annotations

import pytest

from subscribers.transfer.formats import is_non_subscriber_file, is_sendy_file, read_file_name


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("subscribed_email_audience_export_9f2c1d.csv", "active"),
        ("unsubscribed_email_audience_export_9f2c1d.csv", "unsubscribed"),
        ("unsubscribers.csv", "unsubscribed"),
        ("cleaned_email_audience_export_9f2c1d.csv", "bounced"),
        ("running-marked-as-spam.csv", "complained"),
        ("running-unconfirmed (2).csv", "pending"),
        ("Bounced subscribers.csv", "bounced"),
        ("suppression-list.csv", "unsubscribed"),
        ("désabonnés.csv", "unsubscribed"),
        ("inactive_leads.csv", "unsubscribed"),
    ],
)
def test_a_file_s_name_may_say_whose_it_is(name: str, status: str) -> None:
    says = read_file_name(name)

    assert says is not None
    assert says.status == status


@pytest.mark.parametrize("name", ["", "readers.csv", "subscribers.csv", "people 2026.csv"])
def test_most_names_say_nothing(name: str) -> None:
    assert read_file_name(name) is None


def test_people_who_never_signed_up_and_files_of_sendy_are_known_by_name() -> None:
    assert is_non_subscriber_file("nonsubscribed_email_audience_export_1a2b3c.csv")
    assert not is_non_subscriber_file("subscribed_email_audience_export_1a2b3c.csv")
    assert is_sendy_file("running-active (1).csv")
    assert not is_sendy_file("running.csv")
