"""The sample issue in each layout, stored for comparison.

`python -m tests.composer.golden_files` writes the files again. Look at the difference before it is
committed, and at the message in a browser.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from newsletter.composer.render import render
from newsletter.models import Edition, Layout
from newsletter.resources import template_folders
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

FOLDER = Path(__file__).parent / "golden"
LAYOUTS: tuple[Layout, ...] = ("digest", "full", "letter")


def render_files(layout: Layout) -> dict[str, str]:
    """Return the files of a layout by name: both parts, the HTML with a line for each element."""
    letterhead = replace(LETTERHEAD, layout=layout, body="full" if layout == "full" else "excerpt")
    edition: Edition = render(
        ISSUE, "north", letterhead, folders=template_folders("email", None), merge_key=MERGE_KEY
    )
    lines = edition.html.replace("><", ">\n<")
    return {f"{layout}.html": f"{lines}\n", f"{layout}.txt": edition.text}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for layout in LAYOUTS:
        for name, text in render_files(layout).items():
            (FOLDER / name).write_text(text, "utf-8", newline="\n")
