"""How the author looks at the issue: which edition, as what, on which screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from newsletter.desk.preview_frame import Scheme
from newsletter.models import HEMISPHERES, Hemisphere

Labels = Mapping[str, str]
# switch: its name on the page, and its positions with theirs
_POSITIONS: dict[str, tuple[str, Labels]] = {
    "edition": ("Edition", {"north": "North", "south": "South", "tropics": "Tropics"}),
    "part": ("Show", {"html": "HTML", "text": "Plain text"}),
    "screen": ("Screen", {"phone": "Phone", "desktop": "Desktop"}),
    "scheme": ("Colours", {"light": "Light", "dark": "Dark"}),
    "images": ("Pictures", {"on": "On", "off": "Off"}),
}


_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The position of each switch. `issue` is a number, "" for the next; `topics` what an
    edition's key has after the hemisphere, "" for all posts.
    """

    issue: str = ""
    edition: Hemisphere
    topics: str = ""
    part: Literal["html", "text"] = "html"
    screen: Literal["phone", "desktop"] = "phone"
    scheme: Scheme = "light"
    images: Literal["on", "off"] = "on"

    @property
    def key(self) -> str:
        """The edition's key."""
        return self.edition + self.topics

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
    issue = words.get("issue", "")
    return Switches(
        issue=issue if issue.isascii() and issue.isdecimal() and len(issue) < _DIGITS else "",
        topics=words.get("topics", ""),
        edition=next((key for key in HEMISPHERES if key == words.get("edition")), own),
        part="text" if words.get("part") == "text" else "html",
        screen="desktop" if words.get("screen") == "desktop" else "phone",
        scheme="dark" if words.get("scheme") == "dark" else "light",
        images="off" if words.get("images") == "off" else "on",
    )


def board(now: Switches, *, issues: Labels, topics: Labels) -> tuple[Switch, ...]:
    """Every switch with its positions, as `now` has them.

    `issues` and `topics` are what there is to choose from; one alone needs no switch.
    """
    query = now.query()
    switches = {
        **({"issue": ("Issue", issues)} if len(issues) > 1 else {}),
        **({"topics": ("Topics", topics)} if len(topics) > 1 else {}),
        **_POSITIONS,
    }
    return tuple(
        Switch(
            label=label,
            positions=tuple(
                Position(key=key, label=words, query=query | {name: key}, on=query[name] == key)
                for key, words in positions.items()
            ),
        )
        for name, (label, positions) in switches.items()
    )
