"""Reload newsletter.toml in the running desk when the file changes.

Each request checks the file, and keeps to the settings that it began with. After a change the next
one uses the new settings; sessions stay. While the file is invalid, the desk keeps the old
settings, shows the error, and accepts changes of settings only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request

from newsletter.app import with_settings
from newsletter.config.load import load_settings
from newsletter.config.settings import FILE_NAME, NewsletterSettings
from newsletter.context import Context
from newsletter.desk.dates import (
    format_clock,
    format_day,
    format_day_and_time,
    format_plain_day,
)
from newsletter.desk.error_pages import expected_error_page
from newsletter.desk.lock import SAFE_METHODS
from newsletter.errors import NotReady, SettingsError

#: Pages that work while newsletter.toml cannot be used.
_ALWAYS = ("settings", "auth", "assets")
_Stamp = tuple[int, int, int]


class FreshSettings:
    """The settings that a desk uses, and what keeps it from using those of the file.

    `use` is called with the newsletter as it is now, and again after each change.
    """

    def __init__(self, context: Context, use: Callable[[Context], None]) -> None:
        self.context = context
        self._use = use
        self._stamp = _stamp_of(context.folder)
        self._lock = threading.Lock()
        #: Why newsletter.toml cannot be used, None if it can.
        self.error: SettingsError | None = None
        use(context)

    def follow(self) -> None:
        """Use the settings of the file if it changed since the last call."""
        with self._lock:
            stamp = _stamp_of(self.context.folder)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                context = with_settings(self.context, load_settings(self.context.folder))
            except SettingsError as error:
                self.error = error
                return
            self.context, self.error = context, None
            self._use(context)


def follow_settings(app: Flask, fresh: FreshSettings) -> None:
    """Keep the pages of `app` up with newsletter.toml."""

    @app.before_request
    def follow() -> Response | None:
        fresh.follow()
        if fresh.error is None:
            return None
        g.settings_error = f"{fresh.error} Until then the settings of before are used."
        if request.method in SAFE_METHODS or request.blueprint in _ALWAYS:
            return None
        return expected_error_page(
            NotReady(f"Nothing was done: {fresh.error.message}", cure=fresh.error.cure)
        )


def set_globals(app: Flask, newsletter: NewsletterSettings, zone: ZoneInfo) -> None:
    """Let the templates of `app` write titles and times as the settings say."""
    app.jinja_env.filters.update(
        clock=lambda moment: format_clock(moment, zone),
        day=lambda moment: format_day(moment, zone),
        day_and_time=lambda moment: format_day_and_time(moment, zone),
        plain_day=format_plain_day,
    )
    app.jinja_env.globals.update(newsletter=newsletter)


def _stamp_of(folder: Path) -> _Stamp:
    """Return what differs once the file was replaced or written; zeros if it is not there."""
    try:
        status = (folder / FILE_NAME).stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_mtime_ns, status.st_size)
