"""Pictures of the state machines, drawn from their tables: each arrow is one allowed step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from newsletter.models.delivery_state import (
    BATCH_TRANSITIONS,
    DELIVERY_TRANSITIONS,
    ISSUE_TRANSITIONS,
)

Point = tuple[float, float]
_WIDTH, _HEIGHT = 104, 36
# The card is light in a dark page as well, so that the picture needs no second copy.
_STYLE = (
    ".card{fill:#fbf7f0;stroke:#d8cdbb}.state{fill:#fff;stroke:#9a3f12;stroke-width:1.5}"
    ".first{fill:#f6e3d3}.last{fill:#e8efe4;stroke:#3f6b3a}"
    "text{font:14px Verdana,DejaVu Sans,sans-serif;fill:#2b241c;text-anchor:middle}"
    "path{fill:none;stroke:#6b5f50;stroke-width:1.3;marker-end:url(#arrow)}"
)
_ARROW_HEAD = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
    'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" '
    'style="fill:#6b5f50;stroke:none;marker-end:none"/></marker></defs>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One state machine: its table, and where each state stands."""

    title: str
    #: By state, the states that may follow. A mapping of some literals is no mapping of `str`.
    transitions: Mapping[Any, AbstractSet[str]]
    places: Mapping[str, Point]
    first: str
    size: tuple[int, int]


ISSUE = Picture(
    title="The states of an issue",
    transitions=ISSUE_TRANSITIONS,
    places={
        "draft": (80, 60),
        "approved": (240, 60),
        "frozen": (400, 60),
        "sending": (560, 60),
        "sent": (720, 60),
        "stopped": (400, 190),
        "cancelled": (400, 300),
    },
    first="draft",
    size=(800, 350),
)
BATCH = Picture(
    title="The states of a batch",
    transitions=BATCH_TRANSITIONS,
    places={
        "planned": (80, 110),
        "empty": (80, 230),
        "intent": (250, 110),
        "unknown": (430, 110),
        "refused": (430, 230),
        "not_sent": (250, 230),
        "accepted": (610, 50),
        "void": (610, 170),
    },
    first="planned",
    size=(700, 280),
)
DELIVERY = Picture(
    title="The states of a delivery",
    transitions=DELIVERY_TRANSITIONS,
    places={
        "pending": (80, 130),
        "suppressed": (80, 240),
        "unknown": (320, 130),
        "accepted": (560, 60),
        "failed": (560, 200),
    },
    first="pending",
    size=(650, 290),
)


def draw(picture: Picture) -> str:
    """Return the picture as SVG."""
    width, height = picture.size
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{picture.title}">'
    )
    lines = [
        head,
        f"<title>{picture.title}</title><style>{_STYLE}</style>",
        _ARROW_HEAD,
        f'<rect class="card" x="1" y="1" width="{width - 2}" height="{height - 2}" rx="12"/>',
        *_arrows(picture),
        *_states(picture),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _states(picture: Picture) -> Iterator[str]:
    for name, (x, y) in picture.places.items():
        kind = "first" if name == picture.first else ""
        if not picture.transitions[name]:
            kind = "last"
        yield (
            f'<rect class="state {kind}" x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" '
            f'width="{_WIDTH}" height="{_HEIGHT}" rx="9"/>'
            f'<text x="{x:g}" y="{y + 5:g}">{name.replace("_", " ")}</text>'
        )


def _arrows(picture: Picture) -> Iterator[str]:
    for origin, targets in picture.transitions.items():
        for target in sorted(targets - {origin}):
            start, end = picture.places[origin], picture.places[target]
            bend = 16.0 if origin in picture.transitions[target] else 0.0
            # An arrow over another state goes around it.
            if any(
                _is_between(place, start, end)
                for name, place in picture.places.items()
                if name not in (origin, target)
            ):
                bend = 62.0
            yield f'<path d="{_curve(start, end, bend)}" data-step="{origin} {target}"/>'


def _is_between(place: Point, start: Point, end: Point) -> bool:
    length = math.dist(start, end)
    across = abs(
        (end[0] - start[0]) * (start[1] - place[1]) - (start[0] - place[0]) * (end[1] - start[1])
    )
    along = (
        (place[0] - start[0]) * (end[0] - start[0]) + (place[1] - start[1]) * (end[1] - start[1])
    ) / length**2
    return across / length < _HEIGHT / 2 and 0 < along < 1


def _curve(start: Point, end: Point, bend: float) -> str:
    length = math.dist(start, end)
    side = ((start[1] - end[1]) / length, (end[0] - start[0]) / length)
    middle = (
        (start[0] + end[0]) / 2 - side[0] * bend,
        (start[1] + end[1]) / 2 - side[1] * bend,
    )
    points = (_border(start, middle), middle, _border(end, middle))
    first, control, last = (f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{first}Q{control} {last}"


def _border(centre: Point, towards: Point) -> Point:
    """Return where a line from the middle of a state leaves its box."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    scale = min(
        (_WIDTH / 2 + 2) / abs(dx) if dx else math.inf,
        (_HEIGHT / 2 + 2) / abs(dy) if dy else math.inf,
    )
    return centre[0] + dx * scale, centre[1] + dy * scale
