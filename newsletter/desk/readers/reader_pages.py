"""The page of one reader: all that is kept about them, and what the author may do."""

from __future__ import annotations

from typing import cast

import msgspec
from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from newsletter.desk.current import current_context
from newsletter.desk.error_pages import expected_error_page
from newsletter.desk.navigation import report_back
from newsletter.desk.readers.list_pages import DESK_SOURCE, STATUS_LABELS
from newsletter.storage.database.engine import snapshot
from newsletter.storage.kept_copies import describe_copies
from newsletter.subscriptions import subscriber_admin
from newsletter.subscriptions.data_export import (
    DataExport,
    export_document,
    export_for_number,
    require_by_number,
)
from newsletter.subscriptions.erase import delete_erased_copies, erase, vacuum_erased
from subscribers.errors import HappyTrailsError
from subscribers.models import Subscriber
from subscribers.preferences import parse_labels

# They are named by number: no address is in a URL.
blueprint = Blueprint("reader", __name__, url_prefix="/readers/<int(max=999999999999999):number>")


@blueprint.errorhandler(HappyTrailsError)
def show_error(error: HappyTrailsError) -> BaseResponse:
    """Show an expected error of a form on the page of its reader."""
    if request.method != "POST":
        return expected_error_page(error)
    number = cast("dict[str, int]", request.view_args)["number"]
    return report_back(str(error), "reader.show", "look", number=number)


@blueprint.get("")
def show(number: int) -> str:
    """Show all that is kept about a reader."""
    export = _export(number)
    suppression = export.suppression
    return render_template(
        "desk/reader.html",
        export=export,
        person=export.person,
        labels=STATUS_LABELS,
        why_suppressed=subscriber_admin.SUPPRESSION_REASONS[suppression.reason]
        if suppression
        else "",
    )


@blueprint.get("/everything.json")
def download(number: int) -> Response:
    """Download all that is kept about a reader."""
    document = export_document(_export(number))
    body = msgspec.json.format(msgspec.json.encode(document), indent=2)
    return Response(
        body,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="reader-{number}.json"'},
    )


@blueprint.post("/tags")
def tag(number: int) -> BaseResponse:
    """Save the tags of a reader."""
    tags = parse_labels(request.form.get("tags", ""))
    changed = subscriber_admin.set_tags(current_context(), number, tags, source=DESK_SOURCE)
    sentence = "The tags are saved." if changed else "The tags are as they were."
    return report_back(sentence, "reader.show", number=number)


@blueprint.post("/remove")
def remove(number: int) -> BaseResponse:
    """Unsubscribe a reader."""
    address = _require_person(number).address
    changed = subscriber_admin.remove(current_context(), address, source=DESK_SOURCE)
    sentence = (
        f"{address} is unsubscribed. It counts from the next batch on."
        if changed
        else f"{address} had left already."
    )
    return report_back(sentence, "reader.show", number=number)


@blueprint.post("/suppress")
def suppress(number: int) -> BaseResponse:
    """Suppress the address of a reader."""
    address = _require_person(number).address
    subscriber_admin.suppress(current_context(), address, source=DESK_SOURCE)
    sentence = f"{address} will never be written to again."
    return report_back(sentence, "reader.show", number=number)


@blueprint.get("/erase")
def ask(number: int) -> str:
    """Ask whether a reader is to be erased."""
    return render_template("desk/reader_erase.html", person=_require_person(number))


@blueprint.post("/erase")
def erase_for_good(number: int) -> BaseResponse:
    """Erase a reader, and say what went and what may hold traces."""
    context = current_context()
    address = _require_person(number).address
    erasure = erase(context, address, by="author")
    sentence = f"{address} is erased."
    if erasure.files:
        files = "message file" if erasure.files == 1 else "message files"
        sentence += f" {erasure.files} {files} went too."
    if not vacuum_erased(context):
        sentence += (
            " The database is being read just now, so its files may hold traces until the "
            "next run wipes them."
        )
    sentence = f"{sentence} {describe_copies(delete_erased_copies(context))}".strip()
    return report_back(sentence, "readers.index")


def _export(number: int) -> DataExport:
    context = current_context()
    with snapshot(context.engine) as connection:
        return export_for_number(connection, number, context.secrets)


def _require_person(number: int) -> Subscriber:
    with snapshot(current_context().engine) as connection:
        return require_by_number(connection, number)
