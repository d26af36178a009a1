"""How long the desk takes to show an issue of eight posts, and an edit of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from newsletter.desk.server import listen
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import in_unit, wall_time
from tests.support.newsletter_folder import create_newsletter, publish, subscribe
from tests.support.visitor import Visitor, run_server

_POSTS = 8
_ROUNDS = 15
_PAGE_MS = 150
_EDIT_MS = 1_000
#: How long the page's script waits after the last key.
_PAUSE_MS = 350
_WHY = "By a profile it is the rendering of the edition, and the pre-flight checks beside it."
_PAGE = Comparison(
    key="editing.page",
    what=f"the issue page with {_POSTS} posts",
    against=f"{_PAGE_MS} ms",
    unit="ms",
    floor=1.0,
    clock="wall",
    explanation=_WHY,
    is_limit=True,
)
_PREVIEW = Comparison(
    key="editing.preview",
    what="an edit until the preview shows it",
    against=f"{_EDIT_MS / 1000:.0f} s",
    unit="ms",
    floor=1.0,
    clock="wall",
    explanation=_WHY,
    is_limit=True,
)
COMPARISONS = (_PAGE, _PREVIEW)


def measure() -> Iterator[Measurement]:
    """Load the page, and save a subject as its script does until the new preview is there."""
    with tempfile.TemporaryDirectory() as name:
        context = create_newsletter(Path(name) / "newsletter")
        publish(context, *(f"Post number {place} about hills" for place in range(_POSTS)))
        subscribe(context, "ada@example.com", "north")
        subscribe(context, "bo@example.com", "south")
        desk = listen(context, 0)
        with run_server(desk.server):
            author = Visitor(desk.port)
            author.get(desk.start_url.partition(str(desk.port))[2])
            page = _times(lambda _round: author.get("/"))
            edit = _times(lambda number: _edit(author, f"Subject {number}"))
        context.engine.dispose()
    yield Measurement(comparison=_PAGE, ours=in_unit(page, 1e3), theirs=(float(_PAGE_MS),))
    yield Measurement(
        comparison=_PREVIEW,
        ours=tuple(seconds * 1e3 + _PAUSE_MS for seconds in edit),
        theirs=(float(_EDIT_MS),),
        remark=f"{_PAUSE_MS} ms of it wait for the next key",
    )


def _edit(author: Visitor, subject: str) -> None:
    """Save, load the page again, and the mail in its preview."""
    page = author.pages[-1]
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen_edits")}
    saved = author.submit(
        "/issue/1/edit", {**fields, "subject": subject}, Accept="application/json"
    )
    if saved.status != 200:  # OK
        raise RuntimeError(saved.text)
    author.get("/mail/north")
    author.get("/")


def _times(act: Callable[[int], object]) -> tuple[float, ...]:
    return tuple(wall_time(lambda: act(number)) for number in range(_ROUNDS))  # noqa: B023 - called at once
