"""Cards: what stands in a newsletter for a thing that only works on a web page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from newsletter.reader.clean.blocks import Block, anchor
from newsletter.reader.clean.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A link with a label and perhaps a picture; no token of the embed is in `link`."""

    link: str
    label: str
    picture: Picture | None = None

    def blocks(self) -> list[Block]:
        links = ((self.link, self.label),)
        start = f'<a href="{escape(self.link)}">'
        text = Block(
            kind="card",
            html=anchor(self.link, self.label),
            text=self.label,
            links=links,
        )
        if self.picture is None:
            return [text]
        html = f"<p>{start}{self.picture.html()}</a></p>"
        return [Block(kind="image", html=html, text=self.picture.alt, links=links), text]
