"""The forms by which the author edits the issue. They work with and without a script.

    form ─▶ edit_form (pure) ─▶ use cases of editorial ─▶ a redirect back to the page
                                          │              └ JSON for the page's script
                                          └ refused ─▶ the page again, with what was typed

Each form carries `seen_edits`, the token of the own edits that its page showed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from newsletter.collecting.uploaded_pictures import MAX_UPLOAD_BYTES, store_upload
from newsletter.desk.current import current_context, current_desk
from newsletter.desk.issue.edit_form import (
    parse_edit,
    parse_greeting,
    parse_history,
)
from newsletter.desk.issue.mail import open_issue
from newsletter.desk.issue.pages import show_issue
from newsletter.desk.issue.preview_options import PreviewOptions, parse_options
from newsletter.editorial.edit_request import EditRequest, edits_token, join_parts
from newsletter.editorial.greeting_override import change_greeting
from newsletter.editorial.own_edits import EditedIssue, edit_issue, step_through_edits
from newsletter.errors import UsageError
from newsletter.models import Issue
from newsletter.storage.database.engine import snapshot
from newsletter.text import one_line
from subscribers.errors import HappyTrailsError

# The bytes of the largest form with a picture, its words included.
_MAX_FORM_BYTES = MAX_UPLOAD_BYTES + 64 * 1024
_MAX_ALT = 300
# The place on the page of what a form changes.
_PLACES = ("subject", "preheader", "greeting", "note")
# Brackets would end the words of the picture too early.
_MARKUP = str.maketrans({"[": "(", "]": ")", "\\": "/"})
_UNCHANGED = "It reads like that already."
blueprint = Blueprint("edits", __name__)
#: The check of links beside the forms: what goes wrong in it has the desk's own error page.
link_blueprint = Blueprint("links", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was saved."""

    sentence: str
    #: Why an approval no longer holds, "" if it does.
    voided: str = ""
    #: Whether something else was changed elsewhere since the page was loaded.
    elsewhere: bool = False


@blueprint.url_value_preprocessor
def lift_limit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a picture be larger than a form may be."""
    # Before the form is parsed, which the check of its CSRF token does.
    if endpoint == "edits.add_picture":
        request.max_content_length = _MAX_FORM_BYTES


@blueprint.errorhandler(HappyTrailsError)
def keep_typed(error: HappyTrailsError) -> Response:
    """Show why nothing was saved, with what was typed."""
    if _wants_json():
        return _problem_json(error)
    return show_issue(_form_options(), typed=request.form, problem=error)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    """Say that a form was too large."""
    error = UsageError(
        "That is more than the desk takes: a picture may have 20 MB, and a text far less.",
        cure="Choose a smaller one. Nothing was changed.",
    )
    if _wants_json():
        return _problem_json(error)
    # Its fields were never read.
    flash(str(error), "look")
    return redirect(url_for("desk.page"), 303)


@blueprint.post("/issue/<int:number>/edit")
def edit(number: int) -> Response:
    """Change the issue as a form says."""
    return _answer(number, _save(number, request.form))


@blueprint.post("/issue/<int:number>/picture")
def add_picture(number: int) -> Response:
    """Store a picture, and put it into the note."""
    context = current_context()
    file = request.files.get("picture")
    reference = store_upload(context, file.stream.read() if file else b"")
    alt = one_line(request.form.get("alt", ""))[:_MAX_ALT].translate(_MARKUP)
    markdown = f"![{alt}]({reference})"
    if _wants_json():
        return jsonify(markdown=markdown)
    note = request.form.get("note") or _open_issue(number).own_edits.note
    wish = EditRequest(note=f"{note}\n\n{markdown}".strip())
    seen = request.form.get("seen_edits", "")
    return _answer(number, _describe(edit_issue(context, str(number), wish, seen=seen)))


@link_blueprint.post("/issue/<int:number>/links")
def try_links(number: int) -> Response:
    """Begin to try the links and pictures of an issue."""
    current_desk().issues.links.start(current_context(), number)
    if _wants_json():
        return _links_json(number)
    return _back("checks")


@link_blueprint.get("/issue/<int:number>/links")
def links(number: int) -> Response:
    """Tell the page's script how far that is."""
    return _links_json(number)


def _form_options() -> PreviewOptions:
    """Return the options that the page had from which the form was sent."""
    return parse_options(request.form, current_context().settings.newsletter.hemisphere)


def _back(place: str) -> Response:
    address = f"{url_for('desk.page')}?{urlencode(_form_options().query())}"
    return redirect(f"{address}#{place}" if place else address, 303)


def _answer(number: int, saved: Saved) -> Response:
    """Return to the page, or say to its script what was saved."""
    if _wants_json():
        issue = _open_issue(number)
        return jsonify(
            sentence=saved.sentence,
            voided=saved.voided,
            elsewhere=saved.elsewhere,
            seen_edits=edits_token(issue.own_edits),
            note=issue.own_edits.note,
        )
    flash(f"{saved.sentence} {saved.voided}".strip(), "look" if saved.voided else "good")
    return _back(_place(request.form))


def _open_issue(number: int) -> Issue:
    context = current_context()
    with snapshot(context.engine) as connection:
        return open_issue(connection, context.settings, str(number))


def _save(number: int, form: Mapping[str, str]) -> Saved:
    """Do what the form wants, and return what was done."""
    context = current_context()
    name, seen = str(number), form.get("seen_edits", "")
    if history := parse_history(form):
        edited = step_through_edits(context, name, history, seen=seen)
        done = "Undone" if history == "undo" else "Redone"
        return Saved(sentence=f"{done}: {join_parts(edited.changed)}.", voided=edited.voided)
    amend = form.get("amend") == "1"
    if wish := parse_greeting(form):
        before = _open_issue(number).own_edits
        result = change_greeting(context, name, wish, seen=seen, amend=amend)
        is_same = before == result.issue.own_edits
        return Saved(sentence=_UNCHANGED if is_same else "Saved: greeting.", voided=result.voided)
    request_ = parse_edit(form, _open_issue(number))
    return _describe(edit_issue(context, name, request_, seen=seen, amend=amend))


def _describe(edited: EditedIssue) -> Saved:
    sentence = f"Saved: {join_parts(edited.changed)}." if edited.changed else _UNCHANGED
    if edited.elsewhere:
        were = "was" if len(edited.elsewhere) == 1 else "were"
        sentence += f" Meanwhile its {join_parts(edited.elsewhere)} {were} changed elsewhere."
    return Saved(sentence=sentence, voided=edited.voided, elsewhere=bool(edited.elsewhere))


def _place(form: Mapping[str, str]) -> str:
    """Return the id of the place on the page that the form changes."""
    return next((name for name in _PLACES if name in form), "posts")


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _problem_json(error: HappyTrailsError) -> Response:
    """Return why nothing was saved, with the words that are in force."""
    number = (request.view_args or {}).get("number", "")
    try:
        issue = _open_issue(number)
        theirs = {
            "subject": issue.subject,
            "preheader": issue.preheader,
            "note": issue.own_edits.note,
            "seen_edits": edits_token(issue.own_edits),
        }
    except HappyTrailsError:
        theirs = {}
    response = jsonify(problem=error.message, cure=error.cure, theirs=theirs)
    response.status_code = 409
    return response


def _links_json(number: int) -> Response:
    state = current_desk().issues.links.state(number)
    if state is None:
        return jsonify(is_running=False, sentence="")
    return jsonify(is_running=state.is_running, sentence=state.sentence)
