"""The journal beside the database: lines that are only ever added, and survive a crash."""

from __future__ import annotations

import datetime as dt
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter.errors import StorageError
from newsletter.storage.journal import FILE_NAME, Journal, JournalDelivery, state_folder

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


FREEZE = JournalDelivery(issue_key="2026-W48")
CLAIM = JournalDelivery(issue_key="2026-W48", attempt_id="a1")


def test_the_newest_freeze_or_claim_stands_for_all_before_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.newest_deliveries() == ()

    journal.record_freeze("2026-W48", mailer="smtp", up_to=7, at=AT)
    assert journal.newest_deliveries() == (FREEZE,)
    journal.record_claim("2026-W48", "a1", mailer="smtp", at=AT)
    journal.record_wish("a", "left", at=AT)
    assert journal.newest_deliveries() == (CLAIM,)
    # A delivery that goes on is not begun anew.
    journal.record_freeze("2026-W48", mailer="smtp", up_to=7, at=AT)
    assert journal.newest_deliveries() == (CLAIM,)

    assert journal.highest_person() == 7
    journal.record_reset(at=AT)
    assert journal.newest_deliveries() == ()


def test_the_second_file_keeps_what_a_folder_put_back_has_lost(tmp_path: Path) -> None:
    folder, state = tmp_path / "newsletter", tmp_path / "state" / "happy-trails"
    folder.mkdir()
    journal = Journal(folder, state=state, newsletter="ab" * 16)
    journal.record_freeze("2026-W48", mailer="smtp", up_to=7, at=AT)
    journal.record_claim("2026-W48", "a1", mailer="smtp", at=AT)
    (folder / FILE_NAME).unlink()

    assert journal.newest_deliveries() == (CLAIM,)
    assert Journal(folder, state=state, newsletter="cd" * 16).newest_deliveries() == ()
    elsewhere = tmp_path / "moved"
    elsewhere.mkdir()
    moved = Journal(elsewhere, state=state, newsletter="ab" * 16)
    assert moved.newest_deliveries() == (CLAIM,)
    assert {path.stat().st_mode & 0o777 for path in state.iterdir()} == {0o600}


def test_trials_with_the_outbox_concern_their_own_folder_only(tmp_path: Path) -> None:
    folder, trial = tmp_path / "newsletter", tmp_path / "trial"
    journals = []
    for place in (folder, trial):
        place.mkdir()
        journals.append(Journal(place, state=tmp_path / "state", newsletter="ab" * 16))
    journals[1].record_freeze("2026-W49", mailer="outbox", up_to=7, at=AT)

    assert journals[0].newest_deliveries() == ()
    (trial / FILE_NAME).unlink()
    assert journals[1].newest_deliveries() == (JournalDelivery(issue_key="2026-W49"),)
    journals[1].record_reset(at=AT)
    assert journals[1].newest_deliveries() == ()


def test_a_home_that_cannot_be_used_holds_up_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder", "utf-8")
    journal = Journal(tmp_path, state=tmp_path / "state", newsletter="ab" * 16)

    journal.record_freeze("2026-W48", mailer="smtp", up_to=7, at=AT)
    journal.record_claim("2026-W48", "a1", mailer="smtp", at=AT)

    assert journal.newest_deliveries() == (CLAIM,)


def test_the_user_s_state_directory_follows_the_environment() -> None:
    assert state_folder({}) is None
    assert state_folder({"XDG_STATE_HOME": "relative"}) is None
    assert state_folder({"HOME": "/home/ann"}) == Path("/home/ann/.local/state/happy-trails")
    both = {"HOME": "/home/ann", "XDG_STATE_HOME": "/srv/state"}
    assert state_folder(both) == Path("/srv/state/happy-trails")
