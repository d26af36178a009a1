"""Responses that no app gives: those of waitress itself, and of checks before an app.

Waitress refuses a request that it cannot read, or whose body is too long, in a page of its own,
without the headers that keep a browser from taking it for anything else.
"""

from __future__ import annotations

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # ships no types
from waitress.task import ErrorTask  # type: ignore[import-untyped]  # ships no types

#: The security headers of a plain text that nobody may frame, load, keep or take for a page.
BARE_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


class _ErrorTask(ErrorTask):  # type: ignore[misc]  # ships no types
    def execute(self) -> None:
        self.response_headers.extend(BARE_HEADERS)
        super().execute()


class StrictChannel(HTTPChannel):  # type: ignore[misc]  # ships no types
    """A connection of waitress whose own error pages have the security headers."""

    error_task_class = _ErrorTask
