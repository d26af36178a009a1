"""The thread of an open desk that delivers what the author let go, once the grace is over.

    send now ─▶ release_at ─┐
    Let it go on ─▶ go_on  ─┼─▶ wake ─▶ the thread ─▶ pipeline.release.send_released, pipeline.send
    the site's approve page ┘            (under the newsletter's lock, as every run)

A desk that is closed delivers nothing: the next `run` does. One that is closed while it delivers
ends as Ctrl-C ends a run: nothing is left in flight.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import deque
from dataclasses import dataclass, field

from newsletter.context import Context
from newsletter.delivery.status import IssueProgress, Progress
from newsletter.errors import Busy, Interrupted
from newsletter.models import Figures, Issue
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.pipeline.release import next_release, send_released
from newsletter.pipeline.send import send
from newsletter.sender.mailers import NotNow
from newsletter.storage.database.engine import snapshot
from subscribers.errors import HappyTrailsError

# Seconds between two looks at what the approve page of the site, or another desk, let go.
_LOOK_INTERVAL = 5.0
# Seconds until a run that holds the lock is waited for again.
_BUSY_INTERVAL = 2.0
_FIRST_RETRY = dt.timedelta(minutes=1)
_LAST_RETRY = dt.timedelta(minutes=15)
_LOG = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class DeliveryWorker:
    """The worker of one desk. `start` begins its thread, `close` ends it."""

    context: Context
    _wake: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    #: The numbers of stopped issues that the author let go on.
    _to_go_on: deque[int] = field(default_factory=deque)
    #: The figures of the issue in delivery here, by its number.
    _live: dict[int, Figures] = field(default_factory=dict)
    #: What became of deliveries here that did not end, by the issue's number.
    _left: dict[int, str] = field(default_factory=dict)
    #: Why it could not deliver, "" if it could; and when it tries again.
    _problem: str = ""
    _retry_at: dt.datetime | None = None
    _retry_after: dt.timedelta = _FIRST_RETRY

    def start(self) -> None:
        """Begin to look for what is let go."""
        thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        thread.start()
        # Ctrl-C may come before this line, and a thread that never began cannot be joined.
        self._thread = thread

    def close(self) -> None:
        """End the thread, once it is known of every message in flight who has it."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """Look at once, for something was let go or undone."""
        self._problem, self._retry_at, self._retry_after = "", None, _FIRST_RETRY
        self._wake.set()

    def go_on(self, number: int) -> None:
        """Go on soon with an issue that was stopped in the midst of its delivery."""
        self._to_go_on.append(number)
        self.wake()

    def left_sentence(self, number: int) -> str:
        """Return how the last delivery of an issue here ended before its end, "" if none did."""
        return self._left.get(number, "")

    def live_figures(self, number: int) -> Figures | None:
        """Return the figures of an issue that this desk delivers now, None if it does not."""
        return self._live.get(number)

    @property
    def is_delivering(self) -> bool:
        """Whether messages leave now."""
        return bool(self._live)

    @property
    def problem(self) -> str:
        """Why it could not deliver the last time, "" if it could."""
        return self._problem

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(self._deliver())
            self._wake.clear()

    def _deliver(self) -> float:
        """Deliver what is due; return for how many seconds nothing more is."""
        now = self.context.real_clock()
        if self._retry_at is not None and now < self._retry_at:
            return _LOOK_INTERVAL
        try:
            while self._to_go_on and not self._closing.is_set():
                number = self._to_go_on[0]
                self._keep(
                    send(
                        self.context,
                        str(number),
                        progress=self._reporter(number),
                        should_stop=self._closing.is_set,
                    )
                )
                self._to_go_on.popleft()
            with snapshot(self.context.engine) as connection:
                release = next_release(connection)
            if release is None:
                self._problem = ""
            if release is None or release > now:
                return self._seconds_until(release, now)
            for delivered in send_released(
                self.context,
                progress=self._report_issue,
                should_stop=self._closing.is_set,
            ):
                self._keep(delivered)
            self._problem, self._retry_at, self._retry_after = "", None, _FIRST_RETRY
        except Busy:
            return _BUSY_INTERVAL
        except Interrupted:
            return 0.0
        except (HappyTrailsError, NotNow) as error:
            self._fail(str(error), now)
        finally:
            self._live.clear()
        return _LOOK_INTERVAL

    def _keep(self, delivered: IssueProgress) -> None:
        number = delivered.issue.number
        self._left.pop(number, None)
        if not delivered.complete and delivered.issue.status in IN_DELIVERY:
            self._left[number] = delivered.reason

    def _fail(self, problem: str, now: dt.datetime) -> None:
        if self._to_go_on:
            self._to_go_on.popleft()
        _LOG.warning("The desk could not deliver, and tries again: %s", problem)
        self._problem, self._retry_at = problem, now + self._retry_after
        self._retry_after = min(2 * self._retry_after, _LAST_RETRY)

    def _report_issue(self, issue: Issue) -> Progress:
        return self._reporter(issue.number)

    def _reporter(self, number: int) -> Progress:
        def report(figures: Figures) -> None:
            self._live[number] = figures

        return report

    @staticmethod
    def _seconds_until(release: dt.datetime | None, now: dt.datetime) -> float:
        if release is None:
            return _LOOK_INTERVAL
        return min(_LOOK_INTERVAL, max(0.05, (release - now).total_seconds()))
