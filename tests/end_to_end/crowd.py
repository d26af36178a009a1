"""A newsletter with up to 2,000 readers and a due issue, to be killed during a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY

READERS = tuple(
    f"reader{number}@{'south' if number % 3 == 0 else 'north'}.example" for number in range(2000)
)


def import_readers(newsletter: Newsletter, readers: Sequence[str] = READERS) -> None:
    """Import readers, a third of them in the south, and move the clock to the issue's due time."""
    newsletter.run("subscribers", "remove", "ann@example.com")
    newsletter.run("subscribers", "remove", "sue@example.com")
    path = newsletter.folder / "readers.csv"
    rows = [f"{reader},{reader.partition('@')[2][:5]}" for reader in readers]
    path.write_text("\n".join(("email,hemisphere", *rows)), "utf-8")
    newsletter.run("subscribers", "import", str(path))
    newsletter.at(SUNDAY)


def kill_run(newsletter: Newsletter, condition: Callable[[], bool]) -> None:
    """Start `run` and send SIGKILL once the condition holds, if it still runs."""
    running = newsletter.program.start("run")
    while running.poll() is None and not condition():
        time.sleep(0.002)
    running.kill()
    running.communicate()


def figures(newsletter: Newsletter) -> dict[str, Any]:
    """Return the first issue's figures after checking that they add up."""
    issues = newsletter.run("issues", "--json").json["issues"]
    document: dict[str, Any] = issues[0] if issues else {}
    if document:
        parts = ("pending", "accepted", "suppressed", "failed", "unknown")
        assert document["planned"] == sum(document[part] for part in parts)
    return document
