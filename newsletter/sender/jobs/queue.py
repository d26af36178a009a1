"""Hands batches out to other machines, by procrastinate on PostgreSQL.

A job names batches of one issue, and nothing about anybody. It is an invitation, no more:
who follows it claims each batch in the ledger, so a job that comes twice, late or never
harms nobody. Jobs that are done are deleted.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newsletter.errors import StorageError
from newsletter.sender.jobs.worker import TASK, Deliver, Times, shift

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.types import JSONDict


def is_installed() -> bool:
    """Whether the extra `[scale]` is there."""
    return importlib.util.find_spec("procrastinate") is not None


def job_schema() -> tuple[str, str]:
    """The name of the schema its tables live in, and the script that makes them.

    The name goes with their shape: after an update they are made anew beside the old ones.
    """
    from procrastinate.schema import SchemaManager, migrations_path

    newest = max(path.name for path in migrations_path.glob("*.sql"))
    return f"jobs_{newest.split('_')[0].replace('.', '_')}", SchemaManager.get_schema()


class JobQueue:
    """Works on the database that `connect` (words for psycopg) leads to.

    A worker shows every `beat` seconds that it lives; one that was `silent` for longer is
    dead, and its jobs are handed out again.
    """

    def __init__(
        self, connect: Mapping[str, Any], *, beat: float = 10.0, silent: float = 30.0
    ) -> None:
        own = f"-c search_path={job_schema()[0]}"
        words = {**connect, "options": f"{connect.get('options', '')} {own}".strip()}
        self.pool: dict[str, Any] = {"kwargs": words, "min_size": 1, "max_size": 4, "timeout": 15.0}
        self.beat, self.silent = beat, silent
        _hush()

    def replace_jobs(self, issue: int, shares: Sequence[Sequence[int]], *, after: int) -> None:
        """Invites whoever works to take these shares of an issue, in place of any before."""
        import psycopg
        from procrastinate import App, SyncPsycopgConnector
        from procrastinate.exceptions import ConnectorException

        try:
            with App(connector=SyncPsycopgConnector(**self.pool)).open() as app:
                _call_in(app, issue)
                if shares:
                    app.configure_task(TASK, queue=_queue(issue)).batch_defer(
                        *(_words(issue, ids, after) for ids in shares)
                    )
        except (ConnectorException, psycopg.Error) as error:
            raise StorageError(
                f"The work could not be shared with other machines: {error}.", passing=True
            ) from error

    def cancel_jobs(self, issue: int) -> None:
        """Forgets the jobs of an issue that nobody has begun."""
        self.replace_jobs(issue, (), after=0)

    def run_worker(
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
        times = Times(beat=self.beat, silent=self.silent)
        asyncio.run(shift(self.pool, times, deliver, leaving, once=once, ready=ready))


def _call_in(app: App, issue: int) -> None:
    for job in app.job_manager.list_jobs(queue=_queue(issue), status="todo"):
        if job.id is not None:
            app.job_manager.cancel_job_by_id(job.id, delete_job=True)


def _words(issue: int, batches: Sequence[int], after: int) -> JSONDict:
    return {"issue": issue, "batches": [*batches], "after": after}


def _queue(issue: int) -> str:
    return f"issue-{issue}"


def _hush() -> None:
    """It tells of every hiccup in many lines, and we tell it in one."""
    for name in ("procrastinate", "psycopg.pool"):
        log = logging.getLogger(name)
        log.addHandler(logging.NullHandler())
        log.propagate = False
