"""The spam score, from a program that answers as SpamAssassin does."""

from __future__ import annotations

from pathlib import Path

from newsletter.editorial.checks.spam_score import SpamScore, spam_score

MESSAGE = b"Subject: Hills\r\n\r\nUp and down.\r\n"


def _program(folder: Path, script: str) -> str:
    path = folder / "spamassassin"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_points_and_their_rules_are_read(tmp_path: Path) -> None:
    program = _program(
        tmp_path,
        "printf 'X-Spam-Status: No, score=1.3 required=5.0 tests=HTML_MESSAGE,\\n"
        "\\tMISSING_DATE autolearn=no version=4.0.0\\n'; cat",
    )
    expected = SpamScore(points=1.3, rules=("HTML_MESSAGE", "MISSING_DATE"))
    assert spam_score(MESSAGE, program=program) == expected


def test_a_failing_program_gives_no_score(tmp_path: Path) -> None:
    assert spam_score(MESSAGE, program=_program(tmp_path, "exit 3")) is None
    assert spam_score(MESSAGE, program=_program(tmp_path, "cat")) is None
    assert spam_score(MESSAGE, program=str(tmp_path / "not-there")) is None


def test_a_hanging_program_is_abandoned(tmp_path: Path) -> None:
    assert spam_score(MESSAGE, program=_program(tmp_path, "exec sleep 30"), seconds=0.2) is None
