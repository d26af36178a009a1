"""kill -9 during a run: the next run continues, and each reader has exactly one message."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.end_to_end import crowd
from tests.end_to_end.crowd import figures, import_readers, kill_run
from tests.end_to_end.newsletter import Newsletter

READERS = crowd.READERS[:800]


@pytest.fixture
def crowded(weekly: Newsletter) -> Newsletter:
    import_readers(weekly, READERS)
    return weekly


def count_messages(newsletter: Newsletter) -> int:
    return sum(1 for _ in (newsletter.folder / "outbox" / "1").glob("*.eml"))


def after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def test_killed_at_many_moments_every_reader_has_exactly_one_message(crowded: Newsletter) -> None:
    chance = random.Random(7)  # noqa: S311  # moments to kill at, no secrets
    for _ in range(3):  # before and during collecting, drafting and freezing
        kill_run(crowded, after(chance.uniform(0.1, 1.2)))
        figures(crowded)
    for more in (0, 1, chance.randrange(50, 200), chance.randrange(50, 200)):
        so_far = count_messages(crowded)
        kill_run(crowded, lambda goal=so_far + more: count_messages(crowded) > goal)  # type: ignore[misc]  # the default binds this iteration's value
        assert figures(crowded)["accepted"] <= count_messages(crowded)

    answer = crowded.run("run", "--json").json

    assert (answer["status"], answer["planned"], answer["accepted"]) == ("sent", 800, 800)
    assert crowded.recipients() == sorted(READERS)
    assert {*crowded.outbox()} == {*READERS}
    assert len(list((crowded.folder / "outbox" / "1").iterdir())) == 800
    assert figures(crowded)["accepted"] == 800
    assert crowded.run("run", "--json").json["issue"] is None


def test_a_reader_who_leaves_between_two_runs_gets_nothing(crowded: Newsletter) -> None:
    kill_run(crowded, lambda: count_messages(crowded) > 300)
    reached = set(crowded.recipients())
    text = [reader for reader in READERS if reader not in reached][-1]
    crowded.run("subscribers", "remove", text)

    answer = crowded.run("run", "--json").json

    assert (answer["accepted"], answer["suppressed"]) == (799, 1)
    assert crowded.recipients() == sorted({*READERS} - {text})
    figures(crowded)


def test_a_reader_who_joins_after_the_freeze_waits_for_the_next_issue(crowded: Newsletter) -> None:
    kill_run(crowded, lambda: count_messages(crowded) > 100)
    crowded.subscribe("new@example.com")

    answer = crowded.run("run", "--json").json

    assert answer["planned"] == 800
    assert crowded.recipients() == sorted(READERS)


def test_send_resumes_as_run_does(crowded: Newsletter) -> None:
    kill_run(crowded, lambda: count_messages(crowded) > 500)

    answer = crowded.run("send", "last", "--json").json

    assert (answer["status"], answer["accepted"]) == ("sent", 800)
    assert crowded.recipients() == sorted(READERS)
