"""The job queue: offer batches of an issue to workers on other machines.

A job names an issue and its batches, and no person. Jobs that are done are deleted.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newsletter.errors import StorageError
from newsletter.sender.jobs.worker import TASK, Deliver, Heartbeat, JobRunner

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.types import JSONDict


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
        search_path = f"-c search_path={job_schema()[0]}"
        options = f"{connect_args.get('options', '')} {search_path}".strip()
        self._pool: dict[str, Any] = {
            "kwargs": {**connect_args, "options": options},
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
            with App(connector=SyncPsycopgConnector(**self._pool)).open() as app:
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
