"""`newsletter schedule loop`, the timer of a container."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from newsletter.timer.loop import HourlyRuns, call_hourly, next_call
from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import Program

_HALF_PAST = 30


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-29T{text}+00:00")


class Day:
    """A clock that only moves when somebody waits, and the calls that are made on it."""

    def __init__(self, start: str, end: str, *, call_minutes: int = 0) -> None:
        self.now, self._end = at(start), at(end)
        self._call_minutes = call_minutes
        self.calls: list[str] = []

    def call(self) -> None:
        self.calls.append(f"{self.now:%H:%M}")
        self.now += dt.timedelta(minutes=self._call_minutes)

    def stop(self, seconds: float) -> bool:
        self.now += dt.timedelta(seconds=seconds)
        return self.now >= self._end


def calls_between(start: str, end: str, *, call_minutes: int = 0) -> list[str]:
    day = Day(start, end, call_minutes=call_minutes)
    call_hourly(day.call, minute=lambda: _HALF_PAST, clock=lambda: day.now, stop=day.stop)
    return day.calls


def test_it_calls_at_once_and_then_at_the_minute_of_every_hour() -> None:
    assert calls_between("06:10", "09:00") == ["06:10", "06:30", "07:30", "08:30"]


def test_a_call_that_takes_two_hours_leaves_out_what_passes_meanwhile() -> None:
    assert calls_between("06:10", "12:00", call_minutes=125) == ["06:10", "08:30", "11:30"]


def test_a_clock_that_is_set_back_by_a_day_keeps_nobody_waiting() -> None:
    day = Day("06:10", "09:00")

    def stop(seconds: float) -> bool:
        ended = day.stop(seconds)
        if len(day.calls) == 1 and day.now.day == at("00:00").day:
            day.now -= dt.timedelta(days=1)
        return ended or len(day.calls) > 2

    call_hourly(day.call, minute=lambda: _HALF_PAST, clock=lambda: day.now, stop=stop)

    assert day.calls == ["06:10", "06:30", "07:30"]


@pytest.mark.parametrize(
    ("now", "due"), [("06:29:59", "06:30"), ("06:30", "07:30"), ("06:30:01", "07:30")]
)
def test_the_moment_itself_is_over(now: str, due: str) -> None:
    assert next_call(at(now), _HALF_PAST) == at(due)


_WORKER = """\
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("recorded")
    sys.exit(3)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1]).write_text("begun")
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_run_at_work_end_in_its_own_way(
    tmp_path: Path, number: signal.Signals
) -> None:
    note = tmp_path / "note"
    runs = HourlyRuns([sys.executable, "-c", _WORKER, str(note)])

    def send() -> None:
        while not note.exists() or note.read_text("utf-8") != "begun":
            threading.Event().wait(0.01)
        # To the process, as `docker stop` does: the main thread is the one that takes it.
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    with runs.end_by_signal():
        code = runs.call()
    thread.join()

    assert (code, note.read_text("utf-8")) == (3, "recorded")
    assert runs.stop(0)


def test_the_command_runs_at_once_and_ends_by_sigterm(program: Program, blog: Blog) -> None:
    blog.serve_feed(rss(Item(number=1, title="Old post", day=dt.date(2026, 9, 3))))
    assert program.init(blog.url).code == 0
    loop = program.start("schedule", "loop")
    assert loop.stdout is not None
    assert loop.stderr is not None

    assert "called now, and at minute 00 of every hour" in loop.stderr.readline()
    report = loop.stdout.readline()
    loop.terminate()
    loop.communicate(timeout=60)

    assert "No new posts are waiting" in report
    assert loop.returncode == 0


def test_without_a_newsletter_it_says_so_and_ends(program: Program) -> None:
    ended = program("schedule", "loop")

    assert ended.code == 2
    assert "There is no newsletter in" in ended.err
