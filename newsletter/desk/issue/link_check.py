"""Try the links and pictures of an issue in the background, while its page shows how far it is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from newsletter.composer.checks.proof import Finding
from newsletter.context import Context
from newsletter.editorial.checks.check import check_issue
from subscribers.errors import HappyTrailsError


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCheckState:
    """How far the check of one issue is."""

    #: The issue's number, 0 before the first check.
    issue: int = 0
    is_running: bool = False
    answered: int = 0
    total: int = 0
    #: Every finding, those that need no network included.
    findings: tuple[Finding, ...] = ()
    #: Why there is no result, "" if there is one or none is ready.
    problem: str = ""

    @property
    def sentence(self) -> str:
        """How far it is, or how it went."""
        if self.is_running:
            if not self.total:
                return "Asking for each link and picture…"
            return f"{self.answered} of {self.total} links and pictures have answered…"
        if self.problem:
            return self.problem
        if not self.total:
            return "The issue has no link and no picture to try."
        return f"{self.answered} of {self.total} links and pictures have answered."


class LinkCheck:
    """The check that the desk runs; one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = LinkCheckState()

    def state(self, issue: int) -> LinkCheckState | None:
        """Return how far the check of that issue is, None if there was none."""
        with self._lock:
            return self._state if self._state.issue == issue else None

    def start(self, context: Context, issue: int) -> None:
        """Begin to check an issue, unless a check is under way."""
        with self._lock:
            if self._state.is_running:
                return
            self._state = LinkCheckState(issue=issue, is_running=True)
        threading.Thread(target=self._run, args=(context, issue), daemon=True).start()

    def _run(self, context: Context, issue: int) -> None:
        try:
            report = check_issue(context, str(issue), network=True, report=self._report)
        except HappyTrailsError as error:
            self._update(is_running=False, problem=str(error))
        except BaseException:
            self._update(is_running=False, problem="The check broke off; the terminal says why.")
            raise
        else:
            self._update(is_running=False, findings=report.findings)

    def _report(self, answered: int, total: int) -> None:
        with self._lock:
            answered = max(answered, self._state.answered)
            self._state = replace(self._state, answered=answered, total=total)

    def _update(
        self, *, is_running: bool, findings: tuple[Finding, ...] = (), problem: str = ""
    ) -> None:
        with self._lock:
            self._state = replace(
                self._state, is_running=is_running, findings=findings, problem=problem
            )
