"""Works off sign-ups and letters beside the site's answers, which wait for nobody."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.sender.mailers import NotNow
from newsletter.subscriptions.erase import wipe_traces
from newsletter.subscriptions.expiry import tidy
from newsletter.subscriptions.sign_up import work_off
from subscribers.errors import HappyTrailsError

_ROUND = 60.0  # seconds between two looks for letters that were put off
_LOG = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class MailWorker:
    """One for a site. `wake` comes back at once; the work is done in a thread of its own."""

    context: Context
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _again: bool = False
    _at_work: bool = False

    def wake(self) -> None:
        """Something waits to be worked off."""
        with self._lock:
            self._again = True
            if self._at_work:
                return
            self._at_work = True
        threading.Thread(target=self._work, name="postman", daemon=True).start()

    def _work(self) -> None:
        while self._take():
            go(self.context)

    def _take(self) -> bool:
        with self._lock:
            self._at_work = self._again
            self._again = False
            return self._at_work


def go(context: Context) -> None:
    """One round. What goes wrong is for the author, and the next round tries again."""
    try:
        work_off(context)
    except (HappyTrailsError, NotNow) as error:
        _LOG.error("A letter could not be sent, and is tried again: %s", error)


def rounds(
    context: Context, postman: MailWorker, stop: threading.Event, pause: float = _ROUND
) -> None:
    """Wakes the postman every minute, and tidies, until told to stop.

    Whoever erased themselves is then out of the database's files too.
    """
    while not stop.wait(pause):
        postman.wake()
        try:
            tidy(context)
            wipe_traces(context)
        except NewsletterError as error:
            _LOG.error("The database could not be tidied: %s", error)
