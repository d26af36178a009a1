"""Real `newsletter worker` processes, and a SendGrid stand-in that can block them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.newsletter_folder import NOW
from tests.support.sendgrid import KEY, SendGridStandIn


@dataclass(slots=True)
class GatedStandIn(SendGridStandIn):
    """A stand-in whose requests can be held up.

    `before` runs when a request has arrived and is not accepted yet, `after` when it is accepted
    and the client has no response yet. `arrivals` are the times of requests in monotonic seconds.
    """

    opened: threading.Event = field(default_factory=threading.Event)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    arrivals: list[float] = field(default_factory=list)

    def take(self, payload: dict[str, Any]) -> None:
        self.arrivals.append(time.monotonic())
        self.before()
        SendGridStandIn.take(self, payload)
        self.after()

    def wait_open(self) -> None:
        """Wait until `opened` is set, at most until the stand-in is closed."""
        self._wait_until(self.opened.is_set)

    def wait_for(self, connections: int) -> None:
        """Wait until this many requests have arrived."""
        self._wait_until(lambda: self.connections >= connections)

    def _wait_until(self, true: Callable[[], bool]) -> None:
        while not true() and not self.wait_for_close(0.01):
            pass


@dataclass(slots=True)
class Worker:
    """A worker process; `said` is what it has written to standard error so far."""

    process: subprocess.Popen[str]
    said: str = ""
    listening: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.listening = threading.Thread(target=self._listen)
        self.listening.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line

    def is_ready(self) -> bool:
        """Tell whether the worker listens for jobs and handles signals."""
        ready = self.said.startswith("Ready")
        assert ready or self.process.poll() is None, self.said
        return ready

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    def wait_for_exit(self) -> int:
        """Wait for the process to end and return its exit code."""
        code = self.process.wait(timeout=60)
        self.listening.join()
        return code


@contextmanager
def start_worker(folder: Path, *words: str) -> Iterator[Worker]:
    """Start a worker on this newsletter folder; kill it at the end if it still runs."""
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder), "worker", *words]
    with subprocess.Popen(
        command,
        env=os.environ | {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        worker = Worker(process)
        try:
            yield worker
        finally:
            process.kill()
            worker.listening.join()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for a condition that becomes true sooner or later."""
    while not true():
        time.sleep(0.01)
