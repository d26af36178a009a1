"""The posts of the issue as the editor lists them, and where a move leads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.composer.digest import pictures_of
from newsletter.editorial.edit_request import EditRequest, shown_as
from newsletter.models import Image, Issue, Post, Treatment

Direction = Literal["up", "down", "top"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePost:
    """A post of the issue with what the author made of it."""

    post: Post
    #: How the issue shows it.
    treatment: Treatment
    #: The author's excerpt, "" for ours.
    excerpt: str
    #: Its pictures, the one that stands for it first.
    pictures: tuple[Image, ...]
    #: The URL of the author's picture, "" for none, None for the first.
    picture: str | None
    can_move_up: bool
    can_move_down: bool
    #: Whether the edition on the page shows it.
    is_in_edition: bool

    @property
    def is_own(self) -> bool:
        """Whether the author wrote an excerpt for it or chose its picture."""
        return bool(self.excerpt) or self.picture is not None


def post_rows(issue: Issue, in_edition: Collection[int]) -> tuple[IssuePost, ...]:
    """Return the rows of the issue's posts in their order."""
    shown = shown_as(issue)
    groups = [treatment == "title" for _, treatment in shown]
    pictures = dict(issue.own_edits.pictures)
    return tuple(
        IssuePost(
            post=post,
            treatment=treatment,
            excerpt=issue.own_edits.excerpt(post.id),
            pictures=pictures_of(post),
            picture=pictures.get(post.id),
            can_move_up=place > 0 and groups[place - 1] == groups[place],
            can_move_down=place + 1 < len(groups) and groups[place + 1] == groups[place],
            is_in_edition=post.id in in_edition,
        )
        for place, (post, treatment) in enumerate(shown)
    )


def move_post(issue: Issue, post_id: int, direction: Direction) -> EditRequest:
    """Return the request that moves a post by one place, or to the top."""
    ids = [post.id for post in issue.posts]
    place = ids.index(post_id)
    to = {"up": max(place - 1, 0), "down": min(place + 1, len(ids) - 1), "top": 0}[direction]
    ids.insert(to, ids.pop(place))
    return order_posts(issue, ids)


def order_posts(issue: Issue, ids: Sequence[int]) -> EditRequest:
    """Return the request that puts the posts in this order.

    Whichever comes first leads: a lead that the author chose before becomes a card.
    """
    leads = tuple(
        post_id for post_id, treatment in issue.own_edits.treatments if treatment == "lead"
    )
    return EditRequest(
        order=tuple(ids),
        treatments=tuple((post_id, "") for post_id in leads if [post_id] != list(ids[:1])),
    )
