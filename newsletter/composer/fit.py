"""Fit an edition into Gmail's limit by leaving out as little as possible.

Gmail clips a message after 102 KB of HTML (https://github.com/hteumeuleu/email-bugs/issues/41),
the unsubscribe link in the footer included. It drops all style blocks of a message that has
more than 16,384 characters of CSS (https://github.com/hteumeuleu/email-bugs/issues/90).

The budget applies to the HTML with the longest merge fields any recipient has. To meet it,
the longest posts are shown by their excerpt, then excerpts grow shorter, then the last posts
are shown by title only. The layout around the posts is never cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter import merge
from newsletter.composer.layout.view_fields import (
    NO_TRUNCATION,
    Truncation,
    count_cards,
    whole_posts,
)
from newsletter.composer.render import render
from newsletter.models import Edition, Hemisphere, Issue, Letterhead
from newsletter.text import one_line

#: Bytes of HTML after which Gmail clips a message.
GMAIL_LIMIT = 102_400
#: Bytes of HTML an edition is fitted into.
HTML_BUDGET = 80 * 1024
#: Bytes of HTML beyond which the checks refuse an edition.
HTML_LIMIT = 95 * 1024
#: Characters of CSS in style blocks beyond which the checks refuse an edition.
CSS_LIMIT = 16_000
_EXCERPTS = (400, 280, 200, 140, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """An edition, and what was left out of it."""

    edition: Edition
    #: A sentence for the author for each cut; empty if the issue fits whole.
    notes: tuple[str, ...] = ()


def fit(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    folders: tuple[Path, ...],
    fields: Mapping[str, str],
    merge_key: str,
    budget: int = HTML_BUDGET,
) -> FitResult:
    """Render the edition with the mildest truncation that keeps its HTML within `budget` bytes.

    `fields` are the longest values of the merge fields. If even the harshest truncation is
    too large, returns that one; the checks then report its size. Raise ComposeError as
    `render` does.
    """

    def render_with(truncation: Truncation) -> Edition:
        return render(
            issue,
            hemisphere,
            letterhead,
            folders=folders,
            merge_key=merge_key,
            truncation=truncation,
        )

    def fits(edition: Edition) -> bool:
        return len(merge.fill(edition.html, edition.nonce, fields, html=True).encode()) <= budget

    whole = render_with(NO_TRUNCATION)
    if fits(whole):
        return FitResult(edition=whole)
    steps = _truncations(issue, letterhead)
    # Binary search for the mildest step that fits.
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(render_with(steps[middle])) else (middle + 1, high)
    truncation = steps[low] if steps else NO_TRUNCATION
    return FitResult(edition=render_with(truncation), notes=_notes(issue, truncation))


def _truncations(issue: Issue, letterhead: Letterhead) -> tuple[Truncation, ...]:
    """Return every truncation of the issue, from the mildest to the harshest."""
    longest = sorted(
        whole_posts(issue, letterhead), key=lambda index: len(issue.posts[index].html), reverse=True
    )
    brief = [Truncation(brief=frozenset(longest[:number])) for number in range(1, len(longest) + 1)]
    every = frozenset(longest)
    shorter = [Truncation(brief=every, excerpt=limit) for limit in _EXCERPTS]
    fewer = [
        Truncation(brief=every, excerpt=_EXCERPTS[-1], cards=cards)
        for cards in reversed(range(count_cards(issue)))
    ]
    return (*brief, *shorter, *fewer)


def _notes(issue: Issue, truncation: Truncation) -> tuple[str, ...]:
    why = "so that Gmail does not cut the message off"
    notes = [
        f"“{one_line(issue.posts[index].title)}” is shown by its excerpt {why}."
        for index in sorted(truncation.brief)
    ]
    if truncation.excerpt is not None:
        notes.append(f"Excerpts were shortened to {truncation.excerpt} characters {why}.")
    if truncation.cards is not None:
        moved = count_cards(issue) - truncation.cards
        posts = "post stands" if moved == 1 else "posts stand"
        notes.append(f"The last {moved} {posts} under “Also on the blog” by title only {why}.")
    return tuple(notes)
