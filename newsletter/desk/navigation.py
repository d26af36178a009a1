"""The places of the desk, as its navigation lists them, and the way back from a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from flask import Blueprint, Flask, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.desk.error_pages import expected_error_page
from subscribers.errors import HappyTrailsError

_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlace:
    """A page that the navigation leads to."""

    label: str
    #: The endpoint of the page.
    endpoint: str
    #: The blueprints whose pages belong to this place.
    blueprints: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether the page of this request belongs to the place."""
        return request.blueprint in self.blueprints


PLACES = (
    DeskPlace(
        label="Issue",
        endpoint="desk.page",
        blueprints=("desk", "actions", "edits", "links"),
    ),
    DeskPlace(
        label="Issues",
        endpoint="issues.index",
        blueprints=("issues", "figures", "schedule", "delivery"),
    ),
    DeskPlace(
        label="Readers", endpoint="readers.index", blueprints=("readers", "reader", "imports")
    ),
    DeskPlace(label="Posts", endpoint="posts.index", blueprints=("posts",)),
    DeskPlace(label="Greetings", endpoint="greetings.index", blueprints=("greetings",)),
    DeskPlace(label="Feeds", endpoint="feeds.index", blueprints=("feeds",)),
    DeskPlace(label="Settings", endpoint="settings.index", blueprints=("settings",)),
)


def add_navigation(app: Flask) -> None:
    """Let every template of `app` list the places, and write what the lists' macros need."""
    app.jinja_env.globals.update(places=PLACES)
    app.jinja_env.filters.update(
        merge=lambda values, more: {**values, **more},
        without_empty=lambda values: {name: value for name, value in values.items() if value},
    )


def report_back(
    sentence: str, endpoint: str, tone: Literal["good", "look"] = "good", **values: Any
) -> Response:
    """Redirect to a page of the desk that shows the sentence once ("look": something is wrong)."""
    flash(sentence, tone)
    return redirect(url_for(endpoint, **values), 303)


def report_errors(routes: Blueprint, endpoint: str) -> None:
    """Show an expected error of a form of `routes` on the page `endpoint`.

    An error of a GET has the desk's error page, since a redirect might lead back to it.
    """

    @routes.errorhandler(HappyTrailsError)
    def show_error(error: HappyTrailsError) -> Response:
        if request.method != "POST":
            return expected_error_page(error)
        return report_back(str(error), endpoint, "look")


def page_number(text: str, *, least: int = 1) -> int:
    """Return a number in an address, such as a page's; `least` for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return max(least, int(text)) if is_number else least
