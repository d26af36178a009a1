from __future__ import annotations

import pytest

from subscribers import preferences
from subscribers.errors import InvalidPreference
from subscribers.lifecycle import hash_wording, truncate_ip
from subscribers.models import Subscriber


def test_a_name_is_on_one_line() -> None:
    assert preferences.parse_name("  Ann \t\n Runner ") == "Ann Runner"


@pytest.mark.parametrize("text", ["Ann\x00", "Ann\x1b[31m", "A" * 201])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidPreference):
        preferences.parse_name(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        (" ; , ", ()),
        ("races", ("races",)),
        ("races, gear;races", ("races", "gear")),
        ('"Trail club","5k, fast"', ("Trail club", "5k fast")),
    ],
)
def test_topics_and_tags_are_read_from_one_cell(text: str, found: tuple[str, ...]) -> None:
    assert preferences.parse_labels(text) == found


def test_an_invalid_choice_is_reported_with_the_choices() -> None:
    assert preferences.parse_hemisphere(" SOUTH ") == "south"
    with pytest.raises(InvalidPreference, match="north, south, tropics"):
        preferences.parse_hemisphere("west")
    with pytest.raises(InvalidPreference, match="weekly, monthly"):
        preferences.parse_rhythm("daily")


def test_a_checked_person_is_in_the_stored_form() -> None:
    person = Subscriber(
        address=" ann@EXAMPLE.com", name=" Ann ", hemisphere="South", tags=("a,b", "a")
    )

    assert preferences.normalise_subscriber(person) == Subscriber(
        address="ann@example.com", name="Ann", hemisphere="south", tags=("a", "b")
    )


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_of_an_ip_address_only_the_network_is_kept(address: str, kept: str) -> None:
    assert truncate_ip(address) == kept


def test_the_wording_is_stored_as_its_hash() -> None:
    assert len(hash_wording("Yes, send me the newsletter.")) == 64
    assert hash_wording("a") != hash_wording("b")
