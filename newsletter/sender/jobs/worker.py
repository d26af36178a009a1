"""One worker's time at work: the jobs it follows, by procrastinate, until it leaves."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newsletter.errors import NewsletterError, StorageError

if TYPE_CHECKING:
    from procrastinate import App, BaseRetryStrategy

# Found within so many seconds where the server's word that a job came was missed.
_POLLING = 0.5

TASK = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """These batches of an issue (by its id), and what is planned anew `after` that id."""

    issue: int
    batches: tuple[int, ...]
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds between two signs of a worker's life, and of silence until it counts as dead."""

    beat: float
    silent: float


Deliver = Callable[[Job], bool]


async def shift(
    pool: Mapping[str, Any],
    times: Times,
    deliver: Deliver,
    leaving: threading.Event,
    *,
    once: bool,
    ready: Callable[[], None],
) -> None:
    """Follows jobs over connections as `pool` (words for a pool of psycopg's) tells.

    Until `leaving` is set, or with `once` until none is left. Raises what a job ended it with.
    """
    worker = _Shift(pool, times, deliver, leaving)
    # What went wrong was told, or is told when the next job is begun.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    await worker.work(once=once, ready=ready)
    if worker.error is not None:
        raise worker.error


class _NotDone(Exception):
    """Hand the job out again, after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__("the job is not done")
        self.seconds = seconds


class _Shift:
    """One worker's time at work, from its start until it leaves."""

    def __init__(
        self, pool: Mapping[str, Any], times: Times, deliver: Deliver, leaving: threading.Event
    ) -> None:
        self._pool, self._times = pool, times
        self._deliver, self._leaving = deliver, leaving
        self._loop = asyncio.get_running_loop()
        self._working: asyncio.Task[None] | None = None
        self.error: NewsletterError | None = None

    async def work(self, *, once: bool, ready: Callable[[], None]) -> None:
        """Again and again, for the server may go away in between."""
        import psycopg
        from procrastinate.exceptions import ConnectorException

        self._heed_signals()
        ready()
        while not self._leaving.is_set():
            self._working = asyncio.create_task(self._work(once=once))
            try:
                await self._working
            except asyncio.CancelledError:
                continue
            except (ConnectorException, psycopg.Error):
                await asyncio.sleep(_POLLING)
                continue
            if once:
                break

    async def _work(self, *, once: bool) -> None:
        from procrastinate import App, PsycopgConnector

        app = App(connector=PsycopgConnector(**self._pool))
        app.task(name=TASK, retry=_put_back())(self._follow)
        async with app.open_async():
            tending = asyncio.create_task(self._tend(app))
            try:
                await app.run_worker_async(
                    wait=not once,
                    fetch_job_polling_interval=_POLLING,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._times.beat,
                    stalled_worker_timeout=self._times.silent,
                )
            finally:
                tending.cancel()

    async def _tend(self, app: App) -> None:
        """Hands the jobs of the dead out again."""
        from procrastinate.exceptions import ConnectorException

        while True:
            with suppress(ConnectorException):
                for job in await app.job_manager.get_stalled_jobs(
                    seconds_since_heartbeat=self._times.silent
                ):
                    await app.job_manager.retry_job(job)
            await asyncio.sleep(self._times.beat)

    def _follow(self, issue: int, batches: list[int], after: int) -> None:
        """A job, in a thread of its own."""
        try:
            if self._deliver(Job(issue=issue, batches=tuple(batches), after=after)):
                return
        except StorageError as error:
            if error.passing:
                raise _NotDone(5) from None
            self._end(error)
        except NewsletterError as error:
            self._end(error)
        raise _NotDone(0)

    def _end(self, error: NewsletterError) -> None:
        self.error = error
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._leaving.set()
        self._ignore_signals()
        if self._working is not None:
            # Ends the work softly: the job under way is awaited.
            self._working.cancel()

    def _heed_signals(self) -> None:
        if _may_heed():
            for one in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(one, self._leave)

    def _ignore_signals(self) -> None:
        """A second Ctrl-C ends at once; what is under way is in doubt then."""
        if _may_heed():
            for one in (signal.SIGINT, signal.SIGTERM):
                self._loop.remove_signal_handler(one)


def _put_back() -> BaseRetryStrategy:
    from procrastinate import BaseRetryStrategy, RetryDecision
    from procrastinate.jobs import Job as Stored

    class PutBack(BaseRetryStrategy):
        def get_retry_decision(
            self,
            *,
            exception: BaseException,
            job: Stored,  # noqa: ARG002  # the library's signature
        ) -> RetryDecision | None:
            if isinstance(exception, _NotDone):
                return RetryDecision(retry_in={"seconds": exception.seconds})
            return None

    return PutBack()


def _may_heed() -> bool:
    return sys.platform != "win32" and threading.current_thread() is threading.main_thread()
