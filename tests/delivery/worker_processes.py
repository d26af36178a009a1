"""Real `newsletter worker` processes, and a stand-in for SendGrid that can hold them up."""

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
class Gate(SendGridStandIn):
    """Lets requests through only once `opened`; `before` runs when one has come, before it
    is taken, `after` when it has been: the sender has no answer yet. `arrivals` are the
    moments (monotonic seconds) at which requests came.
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
        """Until it is opened, but no longer than the stand-in stands."""
        self._wait_until(self.opened.is_set)

    def wait_for(self, connections: int) -> None:
        """Until there were so many."""
        self._wait_until(lambda: self.connections >= connections)

    def _wait_until(self, true: Callable[[], bool]) -> None:
        while not true() and not self.wait_to_leave(0.01):
            pass


@dataclass(slots=True)
class Worker:
    """A worker process; `said` is what it has told on standard error so far."""

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
        """Whether it takes part, and can be told to leave."""
        ready = self.said.startswith("Ready")
        assert ready or self.process.poll() is None, self.said
        return ready

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    def ended(self) -> int:
        """Waits for its end; its exit code."""
        code = self.process.wait(timeout=60)
        self.listening.join()
        return code


@contextmanager
def worker(folder: Path, *words: str) -> Iterator[Worker]:
    """A worker on this newsletter folder; killed at the end if it still works."""
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder), "worker", *words]
    with subprocess.Popen(
        command,
        env=os.environ | {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        found = Worker(process)
        try:
            yield found
        finally:
            process.kill()
            found.listening.join()


def until(true: Callable[[], bool]) -> None:
    """Waits for something that comes sooner or later."""
    while not true():
        time.sleep(0.01)
