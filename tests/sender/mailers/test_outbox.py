"""The outbox on a real disk: whole files, each once, and an error where it cannot write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.sender.mailers import SettlingMailer, ThrottlingMailer
from newsletter.sender.mailers.outbox import Outbox, file_name
from newsletter.sender.mime.message import message_builder
from tests.support.batches import batch, recipient


def outcomes(receipts: tuple[Receipt, ...]) -> list[str]:
    return [receipt.outcome for receipt in receipts]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_each_recipient_has_one_file_with_the_whole_message(tmp_path: Path) -> None:
    sent = batch(*(recipient(number) for number in range(30)))
    receipts = Outbox(tmp_path / "outbox").send(sent)
    assert outcomes(receipts) == ["accepted"] * 30
    for runner in sent.recipients:
        file = tmp_path / "outbox" / "12" / f"{runner.address}.eml"
        assert file.read_bytes() == message_builder(sent).build(runner)
    assert len(names(tmp_path / "outbox" / "12")) == 30


@pytest.mark.parametrize("kind", ["test", "confirm"])
def test_other_kinds_have_folders_of_their_own_and_the_newest_wins(
    tmp_path: Path, kind: str
) -> None:
    first = batch(recipient(1), envelope={"kind": kind})
    again = replace(first, attempt_id="attempt-2")
    for sent in (first, again):
        assert outcomes(Outbox(tmp_path).send(sent)) == ["accepted"]
    file = tmp_path / kind / "runner1@example.org.eml"
    assert file.read_bytes() == message_builder(again).build(again.recipients[0])


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("runner+weekly@example.org", "runner+weekly@example.org.eml"),
        ("o'brien@example.org", "o'brien@example.org.eml"),
        ("a/b@example.org", "a%2Fb@example.org.eml"),
        ("50%@example.org", "50%25@example.org.eml"),
        ("a*b?c|d@example.org", "a%2Ab%3Fc%7Cd@example.org.eml"),
        ("../../etc@example.org", "%2E.%2F..%2Fetc@example.org.eml"),
    ],
)
def test_unsafe_characters_are_escaped_so_that_they_can_be_read_back(
    address: str, name: str
) -> None:
    assert file_name(address) == name
    assert unquote(name.removesuffix(".eml")) == address


def test_the_longest_addresses_still_have_names_of_their_own(tmp_path: Path) -> None:
    host = ".".join(["a" * 60] * 3)
    people = (recipient(1, f"{'/' * 60}1@{host}.org"), recipient(2, f"{'/' * 60}2@{host}.org"))
    assert outcomes(Outbox(tmp_path).send(batch(*people))) == ["accepted"] * 2
    assert len(names(tmp_path / "12")) == 2


def test_sending_again_changes_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    sent = batch(recipient(1))
    first = outbox.send(sent)
    before = (tmp_path / "12" / "runner1@example.org.eml").stat()
    assert outbox.send(replace(sent, attempt_id="attempt-2")) == first
    after = (tmp_path / "12" / "runner1@example.org.eml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_another_message_in_its_place_is_never_overwritten(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.send(batch(recipient(2)))
    stranger = (tmp_path / "12" / "runner2@example.org.eml").read_bytes()
    later = replace(batch(recipient(1), recipient(2)), issue_key="2026-W49")
    with pytest.raises(MailerError, match="Move the folder"):
        outbox.send(later)
    assert names(tmp_path / "12") == ["runner2@example.org.eml"]
    assert (tmp_path / "12" / "runner2@example.org.eml").read_bytes() == stranger


def test_settling_looks_for_the_files_and_removes_partial_ones(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    whole = batch(recipient(1), recipient(2))
    outbox.send(replace(whole, recipients=whole.recipients[:1]))
    half = tmp_path / "12" / ".attempt-1.2.part"
    half.write_bytes(b"From: half a")
    assert outcomes(outbox.settle(whole)) == ["accepted", "not_sent"]
    assert names(tmp_path / "12") == ["runner1@example.org.eml"]


def test_settling_without_a_folder_means_nothing_was_sent(tmp_path: Path) -> None:
    assert outcomes(Outbox(tmp_path / "none").settle(batch(recipient(1)))) == ["not_sent"]


def test_another_issues_file_settles_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    sent = batch(recipient(1))
    outbox.send(replace(sent, issue_key="2026-W47"))
    assert outcomes(outbox.settle(sent)) == ["not_sent"]


def test_a_full_disk_is_reported_and_leaves_no_partial_file(tmp_path: Path) -> None:
    folder = tmp_path / "12"
    folder.mkdir()
    (folder / ".attempt-1.1.part").symlink_to("/dev/full")
    receipts = Outbox(tmp_path).send(batch(recipient(1), recipient(2)))
    assert outcomes(receipts) == ["not_sent", "accepted"]
    assert "full" in receipts[0].detail
    assert names(folder) == ["runner2@example.org.eml"]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands here")
    receipts = Outbox(tmp_path / "outbox").send(batch(recipient(1)))
    assert outcomes(receipts) == ["not_sent"]
    assert str(tmp_path / "outbox") in receipts[0].detail


def test_a_hostile_recipient_is_refused_and_the_others_are_served(tmp_path: Path) -> None:
    people = (
        recipient(1, "a@example.org\r\nBcc: all@example.org"),
        recipient(2, unsubscribe_url="https://x.example/\nBcc: y"),
        recipient(3),
    )
    receipts = Outbox(tmp_path).send(batch(*people))
    assert outcomes(receipts) == ["refused", "refused", "accepted"]
    assert names(tmp_path / "12") == ["runner3@example.org.eml"]


def test_it_can_settle_and_asks_for_no_pause(tmp_path: Path) -> None:
    assert isinstance(Outbox(tmp_path), SettlingMailer)
    assert not isinstance(Outbox(tmp_path), ThrottlingMailer)
