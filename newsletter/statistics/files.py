"""Save a report or a table under a name that may be taken."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.statistics.documents import is_table
from newsletter.statistics.report_page import is_report

_HEAD_BYTES = 4096


def is_replaceable(path: Path) -> bool:
    """Whether nothing is lost under this name: nothing is there, or an earlier file of ours.

    Raise OSError if what is there cannot be read.
    """
    if not path.exists():
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return not head or is_report(head) or is_table(head)


def save_text(path: Path, text: str) -> None:
    """Write a whole file of this user's at once: the name stands for what was, or all of the text.

    Raise NewsletterError if the folder is not there or cannot be written to.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        raise NewsletterError(
            f"There is no folder {folder}.", cure=f"Make it with `mkdir {folder}`."
        )
    try:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}-")
    except OSError as error:
        raise NewsletterError(
            f"{path} cannot be written: {error.strerror}.",
            cure="Give a file in a folder that you may write to.",
        ) from error
    staged = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        staged.replace(path.resolve())
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
