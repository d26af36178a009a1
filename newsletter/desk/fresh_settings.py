"""Reload newsletter.toml in the running desk when the file changes.

Each request checks the file. After a change the app is rebuilt with the new settings; sessions
stay. While the file is invalid, the desk keeps the old settings, shows the error, and accepts
changes of settings only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request

from newsletter.app import with_settings
from newsletter.config.load import load_settings
from newsletter.config.settings import FILE_NAME
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

#: Makes the blueprints of the pages for a context.
BuildPages = Callable[[Context], tuple[Blueprint, ...]]
#: Pages that work while newsletter.toml cannot be used.
_ALWAYS = ("settings", "auth", "assets")
_Stamp = tuple[int, int, int]


class FreshSettings:
    """The settings that a desk uses, and what keeps it from using those of the file."""

    def __init__(self, app: Flask, context: Context, build: BuildPages) -> None:
        self._app = app
        self._context = context
        self._build = build
        self._stamp = _stamp_of(context.folder)
        self._lock = threading.Lock()
        #: Why newsletter.toml cannot be used, None if it can.
        self.error: SettingsError | None = None

    def follow(self) -> None:
        """Use the settings of the file if it changed since the last call."""
        with self._lock:
            stamp = _stamp_of(self._context.folder)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                context = with_settings(self._context, load_settings(self._context.folder))
                blueprints = self._build(context)
            except SettingsError as error:
                self.error = error
                return
            self._context, self.error = context, None
            _exchange(self._app, blueprints)
            set_globals(self._app, context)


def add_pages(app: Flask, context: Context, build: BuildPages) -> None:
    """Register the pages of `app`, and keep them up with newsletter.toml."""
    fresh = FreshSettings(app, context, build)
    for blueprint in build(context):
        app.register_blueprint(blueprint)
    set_globals(app, context)

    @app.before_request
    def follow_settings() -> Response | None:
        fresh.follow()
        if fresh.error is None:
            return None
        g.settings_error = f"{fresh.error} Until then the settings of before are used."
        if request.method in SAFE_METHODS or request.blueprint in _ALWAYS:
            return None
        return expected_error_page(
            NotReady(f"Nothing was done: {fresh.error.message}", cure=fresh.error.cure)
        )


def set_globals(app: Flask, context: Context) -> None:
    """Let the templates of `app` write titles and times as the settings say."""
    zone = context.zone
    app.jinja_env.filters.update(
        clock=lambda moment: format_clock(moment, zone),
        day=lambda moment: format_day(moment, zone),
        day_and_time=lambda moment: format_day_and_time(moment, zone),
        plain_day=format_plain_day,
    )
    app.jinja_env.globals.update(newsletter=context.settings.newsletter)


def _exchange(app: Flask, blueprints: tuple[Blueprint, ...]) -> None:
    """Put the functions of new blueprints in place of those of the same name.

    Their addresses stay, so that requests at work are not disturbed.
    """
    scratch = Flask(app.name, static_folder=None)
    for blueprint in blueprints:
        scratch.register_blueprint(blueprint)
    hooks: tuple[tuple[dict[Any, Any], dict[Any, Any]], ...] = (
        (app.error_handler_spec, scratch.error_handler_spec),
        (app.before_request_funcs, scratch.before_request_funcs),
        (app.after_request_funcs, scratch.after_request_funcs),
        (app.url_value_preprocessors, scratch.url_value_preprocessors),
    )
    for of_app, of_scratch in hooks:
        of_app.update((name, of_scratch[name]) for name in scratch.blueprints if name in of_scratch)
    # What blueprints give to every template: Flask's own comes first.
    given = scratch.template_context_processors[None][1:]
    names = {function.__qualname__ for function in given}
    others = app.template_context_processors[None]
    app.template_context_processors[None] = [
        *(function for function in others if function.__qualname__ not in names),
        *given,
    ]
    app.view_functions.update(scratch.view_functions)


def _stamp_of(folder: Path) -> _Stamp:
    """Return what differs once the file was replaced or written; zeros if it is not there."""
    try:
        status = (folder / FILE_NAME).stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_mtime_ns, status.st_size)
