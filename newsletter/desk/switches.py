"""How the author looks at the issue: which edition, as what, on which screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from newsletter.desk.frame import Scheme
from newsletter.models import HEMISPHERES, Hemisphere

# switch: its name on the page, and its positions with theirs
_POSITIONS: dict[str, tuple[str, dict[str, str]]] = {
    "edition": ("Edition", {"north": "North", "south": "South", "tropics": "Tropics"}),
    "part": ("Show", {"html": "HTML", "text": "Plain text"}),
    "screen": ("Screen", {"phone": "Phone", "desktop": "Desktop"}),
    "scheme": ("Colours", {"light": "Light", "dark": "Dark"}),
    "images": ("Pictures", {"on": "On", "off": "Off"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The position of each switch."""

    edition: Hemisphere
    part: Literal["html", "text"] = "html"
    screen: Literal["phone", "desktop"] = "phone"
    scheme: Scheme = "light"
    images: Literal["on", "off"] = "on"

    def query(self) -> dict[str, str]:
        """The positions as the words of a page's address."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One position of a switch: `query` leads to it, `on` says that it is set."""

    key: str
    label: str
    query: dict[str, str]
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A switch as the page shows it."""

    label: str
    positions: tuple[Position, ...]


def read(words: Mapping[str, str], own: Hemisphere) -> Switches:
    """The switches an address or a form asks for; what is no position counts as unsaid."""
    return Switches(
        edition=next((key for key in HEMISPHERES if key == words.get("edition")), own),
        part="text" if words.get("part") == "text" else "html",
        screen="desktop" if words.get("screen") == "desktop" else "phone",
        scheme="dark" if words.get("scheme") == "dark" else "light",
        images="off" if words.get("images") == "off" else "on",
    )


def board(now: Switches) -> tuple[Switch, ...]:
    """Every switch with its positions, as `now` has them."""
    query = now.query()
    return tuple(
        Switch(
            label=label,
            positions=tuple(
                Position(key=key, label=words, query=query | {name: key}, on=query[name] == key)
                for key, words in positions.items()
            ),
        )
        for name, (label, positions) in _POSITIONS.items()
    )
