"""The log for machines: what it says, and what it never does."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from newsletter.config.secrets import Secrets
from newsletter.json_log import log_event, secret_values, start_json_log


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("newsletter")
    before = (list(root.handlers), root.level, ours.level)
    stream = io.StringIO()
    formatter = start_json_log(stream)
    secrets = Secrets(signing=("made-up-for-tests",), smtp_password="correct horse")
    formatter.hide(secret_values(secrets, "database pass"))
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_an_event_is_one_line_of_ascii_with_its_figures(log: io.StringIO) -> None:
    log_event("run", "Issue 1 went to 李小龍\nand others.", accepted=3, exit_code=0)
    (line,) = lines(log)

    assert log.getvalue().isascii()
    assert line["event"] == "run"
    assert line["level"] == "info"
    assert line["message"].endswith("and others.")
    assert (line["accepted"], line["exit_code"]) == (3, 0)
    assert line["at"].endswith("+00:00")


def test_no_address_and_no_secret_comes_into_it(log: io.StringIO) -> None:
    log_event(
        "said", "550 ada@example.com is unknown", who=["bob@example.org"], key="correct horse"
    )
    try:
        raise ValueError("signed with made-up-for-tests for ada@example.com")
    except ValueError:
        logging.getLogger("newsletter.site").exception("by database pass")

    text = log.getvalue()
    for private in ("ada@", "bob@", "correct horse", "made-up-for-tests", "database pass"):
        assert private not in text
    assert lines(log)[1]["level"] == "error"
    assert "ValueError" in lines(log)[1]["error"]


def test_a_library_speaks_up_only_when_something_is_wrong(log: io.StringIO) -> None:
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("trouble")

    assert [(line["event"], line["message"]) for line in lines(log)] == [("log", "trouble")]


def test_without_a_log_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    log_event("run", "nothing of this")

    assert capsys.readouterr() == ("", "")
