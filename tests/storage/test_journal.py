"""The journal beside the database: lines that are only ever added, and survive a crash."""

from __future__ import annotations

import datetime as dt
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter.errors import StorageError
from newsletter.storage.journal import FILE_NAME, Journal

AT = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)


def test_the_highest_number_is_noted_once_and_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.highest_person() == 0

    for number in (3, 3, 2, 1204, 7):
        journal.record_people(number, at=AT)

    assert Journal(tmp_path).highest_person() == 1204
    lines = (tmp_path / FILE_NAME).read_text("utf-8").splitlines()
    assert [json.loads(line)["up_to"] for line in lines] == [3, 1204]
    assert lines[0] == '{"at": "2026-11-29T14:00:00+00:00", "event": "people", "up_to": 3}'
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record_people(5, at=AT)
    with (tmp_path / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-11-29T14:00:00+00:00", "event": "peo')

    assert journal.highest_person() == 5
    journal.record_people(6, at=AT)
    assert journal.highest_person() == 6
    assert (tmp_path / FILE_NAME).read_bytes().endswith(b'"up_to": 6}\n')


def test_other_events_and_lines_of_no_event_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record_people(5, at=AT)
    # Longer than what is read at once.
    for number in range(1_500):
        journal_line = {"at": AT.isoformat(), "event": "claim", "issue": number, "batch": "x" * 30}
        with (tmp_path / FILE_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps(journal_line) + "\n")
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(b'\n7\n[]\n"people"\n\xff\xfe\n')

    assert journal.highest_person() == 5
    claims = journal.backwards("claim")
    assert [next(claims)["issue"] for _ in range(3)] == [1_499, 1_498, 1_497]
    assert len(list(claims)) == 1_497


def test_the_newest_wish_of_a_link_stands_until_it_is_withdrawn(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    later = AT + dt.timedelta(hours=1)
    for mark, wish, at in (
        ("a", "left", AT),
        ("b", "left", AT),
        ("a", "erased", later),
        ("b", None, later),
        ("c", "left", AT),
    ):
        journal.record_wish(mark, wish, at=at)
    with (tmp_path / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write('{"at": "soon", "event": "wish", "mark": "d", "wish": "left"}\n')
        file.write('{"at": "2026-11-29T14:00:00", "event": "wish", "mark": "e", "wish": 7}\n')

    assert Journal(tmp_path).wishes() == {"a": ("erased", later), "c": ("left", AT)}


def test_lines_of_many_writers_do_not_mix(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for number in range(100):
            pool.submit(Journal(tmp_path).append, "claim", at=AT, batch=number)

    found = [entry["batch"] for entry in Journal(tmp_path).backwards("claim")]
    assert sorted(found) == list(range(100))


def test_a_journal_that_cannot_be_written_or_read_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(StorageError, match=r"newsletter\.journal"):
        Journal(tmp_path).append("people", at=AT, up_to=1)
    with pytest.raises(StorageError, match=r"newsletter\.journal"):
        Journal(tmp_path).highest_person()
