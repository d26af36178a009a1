"""Makes a message fit: Gmail cuts off what is beyond 102 KB, the way out included.

The HTML with the longest values a reader may have stays within a budget. To get there
the longest posts are shown by their excerpts, excerpts grow shorter, and in the end the
last posts stand as titles that lead to the blog. Nothing of the frame is given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter import merge
from newsletter.composer.checks.size import HTML_BUDGET
from newsletter.composer.layout.truncation import UNCUT, Cut
from newsletter.composer.render import render
from newsletter.models import Edition, Hemisphere, Issue, Letterhead
from newsletter.text import one_line

_EXCERPTS = (400, 280, 200, 140, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """An edition, and in words what was cut so that it fits; no notes when it did."""

    edition: Edition
    notes: tuple[str, ...] = ()


def fit(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    folders: tuple[Path, ...],
    fields: Mapping[str, str],
    budget: int = HTML_BUDGET,
) -> Fitted:
    """The edition with as little cut as the budget (bytes of HTML) allows.

    `fields` are the merge fields' longest values. What cannot fit comes cut as far as
    there is anything to cut; the checks then say that it is too large. Raises
    ComposeError as `render` does.
    """

    def made(cut: Cut) -> Edition:
        return render(issue, hemisphere, letterhead, folders=folders, cut=cut)

    def fits(edition: Edition) -> bool:
        return len(merge.fill(edition.html, edition.nonce, fields, html=True).encode()) <= budget

    whole = made(UNCUT)
    if fits(whole):
        return Fitted(edition=whole)
    cuts = _cuts(issue, letterhead)
    mild, harsh = 0, len(cuts) - 1
    while mild < harsh:
        middle = (mild + harsh) // 2
        mild, harsh = (mild, middle) if fits(made(cuts[middle])) else (middle + 1, harsh)
    chosen = cuts[mild] if cuts else UNCUT
    return Fitted(edition=made(chosen), notes=_notes(issue, chosen))


def _cuts(issue: Issue, letterhead: Letterhead) -> tuple[Cut, ...]:
    """Every cut there is, from the mildest to the harshest."""
    count = len(issue.posts)
    places = range(count) if letterhead.body == "full" else range(0)
    longest = sorted(places, key=lambda place: len(issue.posts[place].html), reverse=True)
    brief = [Cut(brief=frozenset(longest[:number])) for number in range(1, len(longest) + 1)]
    every = frozenset(longest)
    shorter = [Cut(brief=every, excerpt=limit) for limit in _EXCERPTS]
    fewer = [
        Cut(brief=every, excerpt=_EXCERPTS[-1], cards=cards) for cards in reversed(range(count))
    ]
    return (*brief, *shorter, *fewer)


def _notes(issue: Issue, cut: Cut) -> tuple[str, ...]:
    why = "so that Gmail does not cut the message off"
    notes = [
        f"“{one_line(issue.posts[place].title)}” is shown by its excerpt {why}."
        for place in sorted(cut.brief)
    ]
    if cut.excerpt is not None:
        notes.append(f"Excerpts were shortened to {cut.excerpt} characters {why}.")
    if cut.cards is not None:
        moved = len(issue.posts) - cut.cards
        posts = "post stands" if moved == 1 else "posts stand"
        notes.append(f"The last {moved} {posts} under “Also on the blog” by title only {why}.")
    return tuple(notes)
