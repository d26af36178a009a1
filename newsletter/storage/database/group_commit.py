"""Many small writes that arrive at once share one commit, and so one wait for the disk.

Each caller gets its answer only after its own write is safe, as if it had been alone.
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
    """For the threads of one process. Whoever comes first writes for all who wait by then."""

    engine: Engine
    _waiting: list[_Job] = field(default_factory=list)
    _list: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`, committed. What it raises, this raises, and nothing else
        is lost by it. `work` may be called again after a failure of somebody else's.
        """
        job = _Job(work)
        with self._list:
            self._waiting.append(job)
        with self._turn:
            if not job.done:
                self._write_waiting()
        if not job.done:
            job.result = self._alone(job)
        result: Result = job.result
        return result

    def _write_waiting(self) -> None:
        with self._list:
            jobs, self._waiting[:] = tuple(self._waiting), []
        try:
            with transaction(self.engine) as connection:
                results = [job.work(connection) for job in jobs]
        except Exception:  # noqa: BLE001  # whose fault it is shows when each writes alone
            return
        for job, result in zip(jobs, results, strict=True):
            job.result, job.done = result, True

    def _alone(self, job: _Job) -> Any:
        with transaction(self.engine) as connection:
            return job.work(connection)
