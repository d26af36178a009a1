from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import BadToken, SubscribersError
from subscribers.tokens import (
    RETURN_PATH_TOKEN,
    _serializer,
    read_return_path,
    read_token,
    sign_return_path,
    sign_token,
)

SECRETS = ("first secret", "second secret")


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_token_leads_back_to_its_subscriber(number: int) -> None:
    assert read_token("unsubscribe", sign_token("unsubscribe", number, SECRETS), SECRETS) == number


def test_a_token_is_short_url_safe_and_the_same_every_time() -> None:
    token = sign_token("unsubscribe", 1_000_000, SECRETS)

    assert len(token) < 64
    assert all(char.isalnum() or char in "-_." for char in token)
    assert token == sign_token("unsubscribe", 1_000_000, SECRETS)


def test_purposes_are_not_interchangeable() -> None:
    with pytest.raises(BadToken):
        read_token("preferences", sign_token("unsubscribe", 7, SECRETS), SECRETS)
    with pytest.raises(BadToken):
        read_token("unsubscribe", sign_token("preferences", 7, SECRETS), SECRETS)


def test_the_first_secret_signs_and_every_secret_verifies() -> None:
    old = sign_token("unsubscribe", 7, ("second secret",))

    assert read_token("unsubscribe", old, SECRETS) == 7
    assert sign_token("unsubscribe", 7, SECRETS) == sign_token("unsubscribe", 7, ("first secret",))
    with pytest.raises(BadToken):
        read_token("unsubscribe", sign_token("unsubscribe", 7, SECRETS), ("second secret",))


def test_no_changed_character_passes() -> None:
    token = sign_token("unsubscribe", 42, SECRETS)

    for place, char in enumerate(token):
        for other in "AQgw_-z09.":
            if other != char:
                with pytest.raises(BadToken):
                    read_token("unsubscribe", token[:place] + other + token[place + 1 :], SECRETS)


def test_no_shortened_or_lengthened_token_passes() -> None:
    token = sign_token("unsubscribe", 42, SECRETS)

    for other in [
        *(token[:end] for end in range(len(token))),
        token + "A",
        token + "=",
        "." + token,
    ]:
        with pytest.raises(BadToken):
            read_token("unsubscribe", other, SECRETS)


@given(st.text())
def test_no_invented_text_passes(text: str) -> None:
    with pytest.raises(BadToken):
        read_token("unsubscribe", text, SECRETS)


def test_an_endless_token_is_not_parsed() -> None:
    with pytest.raises(BadToken):
        read_token("unsubscribe", "A" * 1_000_000, SECRETS)


@pytest.mark.parametrize("secrets", [(), ("",), ("good", "")])
def test_without_a_secret_nothing_is_signed(secrets: tuple[str, ...]) -> None:
    with pytest.raises(SubscribersError, match="NEWSLETTER_SECRET"):
        sign_token("unsubscribe", 1, secrets)


@given(st.integers(1, 2**31))
def test_a_token_is_what_the_library_would_make(subscriber_id: int) -> None:
    by_library = _serializer("unsubscribe", SECRETS).dumps(subscriber_id)

    assert sign_token("unsubscribe", subscriber_id, SECRETS) == by_library


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**24 - 1))
def test_a_return_path_names_one_delivery_in_any_case(reader: int, issue: int) -> None:
    token = sign_return_path(reader, issue, SECRETS)

    assert len(token) == RETURN_PATH_TOKEN
    assert token.isalnum()
    assert token == token.lower()
    assert read_return_path(token, SECRETS) == (reader, issue)
    assert read_return_path(token.upper(), SECRETS) == (reader, issue)


def test_a_return_path_of_an_older_secret_still_counts() -> None:
    old = sign_return_path(7, 12, ("second secret",))

    assert read_return_path(old, SECRETS) == (7, 12)
    with pytest.raises(BadToken):
        read_return_path(sign_return_path(7, 12, SECRETS), ("second secret",))


def test_no_changed_return_path_passes() -> None:
    token = sign_return_path(42, 12, SECRETS)

    for at, char in enumerate(token):
        for other in "abz237":
            if other != char:
                with pytest.raises(BadToken):
                    read_return_path(token[:at] + other + token[at + 1 :], SECRETS)
    for other in (token[:-1], token + "a", "", "ä" * len(token), "1" * len(token), "=" * 32):
        with pytest.raises(BadToken):
            read_return_path(other, SECRETS)


@given(st.text())
def test_no_invented_return_path_passes(text: str) -> None:
    with pytest.raises(BadToken):
        read_return_path(text, SECRETS)
