"""A timer that stays in the foreground, for containers, which have neither cron nor systemd.

It calls `newsletter run` at once, as a machine does that slept through an hour, and then at the
same minute of every hour. Each run is a process of its own, so it has the settings of its moment.
"""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.config.settings import Settings
from newsletter.timer.plan import timer_minute

_HOUR = dt.timedelta(hours=1)
# A clock that is set, or a machine that slept, is noticed within this time.
_MOST_SECONDS = 30.0


def next_call(now: dt.datetime, minute: int) -> dt.datetime:
    """Return the first moment after `now` (UTC) with this minute of the hour."""
    moment = now.replace(minute=minute, second=0, microsecond=0)
    return moment if moment > now else moment + _HOUR


def loop_minute(settings: Settings) -> int:
    """Return the minute of the hour, in UTC, at which issues become due."""
    zone = ZoneInfo(settings.newsletter.timezone)
    return timer_minute(settings.issue.time, zone, ZoneInfo("UTC"))


def run_words(folder: Path, *, quiet: bool, log_format: str) -> tuple[str, ...]:
    """Return the words that call `run` with this program."""
    words = [sys.executable, "-m", "newsletter", "--folder", str(folder)]
    if quiet:
        words.append("--quiet")
    return (*words, "run", "--log-format", log_format)


def call_hourly(
    call: Callable[[], object],
    *,
    minute: Callable[[], int],
    clock: Callable[[], dt.datetime],
    stop: Callable[[float], bool],
) -> None:
    """Call `call` now and at this minute of every hour, until `stop`.

    `minute` is asked anew for each hour. `stop` waits for so many seconds and returns whether the
    loop has to end. A call that takes longer than an hour leaves the moments out that pass.
    """
    due = clock()
    while not stop(0):
        if clock() >= due:
            call()
            due = next_call(clock(), minute())
        if stop(min(max((due - clock()).total_seconds(), 0), _MOST_SECONDS)):
            return
        # A clock that was set back must not keep readers waiting for what it made of the next hour.
        due = min(due, next_call(clock(), minute()))


class HourlyRuns:
    """Processes that are started one after the other, and a signal that ends them all."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def call(self) -> int:
        """Run the program once and return its exit code."""
        # Ctrl-C in a terminal reaches every process of its session, and a second signal would
        # end a delivery before it knows who has the message.
        self._process = subprocess.Popen(  # noqa: S603  # this very program, on a folder
            self._words, start_new_session=True
        )
        if self._stop.is_set():
            # The signal came while the process was being made.
            self._process.terminate()
        code = self._process.wait()
        self._process = None
        return code

    def stop(self, seconds: float) -> bool:
        """Wait for at most so many seconds; return whether the runs have to end."""
        return self._stop.wait(seconds)

    @contextmanager
    def end_by_signal(self) -> Iterator[None]:
        """Let SIGTERM and Ctrl-C end the loop, after the run at work has recorded what it sent."""

        def end(_signal: int, _frame: object) -> None:
            self._stop.set()
            if (process := self._process) is not None:
                process.terminate()

        earlier = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
