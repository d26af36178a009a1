"""The page of all posts: their states, why, and what the author may decide about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from newsletter.collecting.post_decisions import (
    PostDecision,
    decide_posts,
    possible_decisions,
    search_posts,
)
from newsletter.desk.current import current_context
from newsletter.desk.navigation import page_number, report_back, report_errors
from newsletter.models import Post, PostState
from newsletter.storage.database.engine import snapshot

_PAGE_SIZE = 50
STATE_LABELS: Mapping[PostState, str] = {
    "waiting": "Waiting",
    "settling": "Settling",
    "issued": "In an issue",
    "skipped": "Skipped",
    "held": "Held",
    "withdrawn": "Withdrawn",
    "protected": "Protected",
    "excluded": "Left out by rule",
    "seen_before_start": "Older than the newsletter",
}
#: The states a post is stored in; one that settles is stored as waiting.
_STORED: tuple[PostState, ...] = tuple(state for state in STATE_LABELS if state != "settling")
_BUTTONS: Mapping[str, tuple[str, str]] = {
    "skip": ("Skip", "“{}” is skipped: no issue takes it."),
    "unskip": ("Let it in", "“{}” waits for the next issue."),
    "release": ("Release", "“{}” is released, and waits for the next issue."),
    "hold": ("Hold", "“{}” is held: it waits until you release it."),
}
blueprint = Blueprint("posts", __name__, url_prefix="/posts")
report_errors(blueprint, "posts.index")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilter:
    """What the list is narrowed to: a link of the page for each state."""

    words: str = ""
    state: PostState | None = None
    page: int = 1

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the parameters of the page's address, without the empty ones."""
        values = {"q": self.words, "state": self.state, "page": self.page} | changes
        return {name: value for name, value in values.items() if value and value != 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """A post and its buttons."""

    post: Post
    #: (the decision, the button's label)
    buttons: tuple[tuple[PostDecision, str], ...]

    @property
    def label(self) -> str:
        """The state in words."""
        return STATE_LABELS[self.post.state]

    @property
    def reason(self) -> str:
        """Why, without the commands that the buttons stand for."""
        reason = self.post.reason.partition(" Say `newsletter")[0]
        return f"{reason[:1].upper()}{reason[1:]}"


@blueprint.get("/")
def index() -> str:
    """Show the list of posts."""
    chosen = parse_filter(request.args)
    context = current_context()
    with snapshot(context.engine) as connection:
        page = search_posts(
            connection,
            context.config,
            context.clock(),
            words=chosen.words,
            state=chosen.state,
            page=chosen.page,
            size=_PAGE_SIZE,
        )
    return render_template(
        "desk/post_list.html",
        chosen=chosen,
        rows=tuple(post_row(post) for post in page.posts),
        counts={state: page.counts.get(state, 0) for state in _STORED},
        labels=STATE_LABELS,
        has_more=page.has_more,
    )


@blueprint.post("/<int(max=2147483647):post>")
def decide(post: int) -> Response:
    """Decide about a post."""
    wish = request.form.get("decision")
    decision = next((known for known in get_args(PostDecision) if known == wish), None)
    chosen = parse_filter(request.form)
    if decision is None:
        return report_back("The desk knows no such decision.", "posts.index", "look")
    result = decide_posts(current_context(), decision, (post,))
    sentence = _BUTTONS[decision][1].format(result.posts[0].title)
    voided = " ".join(f"{issue.void_sentence} Look at it again." for issue in result.voided)
    return report_back(f"{sentence} {voided}".strip(), "posts.index", **chosen.query())


def parse_filter(parameters: Mapping[str, str]) -> PostFilter:
    """Return the filter of a query or a form. An unknown state stands for all."""
    state = parameters.get("state", "")
    return PostFilter(
        words=parameters.get("q", "").strip(),
        state=next((known for known in _STORED if known == state), None),
        page=page_number(parameters.get("page", "")),
    )


def post_row(post: Post) -> PostRow:
    """Return a post with the decisions that its state leaves to the author."""
    return PostRow(
        post=post,
        buttons=tuple((name, _BUTTONS[name][0]) for name in possible_decisions(post.state)),
    )
