from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import BadToken, SubscribersError
from subscribers.tokens import (
    RETURN_PATH_TOKEN,
    Question,
    _serializer,
    _signer,
    read_question,
    read_return_path,
    read_token,
    sign_question,
    sign_return_path,
    sign_token,
    sign_tokens,
)
from tests.support.newsletter_folder import sign_old_token

SECRETS = ("first secret", "second secret")
ADA, BOB = "made-up_for_Ada_", "made-up_for_Bob_"
LINK_IDS = st.binary(min_size=12, max_size=12).map(lambda bits: urlsafe_b64encode(bits).decode())


@given(LINK_IDS)
def test_a_token_leads_back_to_its_person(link_id: str) -> None:
    token = sign_token("unsubscribe", link_id, SECRETS)

    assert read_token("unsubscribe", token, SECRETS) == link_id


@given(st.integers(min_value=1, max_value=10**15 - 1), st.sampled_from(SECRETS))
def test_a_token_of_before_leads_to_the_number_of_a_row(number: int, secret: str) -> None:
    token = sign_old_token("unsubscribe", number, secret)

    assert read_token("unsubscribe", token, SECRETS) == str(number)
    with pytest.raises(BadToken):
        read_token("preferences", token, SECRETS)


def test_no_number_is_ever_read_as_an_id() -> None:
    # Twelve digits in base64 look like an id.
    token = sign_old_token("unsubscribe", 123_456_789_012, SECRETS[0])

    assert len(token.partition(".")[0]) == len(ADA)
    assert read_token("unsubscribe", token, SECRETS) == "123456789012"
    for number in (0, -1, 10**15, True):
        with pytest.raises(BadToken):
            read_token("unsubscribe", sign_old_token("unsubscribe", number, SECRETS[0]), SECRETS)


def test_a_token_is_short_url_safe_and_the_same_every_time() -> None:
    token = sign_token("unsubscribe", ADA, SECRETS)

    assert len(token) < 64
    assert all(char.isalnum() or char in "-_." for char in token)
    assert token == sign_token("unsubscribe", ADA, SECRETS)


def test_purposes_are_not_interchangeable() -> None:
    with pytest.raises(BadToken):
        read_token("preferences", sign_token("unsubscribe", ADA, SECRETS), SECRETS)
    with pytest.raises(BadToken):
        read_token("unsubscribe", sign_token("preferences", ADA, SECRETS), SECRETS)


def test_the_first_secret_signs_and_every_secret_verifies() -> None:
    old = sign_token("unsubscribe", ADA, ("second secret",))

    assert read_token("unsubscribe", old, SECRETS) == ADA
    assert sign_token("unsubscribe", ADA, SECRETS) == sign_token(
        "unsubscribe", ADA, ("first secret",)
    )
    with pytest.raises(BadToken):
        read_token("unsubscribe", sign_token("unsubscribe", ADA, SECRETS), ("second secret",))


def test_no_changed_character_passes() -> None:
    token = sign_token("unsubscribe", ADA, SECRETS)

    for place, char in enumerate(token):
        for other in "AQgw_-z09.":
            if other != char:
                with pytest.raises(BadToken):
                    read_token("unsubscribe", token[:place] + other + token[place + 1 :], SECRETS)


def test_no_shortened_or_lengthened_token_passes() -> None:
    token = sign_token("unsubscribe", ADA, SECRETS)

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
        sign_token("unsubscribe", ADA, secrets)


@given(st.lists(LINK_IDS))
def test_tokens_are_what_the_library_would_make(link_ids: list[str]) -> None:
    library = _signer("happy-trails.link.unsubscribe", SECRETS)

    tokens = sign_tokens(("unsubscribe",), link_ids, SECRETS)[0]

    assert list(tokens) == [library.sign(link_id).decode() for link_id in link_ids]


@pytest.mark.parametrize("purpose", ["confirm", "move"])
def test_a_question_of_before_is_still_answered(purpose: Question) -> None:
    asked = _serializer(purpose, SECRETS).dumps([7, 1_700_000_000])

    assert read_question(purpose, asked, SECRETS) == ("7", 1_700_000_000)
    assert read_question(purpose, sign_question(purpose, ADA, 3, SECRETS), SECRETS) == (ADA, 3)
    for odd in (["7", 3], [7], [0, 3], [ADA, "3"], {"7": 3}, [ADA[:-1], 3], [7, 3, 3]):
        with pytest.raises(BadToken):
            read_question(purpose, _serializer(purpose, SECRETS).dumps(odd), SECRETS)


@given(LINK_IDS, st.integers(0, 2**24 - 1))
def test_a_return_path_names_one_delivery_in_any_case(reader: str, issue: int) -> None:
    token = sign_return_path(reader, issue, SECRETS)

    assert len(token) == RETURN_PATH_TOKEN
    assert token.isalnum()
    assert token == token.lower()
    assert read_return_path(token, SECRETS) == (reader, issue)
    assert read_return_path(token.upper(), SECRETS) == (reader, issue)


def test_a_return_path_of_an_older_secret_still_counts() -> None:
    old = sign_return_path(ADA, 12, ("second secret",))

    assert read_return_path(old, SECRETS) == (ADA, 12)
    with pytest.raises(BadToken):
        read_return_path(sign_return_path(ADA, 12, SECRETS), ("second secret",))


def test_a_return_path_of_before_still_names_the_number_of_a_row() -> None:
    # Made by the program before links held ids, for row 7 and issue 12.
    assert read_return_path("aaaaaaahaaaay7ttozqkdjckphsfvle4", SECRETS) == ("7", 12)


def test_no_changed_return_path_passes() -> None:
    token = sign_return_path(ADA, 12, SECRETS)

    for at, char in enumerate(token):
        for other in "abz237":
            if other != char:
                with pytest.raises(BadToken):
                    read_return_path(token[:at] + other + token[at + 1 :], SECRETS)
    for other in (
        token[:-1],
        token + "a",
        "",
        "ä" * len(token),
        "1" * len(token),
        "=" * 40,
        "a" * 32,
    ):
        with pytest.raises(BadToken):
            read_return_path(other, SECRETS)


@given(st.text())
def test_no_invented_return_path_passes(text: str) -> None:
    with pytest.raises(BadToken):
        read_return_path(text, SECRETS)
