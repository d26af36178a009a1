"""`newsletter demo` creates a complete example that keeps working afterwards."""

from __future__ import annotations

import email
from email import policy
from pathlib import Path

import pytest

from tests.support.program import Program


@pytest.fixture
def example(tmp_path: Path) -> Program:
    program = Program(tmp_path / "demo", now="2026-11-20T12:00:00-07:00")
    answer = program("demo", str(program.folder))
    assert answer.code == 0, answer.err
    assert "preview" in answer.out
    return program


def test_every_reader_has_one_message_with_their_own_season(example: Program) -> None:
    messages = {path.stem: path for path in (example.folder / "outbox" / "1").glob("*.eml")}
    assert len(messages) == 8
    shown = {
        "bea@example.com": "north",
        "tane@example.org": "south",
        "jo@example.org": "north",
    }
    seasons = {"north": "fall", "south": "spring"}
    for reader, hemisphere in shown.items():
        message = email.message_from_bytes(messages[reader].read_bytes(), policy=policy.default)
        text = message.get_body(("plain",))
        assert text is not None
        year = example("intros", "--year", "2026", "--hemisphere", hemisphere, "--json")
        week = year.json["weeks"][0]
        assert (week["sent"], week["season"]) == (True, seasons[hemisphere])
        opening = " ".join(text.get_content().replace("\r\n", "\n").partition("\n\n")[0].split())
        assert opening == week["text"]


def test_afterwards_its_blog_is_served_whenever_it_is_read(example: Program) -> None:
    collected = example("collect", "--json")
    assert (collected.code, collected.json["feeds"][0]["status"]) == (0, "unchanged")
    example.now = "2026-11-22T08:00:00-07:00"
    held = example("run")
    assert held.code == 3
    assert "approve" in held.out
    example("approve", "next")
    sent = example("run", "--json")
    assert (sent.code, sent.json["accepted"]) == (0, 8)
    again = example("run")
    assert again.code == 0
    assert "was written to outbox/2; nobody was mailed" in again.out


def test_it_never_overwrites_a_newsletter(example: Program) -> None:
    before = (example.folder / "newsletter.toml").read_bytes()
    answer = example("demo", str(example.folder))
    assert answer.code == 2
    assert "holds a newsletter already" in answer.err
    assert (example.folder / "newsletter.toml").read_bytes() == before
