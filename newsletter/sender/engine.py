"""Hands batches out to other machines, by procrastinate on PostgreSQL: the only file with it.

A job names batches of one issue, and nothing about anybody. It is an invitation, no more:
who follows it claims each batch in the ledger, so a job that comes twice, late or never
harms nobody. Jobs that are done are deleted.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newsletter.errors import NewsletterError, StorageError

if TYPE_CHECKING:
    from procrastinate import App, BaseRetryStrategy
    from procrastinate.types import JSONDict

# Found within so many seconds where the server's word that a job came was missed.
_POLLING = 0.5
_TASK = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """These batches of an issue (by its id), and what is planned anew `after` that id."""

    issue: int
    batches: tuple[int, ...]
    after: int


Deliver = Callable[[Job], bool]


def is_installed() -> bool:
    """Whether the extra `[scale]` is there."""
    return importlib.util.find_spec("procrastinate") is not None


def tables() -> tuple[str, str]:
    """The name of the schema its tables live in, and the script that makes them.

    The name goes with their shape: after an update they are made anew beside the old ones.
    """
    from procrastinate.schema import SchemaManager, migrations_path

    newest = max(path.name for path in migrations_path.glob("*.sql"))
    return f"jobs_{newest.split('_')[0].replace('.', '_')}", SchemaManager.get_schema()


class Engine:
    """Works on the database that `connect` (words for psycopg) leads to.

    A worker shows every `beat` seconds that it lives; one that was `silent` for longer is
    dead, and its jobs are handed out again.
    """

    def __init__(
        self, connect: Mapping[str, Any], *, beat: float = 10.0, silent: float = 30.0
    ) -> None:
        own = f"-c search_path={tables()[0]}"
        words = {**connect, "options": f"{connect.get('options', '')} {own}".strip()}
        self.pool: dict[str, Any] = {"kwargs": words, "min_size": 1, "max_size": 4, "timeout": 15.0}
        self.beat, self.silent = beat, silent
        _hush()

    def hand_out(self, issue: int, shares: Sequence[Sequence[int]], *, after: int) -> None:
        """Invites whoever works to take these shares of an issue, in place of any before."""
        import psycopg
        from procrastinate import App, SyncPsycopgConnector
        from procrastinate.exceptions import ConnectorException

        try:
            with App(connector=SyncPsycopgConnector(**self.pool)).open() as app:
                _call_in(app, issue)
                if shares:
                    app.configure_task(_TASK, queue=_queue(issue)).batch_defer(
                        *(_words(issue, ids, after) for ids in shares)
                    )
        except (ConnectorException, psycopg.Error) as error:
            raise StorageError(
                f"The work could not be shared with other machines: {error}.", passing=True
            ) from error

    def call_in(self, issue: int) -> None:
        """Forgets the jobs of an issue that nobody has begun."""
        self.hand_out(issue, (), after=0)

    def work(
        self,
        deliver: Deliver,
        leaving: threading.Event,
        *,
        once: bool = False,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Follows jobs one by one until told to leave; with `once`, until none is left.

        `ready` is called once it can be told to leave. `deliver` is called in a thread and
        returns whether the job is done; otherwise it is handed out again. `leaving` is set
        on Ctrl-C and SIGTERM: what is under way is ended first. An error of `deliver` ends
        the work, and is raised here.
        """
        asyncio.run(_shift(self, deliver, leaving, once=once, ready=ready))


class _NotDone(Exception):
    """Hand the job out again, after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__("the job is not done")
        self.seconds = seconds


class _Shift:
    """One worker's time at work, from its start until it leaves."""

    def __init__(self, engine: Engine, deliver: Deliver, leaving: threading.Event) -> None:
        self._engine, self._deliver, self._leaving = engine, deliver, leaving
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

        app = App(connector=PsycopgConnector(**self._engine.pool))
        app.task(name=_TASK, retry=_put_back())(self._follow)
        async with app.open_async():
            tending = asyncio.create_task(self._tend(app))
            try:
                await app.run_worker_async(
                    wait=not once,
                    fetch_job_polling_interval=_POLLING,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._engine.beat,
                    stalled_worker_timeout=self._engine.silent,
                )
            finally:
                tending.cancel()

    async def _tend(self, app: App) -> None:
        """Hands the jobs of the dead out again."""
        from procrastinate.exceptions import ConnectorException

        while True:
            with suppress(ConnectorException):
                for job in await app.job_manager.get_stalled_jobs(
                    seconds_since_heartbeat=self._engine.silent
                ):
                    await app.job_manager.retry_job(job)
            await asyncio.sleep(self._engine.beat)

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


async def _shift(
    engine: Engine,
    deliver: Deliver,
    leaving: threading.Event,
    *,
    once: bool,
    ready: Callable[[], None],
) -> None:
    shift = _Shift(engine, deliver, leaving)
    # What went wrong was told, or is told when the next job is begun.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    await shift.work(once=once, ready=ready)
    if shift.error is not None:
        raise shift.error


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


def _call_in(app: App, issue: int) -> None:
    for job in app.job_manager.list_jobs(queue=_queue(issue), status="todo"):
        if job.id is not None:
            app.job_manager.cancel_job_by_id(job.id, delete_job=True)


def _words(issue: int, batches: Sequence[int], after: int) -> JSONDict:
    return {"issue": issue, "batches": [*batches], "after": after}


def _queue(issue: int) -> str:
    return f"issue-{issue}"


def _may_heed() -> bool:
    return sys.platform != "win32" and threading.current_thread() is threading.main_thread()


def _hush() -> None:
    """It tells of every hiccup in many lines, and we tell it in one."""
    for name in ("procrastinate", "psycopg.pool"):
        log = logging.getLogger(name)
        log.addHandler(logging.NullHandler())
        log.propagate = False
