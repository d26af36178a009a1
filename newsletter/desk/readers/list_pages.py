"""The list of readers: search it, add to it, download it, see how it grew."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Literal

from flask import Blueprint, Response, render_template, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from newsletter.desk.current import current_context, current_desk
from newsletter.desk.navigation import page_number, report_back, report_errors
from newsletter.statistics.growth_plot import draw_growth
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions import subscriber_admin
from subscribers.errors import HappyTrailsError
from subscribers.models import STATUSES, Addition, Status
from subscribers.preferences import parse_labels
from subscribers.storage import count_by_status
from subscribers.transfer.exporting import export_csv

#: What the consent log says of a change made here.
DESK_SOURCE = "the author, on the desk"
PAGE_SIZE = 50
STATUS_LABELS: Mapping[Status, str] = {
    "active": "Active",
    "pending": "Not confirmed yet",
    "unsubscribed": "Unsubscribed",
    "bounced": "Bounced",
    "complained": "Complained",
}
blueprint = Blueprint("readers", __name__, url_prefix="/readers")
report_errors(blueprint, "readers.index")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFilter:
    """What the list is narrowed to."""

    words: str = ""
    status: Status | None = None
    tag: str = ""
    below: int = 0

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the parameters of the page's address, without the empty ones."""
        values = {
            "q": self.words,
            "status": self.status,
            "tag": self.tag,
            "below": self.below,
        } | changes
        return {name: value for name, value in values.items() if value}


@blueprint.get("/")
def index() -> str:
    """Show the list of readers."""
    context = current_context()
    chosen = parse_filter(request.args)
    with snapshot(context.engine) as connection:
        page = subscriber_admin.search_subscribers(
            connection,
            chosen.words,
            status=chosen.status,
            tag=chosen.tag,
            below=chosen.below,
            size=PAGE_SIZE,
        )
        suppression = None
        if "@" in chosen.words and not page.people:
            suppression = subscriber_admin.find_suppression(
                connection, chosen.words, context.secrets
            )
    return render_template(
        "desk/readers.html",
        chosen=chosen,
        page=page,
        labels=STATUS_LABELS,
        suppression=suppression,
    )


@blueprint.get("/growth")
def show_growth() -> str:
    """Show how the list grew."""
    context = current_context()
    with snapshot(context.engine) as connection:
        months = current_desk().growth.read(connection, context.clock())
        counts = count_by_status(connection)
    return render_template(
        "desk/growth.html",
        plot=draw_growth(months),
        months=tuple(reversed(months)),
        counts=counts,
        labels=STATUS_LABELS,
    )


@blueprint.get("/export.csv")
def export() -> Response:
    """Download the list as it is narrowed."""
    chosen = parse_filter(request.args)
    # On disk, since a list of a million takes more memory than a phone's server has.
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    context = current_context()
    with snapshot(context.engine) as connection:
        export_csv(
            connection,
            file,  # type: ignore[arg-type]  # IO[bytes] has what is used of a BinaryIO
            secrets=context.secrets.require_signing(),
            raw=False,
            status=chosen.status,
            tags=(chosen.tag,) if chosen.tag else (),
        )
    file.seek(0)
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name="readers.csv")


@blueprint.get("/add")
def new() -> str:
    """Show the form that adds a reader."""
    return _add_page({})


@blueprint.post("/add")
def add() -> BaseResponse | tuple[str, int]:
    """Add a reader."""
    fields = request.form
    try:
        (addition,) = subscriber_admin.add(
            current_context(),
            (fields.get("address", ""),),
            name=fields.get("name", ""),
            hemisphere=fields.get("hemisphere", ""),
            rhythm=fields.get("rhythm", ""),
            topics=fields.getlist("topics"),
            tags=parse_labels(fields.get("tags", "")),
            confirm="confirm" in fields,
            source=DESK_SOURCE,
        )
    except HappyTrailsError as error:
        return _add_page(fields, error), 422
    tone: Literal["good", "look"] = "look" if addition.outcome == "unchanged" else "good"
    if addition.subscriber is None:
        return report_back(addition.reason, "readers.index", tone)
    sentence = describe_addition(addition)
    return report_back(sentence, "reader.show", tone, number=addition.subscriber.id)


@blueprint.post("/suppress")
def suppress() -> BaseResponse:
    """Suppress an address."""
    address = request.form.get("address", "")
    changed = subscriber_admin.suppress(current_context(), address, source=DESK_SOURCE)
    sentence = (
        f"{address} will never be written to again."
        if changed
        else f"{address} was suppressed already."
    )
    return report_back(sentence, "readers.index", q=address)


@blueprint.post("/unsuppress")
def unsuppress() -> BaseResponse:
    """Lift the suppression of an address."""
    address = request.form.get("address", "")
    changed = subscriber_admin.unsuppress(current_context(), address)
    sentence = f"{address} may sign up again." if changed else f"{address} was not suppressed."
    return report_back(sentence, "readers.index", q=address)


def _add_page(fields: Mapping[str, str], error: HappyTrailsError | None = None) -> str:
    return render_template(
        "desk/reader_add.html",
        fields=fields,
        chosen_topics=request.form.getlist("topics"),
        error=error,
        topics=current_context().settings.offered_topics(),
    )


def parse_filter(parameters: Mapping[str, str]) -> ReaderFilter:
    """Return the filter of a query or a form. An unknown status stands for all."""
    status = parameters.get("status", "")
    below = page_number(parameters.get("below", ""), least=0)
    return ReaderFilter(
        words=parameters.get("q", "").strip(),
        status=next((known for known in STATUSES if known == status), None),
        tag=parameters.get("tag", "").strip(),
        below=below,
    )


def describe_addition(addition: Addition) -> str:
    """Return what became of somebody who was added, as a sentence."""
    person = addition.subscriber
    assert person is not None  # noqa: S101  # who is suppressed has no page
    if addition.outcome == "unchanged":
        return addition.reason
    if addition.outcome == "updated":
        return f"{person.address} was on the list already, and is updated."
    if person.status == "pending":
        return f"{person.address} is asked to confirm by a message; its link works for seven days."
    return f"{person.address} is on the list, and gets the next issue."
