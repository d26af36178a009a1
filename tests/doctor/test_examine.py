"""The whole of it: side by side, in bounded time, and as a command."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.doctor.clock import judge_clock, server_date
from newsletter.doctor.diagnosis import Diagnosis, ok
from newsletter.doctor.examine import CHECKS, examine
from newsletter.doctor.feeds import FeedFacts, judge_feed
from newsletter.doctor.files import FolderFacts, judge_files
from newsletter.doctor.installation import Installation
from newsletter.doctor.upkeep import UpkeepFacts, judge_upkeep
from newsletter.errors import SettingsError
from newsletter.reader.http.call import CallResult
from newsletter.storage.runs import LastRun
from tests.doctor.installations import NOW
from tests.support.newsletter_folder import create_newsletter

ROOM = FolderFacts(folder=Path("/news"), is_writable=True, free_bytes=10**11)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    return context.folder


def test_a_check_that_hangs_or_breaks_hides_no_other(folder: Path) -> None:
    never = threading.Event()

    def hang(_installation: Installation) -> Iterator[Diagnosis]:
        never.wait()
        yield ok("hang", "never")

    def stumble(_installation: Installation) -> Iterator[Diagnosis]:
        raise ZeroDivisionError("by a bug")

    def find_nothing(_installation: Installation) -> Iterator[Diagnosis]:
        yield ok("well", "All is well.")

    checks = (("Hangs", hang), ("Breaks", stumble), ("Works", find_nothing))
    diagnoses = examine(folder, {}, checks=checks, seconds=0.1)
    never.set()

    by_area = {diagnosis.area: diagnosis for diagnosis in diagnoses}
    assert by_area["Hangs"].rule == "late"
    assert "ZeroDivisionError" in by_area["Breaks"].text
    assert by_area["Works"].verdict == "ok"


def test_every_check_has_a_heading_of_its_own_group() -> None:
    areas = [area for area, _ in CHECKS]

    assert [area for at, area in enumerate(areas) if area not in areas[:at]] == list(
        dict.fromkeys(areas)
    )


def test_wrong_settings_are_a_finding_and_the_folder_is_looked_at_all_the_same(
    folder: Path,
) -> None:
    (folder / "newsletter.toml").write_text("[newsletter]\ntitel = 'x'\n", "utf-8")
    diagnoses = examine(folder, {})

    assert [(d.area, d.verdict) for d in diagnoses if d.matters] == [("Settings", "error")]
    assert any(d.area == "Folder" for d in diagnoses)


def test_an_env_file_in_another_encoding_is_a_finding(folder: Path) -> None:
    (folder / ".env").write_bytes(b"NEWSLETTER_SMTP_PASSWORD=p\xe4ss\n")
    diagnoses = examine(folder, {}, checks=())

    assert [(d.area, d.rule) for d in diagnoses if d.matters] == [("Settings", "secrets")]


def test_a_folder_without_a_newsletter_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no newsletter"):
        examine(tmp_path, {})


def test_exposed_secrets_are_found_and_mended(folder: Path) -> None:
    (folder / ".env").chmod(0o644)
    (folder / "newsletter.db").chmod(0o644)

    before = [d for d in examine(folder, {}, checks=()) if d.matters]
    after = examine(folder, {}, checks=(), fix=True)

    assert [(d.rule, d.cure) for d in before] == [("file-modes", "Run `newsletter doctor --fix`.")]
    assert not any(d.matters for d in after)
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert (folder / "newsletter.db").stat().st_mode & 0o777 == 0o600


def rules(diagnoses: Iterator[Diagnosis]) -> list[str]:
    return [f"{d.verdict} {d.rule}" for d in diagnoses if d.verdict != "ok"]


def test_a_disk_without_modes_or_room_is_told() -> None:
    without_modes = replace(ROOM, is_env_exposed=True, keeps_modes=False)

    assert rules(judge_files(ROOM)) == []
    assert "keeps no file" in next(judge_files(without_modes)).text
    assert rules(judge_files(without_modes)) == ["warning file-modes"]
    assert rules(judge_files(replace(ROOM, is_writable=False))) == ["error folder"]
    assert rules(judge_files(replace(ROOM, free_bytes=10**8))) == ["warning disk"]
    assert rules(judge_files(replace(ROOM, free_bytes=10**6))) == ["error disk"]
    assert rules(judge_files(replace(ROOM, exposed=(Path("/news"),)))) == ["warning file-modes"]


@pytest.mark.parametrize(
    ("off", "verdict"),
    [
        (dt.timedelta(seconds=30), "ok"),
        (dt.timedelta(minutes=-20), "warning"),
        (dt.timedelta(days=3650), "error"),
        (dt.timedelta(days=-2), "error"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(off: dt.timedelta, verdict: str) -> None:
    assert judge_clock(NOW + off, NOW).verdict == verdict


def test_the_age_of_a_cached_answer_counts() -> None:
    headers = {"date": "Fri, 20 Nov 2026 11:00:00 GMT", "age": "3600"}

    assert server_date(CallResult(status=200, headers=headers, body=b"")) == NOW
    assert server_date(CallResult(status=200, headers={}, body=b"")) is None


def test_feeds_are_judged() -> None:
    url = "https://blog.example.com/feed/"

    assert judge_feed(FeedFacts(url=url, posts=10)).verdict == "ok"
    assert judge_feed(FeedFacts(url=url, problem="It is gone.", cure="x")).verdict == "error"
    assert judge_feed(FeedFacts(url=url, partial_kind="comments on the blog")).rule == "feed-kind"
    assert judge_feed(FeedFacts(url=url, moved_to="https://new.example/")).rule == "feed-moved"


@pytest.mark.parametrize(
    ("ago", "exit_code", "expected"),
    [
        (dt.timedelta(hours=1), 0, "ok last-run"),
        (dt.timedelta(hours=1), 3, "ok last-run"),
        (dt.timedelta(hours=1), 1, "warning last-run"),
        (dt.timedelta(days=3), 0, "note last-run"),
        (dt.timedelta(days=15), 0, "warning last-run"),
    ],
)
def test_the_last_run_is_judged(ago: dt.timedelta, exit_code: int, expected: str) -> None:
    run = LastRun(at=NOW - ago, exit_code=exit_code)
    facts = UpkeepFacts(rhythm="weekly", run=run, timers=("cron",))

    assert [f"{d.verdict} {d.rule}" for d in judge_upkeep(facts, NOW)] == ["ok timer", expected]
    assert rules(judge_upkeep(replace(facts, timers=()), NOW))[0] == "note timer"


def test_what_blocks_all_sending_is_an_error() -> None:
    run = LastRun(at=NOW, exit_code=3)
    facts = UpkeepFacts(rhythm="weekly", run=run, blocked="It is on two.", timers=("cron",))

    assert rules(judge_upkeep(facts, NOW)) == ["error blocked"]


def test_no_run_yet_is_a_note_and_a_timer_is_seen() -> None:
    facts = UpkeepFacts(rhythm="weekly", run=None)

    timed = list(judge_upkeep(replace(facts, timers=("cron",)), NOW))
    assert [f"{d.verdict} {d.rule}" for d in timed] == ["ok timer", "note last-run"]

    assert rules(judge_upkeep(facts, NOW)) == ["note last-run"]
