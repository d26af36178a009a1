"""The page of the next issue, its mail in the iframe, and its state for an open page.

A GET refreshes the draft and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask import session as browser

from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.post_decisions import search_posts
from newsletter.composer.digest import pictures_of
from newsletter.composer.render import GMAIL_LIMIT
from newsletter.desk.current import current_context, current_desk
from newsletter.desk.issue.iframe import (
    add_places,
    apply_scheme,
    carry_pictures,
    content_security_policy,
)
from newsletter.desk.issue.mail import fill_mail, open_issue, render_edition, site_pictures
from newsletter.desk.issue.preview_options import PreviewOptions, option_switches, parse_options
from newsletter.desk.issue.reader_view import find_reader
from newsletter.desk.issue.view_model import (
    build_issue_page,
    issue_choices,
    last_rehearsal,
    topic_choices,
)
from newsletter.desk.letting_go import build_letting_go
from newsletter.editorial.draft import Draft, current_drafts, first_due, stored_drafts
from newsletter.editorial.example import example_issue, mark_example
from newsletter.editorial.find_issue import issue_state
from newsletter.errors import ComposeError, NotFound, SettingsError
from newsletter.models import HEMISPHERES, Issue, Post
from newsletter.storage.database.engine import Connection, snapshot
from subscribers.errors import HappyTrailsError

_FOUND = 10
_SKIPPED_SHOWN = 10
_LONGEST_WORDS = 100
blueprint = Blueprint("desk", __name__)


@blueprint.get("/")
def page() -> Response:
    """Show the issue that is due first, or the one that was chosen."""
    return show_issue(_chosen_options())


@blueprint.get("/issue/state")
def state() -> Response:
    """Tell an open page whether the issue has changed."""
    context = current_context()
    with snapshot(context.engine) as connection:
        try:
            number = open_issue(connection, context.settings, _chosen_options().issue).number
        except NotFound:
            number = None
        return jsonify(state=issue_state(connection, number))


@blueprint.get("/mail/<edition>")
def mail(edition: str) -> Response:
    """Show the mail alone, in the page's iframe: dark, or without pictures if so chosen."""
    context, options = current_context(), _chosen_options()
    with snapshot(context.engine) as connection:
        html, issue = _mail_html(connection, options, edition)
        html = add_places(apply_scheme(html, options.scheme), issue.posts)
        html = carry_pictures(html, site_pictures(connection, context.site_url, html))
    return _mail_response(html, images=options.images == "on")


@blueprint.get("/mail/<edition>/as-sent")
def as_sent(edition: str) -> Response:
    """Show the mail with the bytes that are sent."""
    with snapshot(current_context().engine) as connection:
        html, _ = _mail_html(connection, _chosen_options(), edition)
    return _mail_response(html, images=True)


@blueprint.get("/issue/<int:number>/pictures/<int:post>")
def contact_sheet(number: int, post: int) -> Response:
    """Show the pictures of a post, to choose one."""
    context = current_context()
    with snapshot(context.engine) as connection:
        issue = open_issue(connection, context.settings, str(number))
    images = next((pictures_of(inside) for inside in issue.posts if inside.id == post), ())
    body = render_template("desk/issue/contact_sheet.html", images=images)
    return _mail_response(body, images=True)


@blueprint.get("/example")
def example() -> Response:
    """Show what an issue of the blog's last posts would look like."""
    context, options = current_context(), _chosen_options()
    issue = example_issue(context, later=True)
    if issue is None:
        abort(404)
    with snapshot(context.engine) as connection:
        fitted = render_edition(connection, context.config, issue, options.key)
    edition = mark_example(fitted.edition)
    html = apply_scheme(fill_mail(edition, context.config).html, options.scheme)
    return _mail_response(html, images=options.images == "on")


def _chosen_options() -> PreviewOptions:
    return parse_options(request.args, current_context().settings.newsletter.hemisphere)


def _mail_html(
    connection: Connection, options: PreviewOptions, edition_key: str
) -> tuple[str, Issue]:
    if edition_key.partition("+")[0] not in HEMISPHERES:
        abort(404)
    context = current_context()
    config = context.config
    issue = open_issue(connection, config.settings, options.issue)
    fitted, broken = current_desk().issues.render(connection, config, issue, edition_key)
    if fitted is None:
        raise ComposeError(broken)
    fields = None
    if options.reader:
        fields = find_reader(connection, config, context.secrets, issue, options.reader).fields
    return fill_mail(fitted.edition, config, fields).html, issue


def show_issue(
    options: PreviewOptions,
    *,
    typed: Mapping[str, str] | None = None,
    problem: HappyTrailsError | None = None,
) -> Response:
    """Return the page of the issue that is due first, or of the one that was chosen.

    `typed` are the fields of a form that could not be saved because of `problem`: the page keeps
    them.
    """
    context = current_context()
    try:
        drafts = current_drafts(context)
    except ComposeError:
        # A template of the subject is broken: the page says so, and shows what is stored.
        drafts = stored_drafts(context)
    draft = _select_draft(drafts, options.issue)
    variables = {
        "draft": draft,
        "options": options,
        "address": browser.get("address", context.settings.newsletter.author_email),
        "typed": typed or {},
        "problem": problem,
    }
    if draft.issue is None:
        body = _render_empty(variables)
    else:
        body = _render_issue(drafts, draft, draft.issue, options, variables)
    return make_response(body, 200 if problem is None else 409)


def _render_empty(variables: Mapping[str, object]) -> str:
    context = current_context()
    with snapshot(context.engine) as connection:
        rehearsal = last_rehearsal(connection, context.config)
        state_of_none = issue_state(connection, None)
        skipped = _skipped_posts(connection)
    return render_template(
        "desk/empty.html",
        rehearsal=rehearsal,
        example=example_issue(context, later=True),
        state=state_of_none,
        skipped=skipped,
        **variables,
    )


def _render_issue(
    drafts: Sequence[Draft],
    draft: Draft,
    issue: Issue,
    options: PreviewOptions,
    variables: Mapping[str, object],
) -> str:
    context = current_context()
    config, now = context.config, context.clock()
    find = request.values.get("find", "").strip()[:_LONGEST_WORDS]
    try:
        require_sendable(config.settings, context.secrets, context.mailer)
        obstacle = ""
    except SettingsError as error:
        obstacle = str(error)
    with snapshot(context.engine) as connection:
        page = build_issue_page(
            connection,
            config,
            context.secrets,
            draft,
            issue,
            options,
            current_desk().issues,
            obstacle=obstacle,
            now=now,
        )
        going = build_letting_go(connection, config, draft, issue, now)
        skipped = _skipped_posts(connection)
        before_start = search_posts(
            connection, config, now, words=find, state="seen_before_start", size=_FOUND
        ).posts
    return render_template(
        "desk/issue.html",
        page=page,
        switches=option_switches(
            replace(options, issue=str(issue.number), edition=page.hemisphere),
            issues=issue_choices(drafts),
            topics=topic_choices(draft, issue, config.settings),
        ),
        gmail_limit=GMAIL_LIMIT,
        going=going,
        site_is_public=bool(config.settings.site.url),
        skipped=skipped,
        find=find,
        # Posts of before the newsletter began, None if there are none at all.
        archive=before_start if find or before_start else None,
        **variables,
    )


def _skipped_posts(connection: Connection) -> tuple[Post, ...]:
    """Return the newest posts that the author skipped, which the page offers to restore."""
    context = current_context()
    page = search_posts(
        connection, context.config, context.clock(), state="skipped", size=_SKIPPED_SHOWN
    )
    return page.posts


def _select_draft(drafts: Sequence[Draft], number: str) -> Draft:
    """Return the draft of the issue of that number, else the one that is due first."""
    for draft in drafts:
        if draft.issue is not None and str(draft.issue.number) == number:
            return draft
    return first_due(drafts)


def _mail_response(html: str, *, images: bool) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = content_security_policy(images=images)
    # The blog's server must not learn the desk's address from requests for pictures.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
