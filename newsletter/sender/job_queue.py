"""The job queue that shares a delivery among several machines: procrastinate on PostgreSQL.

::

    leader (delivery/leader.py)                  worker (delivery/worker.py)
        │ JobQueue.replace_jobs()                    │ JobQueue.run_worker()
        ▼                                            ▼
    jobs in PostgreSQL ────────────────────▶  JobRunner ─▶ deliver(Job)

A job only invites a worker to claim some batches; the claim in the ledger decides. So a job
that comes twice, late or never does no harm (at-least-once delivery of jobs, idempotent work).
A job names an issue and its batches, and no person. Jobs that are done are deleted.
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
    from psycopg import AsyncConnection, Connection


# Not by libpq's `options`: PgBouncer rejects that start-up parameter.
_SET_SEARCH_PATH = "SELECT set_config('search_path', %s, false)"
# The name of the task in procrastinate's tables.
TASK = "deliver"
# PostgreSQL notifies workers of new jobs. If a notification is lost, a job is found within so
# many seconds.
_POLLING_INTERVAL = 0.5


def is_installed() -> bool:
    """Whether the extra `[scale]` is installed."""
    return importlib.util.find_spec("procrastinate") is not None


def job_schema() -> tuple[str, str]:
    """Return the name of the database schema for procrastinate's tables, and its SQL script.

    The name contains the version of the tables. So an update creates new tables beside the old
    ones instead of migrating them: jobs are short-lived.
    """
    from procrastinate.schema import SchemaManager, migrations_path

    newest = max(path.name for path in migrations_path.glob("*.sql"))
    return f"jobs_{newest.split('_')[0].replace('.', '_')}", SchemaManager.get_schema()


class JobQueue:
    """The job queue in the database to which `connect_args` (of psycopg) lead."""

    def __init__(
        self, connect_args: Mapping[str, Any], *, heartbeat: Heartbeat | None = None
    ) -> None:
        self._pool: dict[str, Any] = {
            "kwargs": dict(connect_args),
            "min_size": 1,
            "max_size": 4,
            "timeout": 15.0,
        }
        self._heartbeat = heartbeat or Heartbeat()
        _silence_logs()

    def replace_jobs(self, issue: int, shares: Sequence[Sequence[int]], *, after: int) -> None:
        """Offer these shares of an issue's batches, in place of all jobs not begun.

        Workers may also take batches that are planned later, with ids above `after`.
        """
        import psycopg
        from procrastinate import App, SyncPsycopgConnector
        from procrastinate.exceptions import ConnectorException

        try:
            connector = SyncPsycopgConnector(**self._pool, configure=_use_schema)
            with App(connector=connector).open() as app:
                _cancel_waiting_jobs(app, issue)
                if shares:
                    app.configure_task(TASK, queue=_queue_name(issue)).batch_defer(
                        *(_job_args(issue, batch_ids, after) for batch_ids in shares)
                    )
        except (ConnectorException, psycopg.Error) as error:
            raise StorageError(
                f"The work could not be shared with other machines: {error}.", passing=True
            ) from error

    def cancel_jobs(self, issue: int) -> None:
        """Delete the jobs of an issue that no worker has begun."""
        self.replace_jobs(issue, (), after=0)

    def run_worker(
        self,
        deliver: Deliver,
        stop: threading.Event,
        *,
        once: bool = False,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Run jobs one by one until `stop` is set; with `once`, until none is left.

        `deliver` is called in a thread and returns whether the job is done; if not, the job is
        offered again. Ctrl-C and SIGTERM set `stop`, and the current job is finished first.
        `ready` is called once they do. An error of `deliver` ends the work and is raised here.
        """
        runner = JobRunner(self._pool, self._heartbeat, deliver, stop)
        asyncio.run(runner.run(once=once, ready=ready))


def _use_schema(connection: Connection[Any]) -> None:
    """Let a connection of the pool find procrastinate's tables."""
    connection.execute(_SET_SEARCH_PATH, (job_schema()[0],))
    connection.commit()


async def _use_schema_async(connection: AsyncConnection[Any]) -> None:
    await connection.execute(_SET_SEARCH_PATH, (job_schema()[0],))
    await connection.commit()


def _cancel_waiting_jobs(app: App, issue: int) -> None:
    for job in app.job_manager.list_jobs(queue=_queue_name(issue), status="todo"):
        if job.id is not None:
            app.job_manager.cancel_job_by_id(job.id, delete_job=True)


def _job_args(issue: int, batches: Sequence[int], after: int) -> JSONDict:
    return {"issue": issue, "batches": [*batches], "after": after}


def _queue_name(issue: int) -> str:
    return f"issue-{issue}"


def _silence_logs() -> None:
    """Silence both packages: they log many lines about a failure that we report in one."""
    for name in ("procrastinate", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An invitation to claim some batches of an issue."""

    #: The issue's row.
    issue: int
    #: The rows of its batches.
    batches: tuple[int, ...]
    #: Batches planned later (retries) have larger ids than this, and may be claimed as well.
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """How a worker that died is found out; both in seconds."""

    interval: float = 10.0
    #: A worker without a heartbeat for so long is dead: its jobs are offered again.
    timeout: float = 30.0


Deliver = Callable[[Job], bool]


class JobRunner:
    """Run jobs over connections of a pool (`pool`: arguments of procrastinate's connector)."""

    def __init__(
        self,
        pool: Mapping[str, Any],
        heartbeat: Heartbeat,
        deliver: Deliver,
        stop: threading.Event,
    ) -> None:
        self._pool, self._heartbeat = pool, heartbeat
        self._deliver, self._stop = deliver, stop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker_task: asyncio.Task[None] | None = None
        self._error: NewsletterError | None = None

    async def run(self, *, once: bool, ready: Callable[[], None]) -> None:
        """Run jobs until stopped; with `once`, until none is left. Raise what ended a job."""
        self._loop = asyncio.get_running_loop()
        # An error was reported already, or will be when the next job is begun.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._handle_signals()
        ready()
        await self._run_until_stopped(once=once)
        if self._error is not None:
            raise self._error

    async def _run_until_stopped(self, *, once: bool) -> None:
        import psycopg
        from procrastinate.exceptions import ConnectorException

        while not self._stop.is_set():
            self._worker_task = asyncio.create_task(self._run_worker(once=once))
            try:
                await self._worker_task
            except asyncio.CancelledError:
                continue
            except (ConnectorException, psycopg.Error):
                # The database server may go away for a while.
                await asyncio.sleep(_POLLING_INTERVAL)
                continue
            if once:
                break

    async def _run_worker(self, *, once: bool) -> None:
        from procrastinate import App, PsycopgConnector

        app = App(connector=PsycopgConnector(**self._pool, configure=_use_schema_async))
        app.task(name=TASK, retry=_retry_unfinished())(self._run_job)
        async with app.open_async():
            retrying = asyncio.create_task(self._retry_stalled_jobs(app))
            try:
                await app.run_worker_async(
                    wait=not once,
                    fetch_job_polling_interval=_POLLING_INTERVAL,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._heartbeat.interval,
                    stalled_worker_timeout=self._heartbeat.timeout,
                )
            finally:
                retrying.cancel()

    async def _retry_stalled_jobs(self, app: App) -> None:
        """Offer the jobs of dead workers again."""
        from procrastinate.exceptions import ConnectorException

        while True:
            with suppress(ConnectorException):
                for job in await app.job_manager.get_stalled_jobs(
                    seconds_since_heartbeat=self._heartbeat.timeout
                ):
                    await app.job_manager.retry_job(job)
            await asyncio.sleep(self._heartbeat.interval)

    def _run_job(self, issue: int, batches: list[int], after: int) -> None:
        """Run one job in its own thread. procrastinate passes the arguments by name."""
        try:
            if self._deliver(Job(issue=issue, batches=tuple(batches), after=after)):
                return
        except StorageError as error:
            if error.passing:
                raise _Unfinished(retry_after=5) from None
            self._fail(error)
        except NewsletterError as error:
            self._fail(error)
        raise _Unfinished(retry_after=0)

    def _fail(self, error: NewsletterError) -> None:
        self._error = error
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._request_stop)

    def _request_stop(self) -> None:
        self._stop.set()
        self._restore_signals()
        if self._worker_task is not None:
            # procrastinate finishes the current job before it ends.
            self._worker_task.cancel()

    def _handle_signals(self) -> None:
        if self._loop is not None and _can_handle_signals():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(number, self._request_stop)

    def _restore_signals(self) -> None:
        """Let a second Ctrl-C end the process at once; batches in flight are unknown then."""
        if self._loop is not None and _can_handle_signals():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._loop.remove_signal_handler(number)


class _Unfinished(Exception):
    """The job is not done: offer it again after this many seconds."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__("the job is not done")
        self.retry_after = retry_after


def _retry_unfinished() -> BaseRetryStrategy:
    from procrastinate import BaseRetryStrategy, RetryDecision
    from procrastinate.jobs import Job as ProcrastinateJob

    class RetryUnfinished(BaseRetryStrategy):
        def get_retry_decision(
            self,
            *,
            exception: BaseException,
            job: ProcrastinateJob,  # noqa: ARG002  # the library's signature
        ) -> RetryDecision | None:
            if isinstance(exception, _Unfinished):
                return RetryDecision(retry_in={"seconds": exception.retry_after})
            return None

    return RetryUnfinished()


def _can_handle_signals() -> bool:
    return sys.platform != "win32" and threading.current_thread() is threading.main_thread()
