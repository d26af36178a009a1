"""Group commit: writes that arrive at the same time share one commit, and one wait for the disk.

A caller gets its result after its own write is committed, as if it had been alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from newsletter.storage.database.engine import transaction

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Connection], Any]
    done: bool = False
    result: Any = None


@dataclass(slots=True, eq=False)
class GroupCommit:
    """Group commit for the threads of one process.

    The first thread to get the lock writes for all that are waiting by then.
    """

    engine: Engine
    _waiting: list[_Job] = field(default_factory=list)
    _waiting_lock: threading.Lock = field(default_factory=threading.Lock)
    _write_lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in a shared transaction and return its result once it is committed.

        Raise what `work` raises; the other writes of the group are unaffected. If one fails,
        each is done again in a separate transaction, so `work` may be called twice.
        """
        job = _Job(work)
        with self._waiting_lock:
            self._waiting.append(job)
        with self._write_lock:
            if not job.done:
                self._write_waiting()
        if not job.done:
            job.result = self._write_alone(job)
        result: Result = job.result
        return result

    def _write_waiting(self) -> None:
        with self._waiting_lock:
            jobs, self._waiting[:] = tuple(self._waiting), []
        try:
            with transaction(self.engine) as connection:
                results = [job.work(connection) for job in jobs]
        except Exception:  # noqa: BLE001  # each writes alone now, and the one at fault raises
            return
        for job, result in zip(jobs, results, strict=True):
            job.result, job.done = result, True

    def _write_alone(self, job: _Job) -> Any:
        with transaction(self.engine) as connection:
            return job.work(connection)
