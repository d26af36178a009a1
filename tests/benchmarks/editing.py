"""How long the desk takes to show an issue of eight posts, and an edit of it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from newsletter.desk.server import listen
from tests.benchmarks.table import Row
from tests.support.newsletter_folder import create_newsletter, publish, subscribe
from tests.support.visitor import Visitor, run_server

_POSTS = 8
_ROUNDS = 15
_PAGE_MS = 150
_EDIT_MS = 1_000
#: How long the page's script waits after the last key.
_PAUSE_MS = 350


def rows() -> Iterator[Row]:
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
            page = _median_ms(lambda _round: author.get("/"))
            edit = _median_ms(lambda number: _edit(author, f"Subject {number}")) + _PAUSE_MS
        context.engine.dispose()
    yield Row(
        what=f"issue page with {_POSTS} posts : {_PAGE_MS} ms",
        ratio=page / _PAGE_MS,
        aim=1.0,
        figures=f"{page:.0f} ms",
    )
    yield Row(
        what=f"an edit in the preview : {_EDIT_MS} ms",
        ratio=edit / _EDIT_MS,
        aim=1.0,
        figures=f"{edit:.0f} ms, {_PAUSE_MS} of them waiting for the next key",
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


def _median_ms(act: Callable[[int], object]) -> float:
    seconds = []
    for number in range(_ROUNDS):
        begun = time.perf_counter()
        act(number)
        seconds.append(time.perf_counter() - begun)
    return 1_000 * statistics.median(seconds)
