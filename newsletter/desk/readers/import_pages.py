"""Import a list: upload it, look at what would become of each row, then import just that file."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from newsletter.context import Context
from newsletter.desk.navigation import report_back, report_errors
from newsletter.desk.readers.list_pages import STATUS_LABELS
from newsletter.desk.readers.uploads import ImportPreview, Upload, UploadShelf
from newsletter.subscriptions import list_import
from newsletter.subscriptions.import_trial import try_import
from subscribers.errors import ImportRejected
from subscribers.models import STATUSES, ImportAnswers, ImportReport

#: A million rows of another program take about half of it.
MAX_BYTES = 256 * 1024 * 1024
ROWS_SHOWN = 200


def import_blueprint(context: Context) -> Blueprint:
    """Return the routes of the import."""
    routes = Blueprint("imports", __name__, url_prefix="/readers/import")
    report_errors(routes, "imports.start")
    shelf = UploadShelf()
    _add_preview(routes, context, shelf)
    _add_decisions(routes, context, shelf)
    return routes


def _add_preview(routes: Blueprint, context: Context, shelf: UploadShelf) -> None:
    @routes.url_value_preprocessor
    def lift_limit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        # Before the form is parsed, which the check of its CSRF token does.
        if endpoint == "imports.upload":
            request.max_content_length = MAX_BYTES

    @routes.errorhandler(RequestEntityTooLarge)
    def refuse_size(_error: RequestEntityTooLarge) -> Response:
        megabytes = MAX_BYTES // (1024 * 1024)
        return report_back(
            f"That file is larger than {megabytes} MB. Split it, or import it in a terminal: "
            "`newsletter subscribers import FILE` takes any size.",
            "imports.start",
            "look",
        )

    @routes.get("")
    def start() -> str:
        return render_template("desk/import.html", newest=list_import.newest_import(context))

    @routes.post("")
    def upload() -> Response:
        file = request.files.get("file")
        if file is None or not file.filename:
            return report_back("Choose a file first.", "imports.start", "look")
        token = shelf.keep(
            file.stream,
            file.filename,
            confirm="confirm" in request.form,
            now=context.real_clock(),
        )
        _try_out(context, shelf.find(token, context.real_clock()))
        return redirect(url_for("imports.look", token=token), 303)

    @routes.get("/<token>")
    def look(token: str) -> str:
        upload = shelf.find(token, context.real_clock())
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


def _add_decisions(routes: Blueprint, context: Context, shelf: UploadShelf) -> None:
    @routes.post("/<token>/answer")
    def answer(token: str) -> Response:
        upload = shelf.find(token, context.real_clock())
        upload.answers = parse_answer(upload.answers, request.form)
        _try_out(context, upload)
        return redirect(url_for("imports.look", token=token), 303)

    @routes.post("/<token>")
    def import_it(token: str) -> Response:
        upload = shelf.find(token, context.real_clock())
        with upload.lock:
            upload.file.seek(0)
            report = list_import.import_csv(
                context,
                upload.file,
                skip_bad="skip_bad" in request.form,
                confirm=upload.confirm,
                answers=upload.answers,
                file_name=upload.name,
            )
        shelf.drop(token)
        return report_back(describe_import(report), "readers.index")

    @routes.post("/<token>/discard")
    def discard(token: str) -> Response:
        shelf.drop(token)
        return report_back("The file is forgotten; nothing was imported.", "readers.index")

    @routes.post("/undo")
    def undo() -> Response:
        undone = list_import.undo_import(context)
        parts = (
            (undone.removed, "off the list again"),
            (undone.restored, "as before"),
            (undone.kept, "left alone, because they changed since"),
        )
        changes = ", ".join(f"{count:,} {what}" for count, what in parts if count)
        sentence = f"The last import ({undone.source}) is undone: {changes or 'nobody to change'}."
        return report_back(sentence, "readers.index")


def _try_out(context: Context, upload: Upload) -> None:
    """Store in `upload` what would become of its file. Nothing of it is kept on the list."""
    with upload.lock:
        preview = _trial(context, upload, skip_bad=False)
        if preview.refusal and preview.report.rejected_total and preview.question is None:
            # Some rows are bad: what would become of the others?
            preview = _trial(context, upload, skip_bad=True)
        upload.preview = preview


def _trial(context: Context, upload: Upload, *, skip_bad: bool) -> ImportPreview:
    upload.file.seek(0)
    with try_import(
        context,
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
