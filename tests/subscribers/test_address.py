from __future__ import annotations

import unicodedata

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from subscribers.address import MAX_LENGTH, address_key, mailbox_of, normalise
from subscribers.errors import InvalidAddress


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  ann@example.com\t", "ann@example.com"),
        ("\u200bann@example.com\ufeff", "ann@example.com"),
        ("ann@EXAMPLE.com", "ann@example.com"),
        ("Ann.Runner@example.com", "Ann.Runner@example.com"),
        ("ann+trail@example.com", "ann+trail@example.com"),
        ("ann@bücher.example.com", "ann@xn--bcher-kva.example.com"),
        ("ann@BÜCHER.example.com", "ann@xn--bcher-kva.example.com"),
        ("ann@xn--bcher-kva.example.com", "ann@xn--bcher-kva.example.com"),
        (unicodedata.normalize("NFD", "ann@bücher.example.com"), "ann@xn--bcher-kva.example.com"),
        ("o'hara@example.co.uk", "o'hara@example.co.uk"),
    ],
)
def test_an_address_comes_out_in_one_form(written: str, normal: str) -> None:
    assert normalise(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "ann",
        "ann@",
        "@example.com",
        "ann@@example.com",
        "ann@example",
        "ann@localhost",
        "ann@-example.com",
        "ann@example-.com",
        "ann@example..com",
        "ann@192.168.0.1",
        "ann@[192.168.0.1]",
        ".ann@example.com",
        "ann.@example.com",
        "an..n@example.com",
        "an n@example.com",
        '"an n"@example.com',
        "ann@example.com, bob@example.com",
        "Ann <ann@example.com>",
        "ann\n@example.com",
        "ann@example.com\nBcc: bob@example.com",
        "ann\x00@example.com",
        "änn@example.com",
        "ann＠example.com",
        "ann@xn--\u00fc.example.com",
        f"{'a' * 65}@example.com",
        f"ann@{'b' * 64}.com",
        f"ann@{'.'.join(['b' * 60] * 5)}.com",
    ],
)
def test_an_invalid_address_is_refused_with_a_clear_error(written: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        normalise(written)

    assert str(caught.value).endswith(".")
    assert "\x00" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_longest_address_is_taken() -> None:
    domain = ".".join(["b" * 61] * 3) + ".com"
    longest = f"{'a' * (MAX_LENGTH - len(domain) - 1)}@{domain}"

    assert normalise(longest) == longest
    with pytest.raises(InvalidAddress):
        normalise("a" + longest)


def test_case_and_spelling_of_the_domain_make_no_second_person() -> None:
    spellings = ["Ann@example.com", "ANN@Example.COM", " ann@example.com "]

    assert {address_key(normalise(spelling)) for spelling in spellings} == {"ann@example.com"}


def test_dots_and_plus_tags_make_another_person() -> None:
    spellings = ["ann.b@gmail.com", "annb@gmail.com", "annb+x@gmail.com"]

    assert len({address_key(normalise(spelling)) for spelling in spellings}) == 3


@given(st.emails())
def test_what_the_fast_pattern_takes_the_library_takes_in_the_same_form(written: str) -> None:
    try:
        ours = normalise(written)
    except InvalidAddress:
        return
    theirs = validate_email(written, check_deliverability=False, allow_smtputf8=False)
    assert ours == theirs.ascii_email


@given(st.text())
def test_any_text_gives_an_address_or_an_error(written: str) -> None:
    try:
        normal = normalise(written)
    except InvalidAddress:
        return
    assert normalise(normal) == normal
    assert normal.isascii()
    assert normal.isprintable()


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Rosa@example.com", "rosa@example.com"),
        ("rosa+trails+x@example.com", "rosa@example.com"),
        ("r.osa@example.com", "r.osa@example.com"),
        ("r.o.s.a+x@gmail.com", "rosa@gmail.com"),
        ("rosa@googlemail.com", "rosa@gmail.com"),
        ("+rosa@example.com", "+rosa@example.com"),
    ],
)
def test_a_mailbox_is_an_address_without_its_plus_tag(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox
