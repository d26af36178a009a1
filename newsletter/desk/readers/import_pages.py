"""Import a list: upload it, look at what would become of each row, then import just that file."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from newsletter.desk.current import current_context, current_desk
from newsletter.desk.navigation import report_back, report_errors
from newsletter.desk.readers.list_pages import STATUS_LABELS
from newsletter.desk.readers.uploads import ImportPreview, Upload
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions import list_import
from newsletter.subscriptions.import_trial import try_import
from subscribers.errors import ImportRejected
from subscribers.models import STATUSES, ImportAnswers, ImportReport

#: A million rows of another program take about half of it.
MAX_BYTES = 256 * 1024 * 1024
ROWS_SHOWN = 200
blueprint = Blueprint("imports", __name__, url_prefix="/readers/import")
report_errors(blueprint, "imports.start")


@blueprint.url_value_preprocessor
def lift_limit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a list be larger than a form may be."""
    # Before the form is parsed, which the check of its CSRF token does.
    if endpoint == "imports.upload":
        request.max_content_length = MAX_BYTES


@blueprint.errorhandler(RequestEntityTooLarge)
def refuse_size(_error: RequestEntityTooLarge) -> Response:
    """Say that a file is too large, and what takes it."""
    megabytes = MAX_BYTES // (1024 * 1024)
    return report_back(
        f"That file is larger than {megabytes} MB. Split it, or import it in a terminal: "
        "`newsletter subscribers import FILE` takes any size.",
        "imports.start",
        "look",
    )


@blueprint.get("")
def start() -> str:
    """Show the form that uploads a list."""
    with snapshot(current_context().engine) as connection:
        newest = list_import.newest_import(connection)
    return render_template("desk/import.html", newest=newest)


@blueprint.post("", endpoint="upload")
def receive_file() -> Response:
    """Keep a file, and find out what would become of its rows."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return report_back("Choose a file first.", "imports.start", "look")
    token = current_desk().uploads.keep(
        file.stream,
        file.filename,
        confirm="confirm" in request.form,
        now=current_context().real_clock(),
    )
    _try_out(_find_upload(token))
    return redirect(url_for("imports.look", token=token), 303)


@blueprint.get("/<token>")
def look(token: str) -> str:
    """Show what would become of each row of a file."""
    upload = _find_upload(token)
    with upload.lock:
        preview = upload.preview
    return render_template(
        "desk/import_preview.html",
        token=token,
        upload=upload,
        preview=preview,
        labels=STATUS_LABELS,
        rows_shown=ROWS_SHOWN,
    )


@blueprint.post("/<token>/answer")
def answer(token: str) -> Response:
    """Take the author's answer about a file, and find out again what would become of it."""
    upload = _find_upload(token)
    upload.answers = parse_answer(upload.answers, request.form)
    _try_out(upload)
    return redirect(url_for("imports.look", token=token), 303)


@blueprint.post("/<token>")
def import_it(token: str) -> Response:
    """Import a file that was looked at."""
    upload = _find_upload(token)
    with upload.lock:
        upload.file.seek(0)
        report = list_import.import_csv(
            current_context(),
            upload.file,
            skip_bad="skip_bad" in request.form,
            confirm=upload.confirm,
            answers=upload.answers,
            file_name=upload.name,
        )
    current_desk().uploads.drop(token)
    return report_back(describe_import(report), "readers.index")


@blueprint.post("/<token>/discard")
def discard(token: str) -> Response:
    """Forget a file."""
    current_desk().uploads.drop(token)
    return report_back("The file is forgotten; nothing was imported.", "readers.index")


@blueprint.post("/undo")
def undo() -> Response:
    """Undo the last import."""
    undone = list_import.undo_import(current_context())
    parts = (
        (undone.removed, "off the list again"),
        (undone.restored, "as before"),
        (undone.kept, "left alone, because they changed since"),
    )
    changes = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    sentence = f"The last import ({undone.source}) is undone: {changes or 'nobody to change'}."
    return report_back(sentence, "readers.index")


def _find_upload(token: str) -> Upload:
    return current_desk().uploads.find(token, current_context().real_clock())


def _try_out(upload: Upload) -> None:
    """Store in `upload` what would become of its file. Nothing of it is kept on the list."""
    with upload.lock:
        preview = _preview(upload, skip_bad=False)
        if preview.refusal and preview.report.rejected_total and preview.question is None:
            # Some rows are bad: what would become of the others?
            preview = _preview(upload, skip_bad=True)
        upload.preview = preview


def _preview(upload: Upload, *, skip_bad: bool) -> ImportPreview:
    upload.file.seek(0)
    with try_import(
        current_context(),
        upload.file,
        skip_bad=skip_bad,
        confirm=upload.confirm,
        answers=upload.answers,
        file_name=upload.name,
    ) as trial:
        return ImportPreview(
            report=trial.report,
            rows=tuple(islice(trial.outcomes(), ROWS_SHOWN)),
            refusal=_refusal(trial.refused),
            question=trial.refused.question if trial.refused else None,
        )


def _refusal(error: ImportRejected | None) -> str:
    """Return why a file is refused; a question is asked with buttons instead of its cure."""
    if error is None:
        return ""
    return error.message if error.question else str(error)


def parse_answer(answers: ImportAnswers, fields: Any) -> ImportAnswers:
    """Return the answers with the one of a form: about a column, or about everybody."""
    column, says = fields.get("column", ""), fields.get("says", "")
    if column and says == "status":
        return replace(answers, status_columns=(*answers.status_columns, column))
    if column and says == "nothing":
        return replace(answers, ignored_columns=(*answers.ignored_columns, column))
    status = next((known for known in STATUSES if known == says), None)
    return replace(answers, status=status) if status and not column else answers


def describe_import(report: ImportReport) -> str:
    """Return what an import did, as a sentence."""
    counts = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged"
    rejected = f", {report.rejected_total:,} left out" if report.rejected_total else ""
    undo = " Not what you meant? “Import a list” undoes the last one."
    is_changed = report.added or report.updated
    return f"Imported: {counts}{rejected}.{undo if is_changed else ''}"
