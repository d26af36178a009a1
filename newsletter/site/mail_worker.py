"""The background worker of the site: processes sign-ups, and sends the mail they call for.

The pages only queue; no visitor waits for the mailer.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.pipeline.run_outcome import tell_missing_runs
from newsletter.sender.mailers import NotNow
from newsletter.subscriptions.erase import delete_erased_copies, vacuum_erased
from newsletter.subscriptions.sign_up import expire_unconfirmed, process_sign_ups
from subscribers.errors import HappyTrailsError

_INTERVAL = 60.0  # seconds between two looks for mail whose backoff has ended
# Between two looks whether a run came by.
_RUN_LOOK_SECONDS = 3600.0
_LOG = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class MailWorker:
    """The worker of one site. It runs in a thread while there is work."""

    context: Context
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _has_work: bool = False
    _is_running: bool = False

    def wake(self) -> None:
        """Process the queues soon; return at once."""
        with self._lock:
            self._has_work = True
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="mail worker", daemon=True).start()

    def run_maintenance(self, stop: threading.Event, interval: float = _INTERVAL) -> None:
        """Wake the worker every `interval` seconds, and clean up, until `stop` is set.

        The author is told if nothing calls `newsletter run` any more. Cleaning up expires what was
        not confirmed, and vacuums erased readers out of the database's files.
        """
        next_look = 0.0
        while not stop.wait(interval):
            self.wake()
            try:
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + _RUN_LOOK_SECONDS
                    tell_missing_runs(self.context)
                expire_unconfirmed(self.context)
                vacuum_erased(self.context)
                delete_erased_copies(self.context)
            except NewsletterError as error:
                _LOG.error("The database could not be tidied: %s", error)

    def _run(self) -> None:
        while self._claim_work():
            try:
                process_sign_ups(self.context)
            except (HappyTrailsError, NotNow) as error:
                _LOG.error("A letter could not be sent, and is tried again: %s", error)

    def _claim_work(self) -> bool:
        with self._lock:
            self._is_running = self._has_work
            self._has_work = False
            return self._is_running
