"""What an edition says to its reader alone, and the way to the public site."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter import merge
from newsletter.composer.text.phrases import Words
from newsletter.models import Letterhead
from newsletter.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFields:
    """`salutation`, `unsubscribe_url`, `preferences_url` and `address` are merge tags.

    `browser_url` shows the issue on the public site and `subscribe_url` is its sign-up
    page, "" without a site; `because` says why the message came.
    """

    salutation: str
    address: str
    because: str
    unsubscribe_url: str
    preferences_url: str
    browser_url: str
    subscribe_url: str
    subscribe: str


def reader_fields(letterhead: Letterhead, words: Words, number: int, nonce: str) -> ReaderFields:
    """The fields of issue `number`; its merge tags carry `nonce`."""
    address, site = merge.tag(nonce, "address"), letterhead.site
    return ReaderFields(
        salutation=merge.tag(nonce, "salutation") if letterhead.salutation else "",
        address=address,
        because=words.because.format(address=address),
        unsubscribe_url=merge.tag(nonce, "unsubscribe_url"),
        preferences_url=merge.tag(nonce, "preferences_url"),
        browser_url=f"{site}/archive/{number}" if site else "",
        subscribe_url=f"{site}/subscribe" if site else "",
        subscribe=words.subscribe.format(title=one_line(letterhead.title)),
    )
