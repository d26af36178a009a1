"""Readers: what they choose, which edition they get, where a message goes."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from newsletter.models.seasons import Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic that readers may choose: the posts of some categories or feeds.

    A topic without either stands for the posts of no other topic.
    """

    name: str
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A group of readers who get the same edition."""

    #: The edition's key.
    key: str
    hemisphere: Hemisphere
    topics: tuple[str, ...] = ()
    #: The ids of the posts they get, in the issue's order; () for all of the issue's.
    posts: tuple[int, ...] = ()


# A batch creates up to a thousand of them. A struct takes a tenth of the time of a frozen
# dataclass.
class Recipient(Struct, frozen=True, kw_only=True, gc=False):
    """The reader whom a message is for."""

    subscriber_id: int
    address: str
    #: The merge fields, each with its value as plain text.
    fields: tuple[tuple[str, str], ...] = ()
