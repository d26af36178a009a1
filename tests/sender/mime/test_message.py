"""A whole message, parsed by the standard library's strict policy."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.models import Recipient
from newsletter.sender.batch import Batch
from newsletter.sender.mime.message import message_builder
from tests.support.batches import ADDRESS, EDITION, NONCE, batch, recipient


def raw(sent: Batch) -> bytes:
    return message_builder(sent).build(sent.recipients[0])


def read(sent: Batch) -> EmailMessage:
    return message_from_bytes(raw(sent), policy=policy.default)


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_both_parts_hold_what_merging_gives() -> None:
    runner = recipient(1, "o'brien&sons@example.org")
    message = read(batch(runner))
    fields = dict(runner.fields)
    assert part(message, "plain") == merge.fill(EDITION.text, NONCE, fields, html=False)
    assert part(message, "html") == merge.fill(EDITION.html, NONCE, fields, html=True)
    assert message.get_content_type() == "multipart/alternative"


def test_the_headers_are_those_of_a_list() -> None:
    message = read(batch(recipient(1)))
    message_id = message.get("Message-ID")
    assert dict(message.items()) == {
        "To": "runner1@example.org",
        "Message-ID": message_id,
        "List-Unsubscribe": "<https://news.example.com/unsubscribe/T1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "From": "Happy Trails <news@example.com>",
        "Reply-To": "author@example.com",
        "Subject": "Hips over foam rollers, +2 more",
        "Date": "Sun, 22 Nov 2026 07:00:00 +0000",
        "List-Id": "Happy Trails Weekly <weekly.example.com>",
        "List-Post": "NO",
        "List-Help": "<https://example.com/about>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


def test_a_confirmation_is_no_list_message() -> None:
    message = read(batch(recipient(1), envelope={"kind": "confirm"}))
    assert not [name for name in message.keys() if name.startswith("List-")]  # noqa: SIM118 (a message is no mapping)
    assert "Precedence" not in message
    assert message["Auto-Submitted"] == "auto-generated"


def test_without_a_link_there_is_no_unsubscribe_header() -> None:
    assert "List-Unsubscribe" not in read(batch(recipient(1, unsubscribe_url="")))


def test_the_unsubscribe_address_holds_the_readers_token_beside_the_link() -> None:
    by_mail = "mailto:leave+us@example.com?subject=unsubscribe-T1"
    message = read(batch(recipient(1, unsubscribe_mailto=by_mail)))
    assert message["List-Unsubscribe"] == (
        f"<https://news.example.com/unsubscribe/T1>, <{by_mail}>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "runner1" not in message["List-Unsubscribe"]


@pytest.mark.parametrize("bad", ["leave@example.com", "mailto:a> <b", "mailto:å@example.com"])
def test_an_invalid_address_never_gets_into_the_unsubscribe_header(bad: str) -> None:
    with pytest.raises(MailerError, match=r"\[mailbox\] address"):
        raw(batch(recipient(1, unsubscribe_mailto=bad)))


LONG_DOMAIN = ".".join(["a" * 60] * 3) + ".example"


def lines_of(octets: bytes) -> dict[str, bytes]:
    """The first line of each header field, by its name."""
    head = octets.partition(b"\r\n\r\n")[0]
    unfolded = (line.partition(b": ") for line in head.split(b"\r\n") if line[:1] != b" ")
    return {name.decode(): value for name, _, value in unfolded}


@pytest.mark.parametrize("kind", ["issue", "test", "welcome", "confirm"])
def test_a_value_stays_on_the_line_of_its_name(kind: str) -> None:
    runner = recipient(
        1,
        f"runner@{LONG_DOMAIN}",
        unsubscribe_url=f"https://news.example.com/unsubscribe/{'T' * 80}",
        unsubscribe_mailto=f"mailto:leave@example.com?subject=unsubscribe-{'T' * 80}",
    )
    envelope = {
        "kind": kind,
        "from_address": f"The long run {'and a hill ' * 8}<news@{LONG_DOMAIN}>",
        "reply_to": f"author@{LONG_DOMAIN}",
        "list_title": "Happy Trails, every week of the year, " * 3,
        "help_url": f"https://{LONG_DOMAIN}/about",
    }
    octets = raw(batch(runner, envelope=envelope, subject="Hips over foam rollers. " * 20))
    parsed = message_from_bytes(octets, policy=policy.default)
    first_lines = lines_of(octets)
    assert b"\r\n " not in octets.partition(b"\r\n\r\n")[0]
    assert all(first_lines[name].decode() == value for name, value in parsed.raw_items())
    assert not [value.defects for value in parsed.values() if value.defects]


def test_lines_with_encoded_words_have_76_octets_at_most_and_begin_on_the_first() -> None:
    name = "Läuferin am Berg, im Tal, am Fluß und an der See"
    envelope = {"from_address": f"{name} <news@{LONG_DOMAIN}>", "list_title": name}
    octets = raw(batch(recipient(1), envelope=envelope, subject="Über alle Berge 🏃 " * 12))
    head = octets.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 76 for line in head.split(b"\r\n") if b"=?" in line)
    first_lines = lines_of(octets)
    assert all(first_lines[name].startswith(b"=?") for name in ("From", "List-Id", "Subject"))


@pytest.mark.parametrize("octets", [998, 999])
def test_a_value_is_folded_only_where_its_line_would_be_too_long(octets: int) -> None:
    subject = ("a " * 500)[: octets - len("Subject: ") - 1] + "b"
    message = raw(batch(recipient(1), subject=subject))
    assert (f"Subject: {subject}\r\n".encode() in message) == (octets == 998)
    assert message_from_bytes(message, policy=policy.default)["Subject"] == subject


def test_a_word_that_no_line_can_hold_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(MailerError, match="Subject is too long"):
        raw(batch(recipient(1), subject="a" * 1000))


def test_building_twice_gives_the_same_bytes_whatever_the_attempt() -> None:
    first = batch(recipient(1))
    assert raw(first) == raw(replace(first, attempt_id="attempt-2", id=9))


def test_message_ids_differ_by_reader_and_issue_and_reveal_neither() -> None:
    first = batch(recipient(1), recipient(2))
    ids = {
        message_builder(sent).message_id(runner)
        for sent in (first, replace(first, issue_key="2026-W49"))
        for runner in sent.recipients
    }
    assert len(ids) == 4
    assert all(re.fullmatch(r"<[0-9a-f]{40}@example\.com>", message_id) for message_id in ids)


def test_each_test_copy_is_a_message_of_its_own() -> None:
    first = batch(recipient(1), envelope={"kind": "test"})
    assert raw(first) != raw(replace(first, attempt_id="attempt-2"))
    assert read(first)["Subject"] == "[Test] Hips over foam rollers, +2 more"


@given(
    subject=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
    | st.text(st.sampled_from("aé🏃山 ?=_"), min_size=1).filter(str.strip)
)
def test_every_subject_comes_back_as_it_was(subject: str) -> None:
    octets = raw(batch(recipient(1), subject=subject))
    head = octets.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    parsed = message_from_bytes(octets, policy=policy.default)
    assert str(parsed["Subject"]).split() == subject.split()


@pytest.mark.parametrize(
    ("given_as", "name"),
    [
        ("Happy Trails <news@example.com>", "Happy Trails"),
        ('"Trails, Happy" <news@example.com>', "Trails, Happy"),
        ("Trails, Happy <news@example.com>", "Trails, Happy"),
        ("Läufer 🏃 am Berg <news@example.com>", "Läufer 🏃 am Berg"),
        ("news@example.com", ""),
        ("=?x? <news@example.com>", "=?x?"),
    ],
)
def test_the_senders_name_comes_back_as_it_was(given_as: str, name: str) -> None:
    message = read(batch(recipient(1), envelope={"from_address": given_as}))
    sender = message["From"].addresses[0]
    assert sender.addr_spec == "news@example.com"
    assert sender.display_name == name
    assert not message["From"].defects


def test_a_long_foreign_name_is_split_into_words_of_75_octets() -> None:
    name = "Läuferin am Berg, im Tal, am Fluß und an der See 🏃" * 2
    octets = raw(batch(recipient(1), envelope={"from_address": f"{name} <news@example.com>"}))
    line = re.search(rb"^From:((?:.*\r\n[ ])*.*)", octets, re.MULTILINE)
    assert line
    assert str(make_header(decode_header(line[1].decode()))) == f"{name} <news@example.com>"
    assert all(len(word) <= 75 for word in line[1].split())


def test_a_list_title_with_a_comma_is_quoted() -> None:
    message = read(batch(recipient(1), envelope={"list_title": "Trails, Happy"}))
    assert message["List-Id"] == '"Trails, Happy" <weekly.example.com>'


def test_a_blog_with_a_foreign_name_is_linked_in_ascii() -> None:
    message = read(batch(recipient(1), envelope={"help_url": "https://läufer.example/über?a=é"}))
    assert message["List-Help"] == "<https://xn--lufer-gra.example/%C3%BCber?a=%C3%A9>"


@pytest.mark.parametrize("bad", ["\r\nBcc: all@example.org", "\n", "\0", "\x0b", "\u2028"])
@pytest.mark.parametrize(
    "place", ["subject", "from_address", "reply_to", "list_title", "list_id", "help_url"]
)
def test_a_line_break_in_the_envelope_is_refused(place: str, bad: str) -> None:
    edition: dict[str, Any] = {"subject": f"a{bad}b"} if place == "subject" else {}
    envelope = {} if edition else {place: f"news{bad}@example.com"}
    with pytest.raises(MailerError):
        message_builder(batch(recipient(1), envelope=envelope, **edition))


@pytest.mark.parametrize("bad", ["\r\nBcc: all@example.org", "\n", "\0"])
@pytest.mark.parametrize("place", ["to", "unsubscribe_url", "address"])
def test_a_line_break_in_a_recipients_value_is_refused(place: str, bad: str) -> None:
    given_values: dict[str, str] = {place: f"https://a{bad}b@example.org"}
    builder = message_builder(batch(recipient(1)))
    with pytest.raises(MailerError):
        builder.build(recipient(1, **given_values))


def test_a_missing_field_is_refused_by_name() -> None:
    bare = Recipient(subscriber_id=1, address="runner1@example.org")
    with pytest.raises(MailerError, match=r"address|unsubscribe_url"):
        message_builder(batch(bare)).build(bare)


def test_a_text_with_nul_or_half_a_character_is_refused() -> None:
    for bad in ("a\0b", "a\ud83cb"):
        with pytest.raises(MailerError):
            message_builder(batch(recipient(1), html=bad))


def test_a_value_that_looks_like_a_tag_stays_text() -> None:
    message = read(batch(recipient(1, address=f"x{ADDRESS}x")))
    assert f"-nl{NONCE}" not in part(message, "plain") + part(message, "html")
