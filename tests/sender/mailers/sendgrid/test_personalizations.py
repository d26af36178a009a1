"""Recipients encoded as one batch equal recipients encoded one by one."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from newsletter import merge
from newsletter.models import Recipient
from newsletter.sender.mailers.sendgrid.payload import build_request
from newsletter.sender.mailers.sendgrid.personalizations import Payload
from newsletter.sender.mime.headers import Kind, find_ill_formed, is_well_formed
from tests.support.batches import ADDRESS, NONCE, batch, recipient

SALUTATION = merge.tag(NONCE, "salutation")
LEAVE = "mailto:leave@example.com?subject=unsubscribe-T"


def reader(number: int, salutation: str = "Hello,", to: str = "", **fields: str) -> Recipient:
    own = {"salutation": salutation, "unsubscribe_mailto": f"{LEAVE}{number}"}
    return recipient(number, to, **(own | fields))


def parts_by_address(*people: Recipient) -> dict[str, Payload]:
    """Return each recipient's part of the request by address, without those left out."""
    request = build_request(
        batch(*people, html=f"<p>{SALUTATION}</p>", text=f"{SALUTATION} {SALUTATION} {ADDRESS}")
    )
    parts = json.loads(request.body())["personalizations"]
    assert [part["to"][0]["email"] for part in parts] == [
        runner.address for runner in request.recipients
    ]
    assert len(request.recipients) + len(request.refused) == len(people)
    return {part["to"][0]["email"]: part for part in parts}


VALUES = st.text(max_size=12) | st.text(
    st.sampled_from("a&<>'\"\\\n\0 é\u200e😀\ud800"), max_size=8
)


@given(st.lists(VALUES, min_size=1, max_size=6))
@example(["What's up,", 'Say "hi"', "back\\slash", f"a tag {SALUTATION}", "two\nlines", ""])
@example(["x" * 12_000, "Hello,"])
@example(["é" * 1_300, "<" * 600])
def test_any_value_is_encoded_as_it_would_be_alone(values: list[str]) -> None:
    people = [reader(number, value) for number, value in enumerate(values)]
    together = parts_by_address(*people)
    for runner in people:
        # Next to a recipient with another order of fields, so that no template fits.
        first = reader(99)
        other = replace(first, fields=first.fields[::-1])
        assert together.get(runner.address) == parts_by_address(other, runner).get(runner.address)


def test_an_address_that_looks_like_a_tag_is_encoded_as_it_would_be_alone() -> None:
    looks = reader(2, to=f"a-nl{NONCE}b@example.org")
    first = reader(99)
    other = replace(first, fields=first.fields[::-1])
    alone = parts_by_address(other, looks)[looks.address]
    assert parts_by_address(reader(1), looks)[looks.address] == alone
    assert alone["substitutions"][ADDRESS] == "ab@example.org"


@pytest.mark.parametrize(
    "odd",
    [
        reader(2, to="nobody"),
        reader(2, to=f"{'a' * 65}@example.org"),
        reader(2, to="a@example.org\nb@example.org"),
        reader(2, to="RUNNER1@example.org"),
        reader(2, unsubscribe_url="javascript:alert(1)"),
        reader(2, unsubscribe_url=""),
        reader(2, unsubscribe_mailto="mailto:leave@example.com>, <mailto:x@example.com"),
    ],
)
def test_a_forbidden_recipient_is_refused_among_the_others(odd: Recipient) -> None:
    assert set(parts_by_address(reader(1), odd, reader(3))) == {
        "runner1@example.org",
        "runner3@example.org",
    }


def test_readers_with_other_fields_are_encoded_too() -> None:
    plain = recipient(2, salutation="Hi,")
    assert set(parts_by_address(reader(1), plain, reader(3))) == {
        f"runner{n}@example.org" for n in (1, 2, 3)
    }
    assert "mailto:" not in json.dumps(parts_by_address(reader(1), plain)["runner2@example.org"])


KINDS: dict[Kind, str] = {
    "address": "a.b+c@x-y.example",
    "url": "https://x.example/?a=1&b",
    "mailto": "mailto:a@x.example",
}


@given(st.sampled_from(list(KINDS)), st.lists(st.text("ab@.:/<> -\n", max_size=9), max_size=5))
def test_many_are_as_well_formed_together_as_alone(kind: Kind, texts: list[str]) -> None:
    values = [KINDS[kind] + texts[0], *texts, KINDS[kind]] if texts else [KINDS[kind]]
    alone = tuple(at for at, value in enumerate(values) if not is_well_formed(kind, value))
    assert find_ill_formed(kind, values) == alone
