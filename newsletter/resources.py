"""Locate the files shipped with the program: templates, greetings, starter files."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def templates() -> Path:
    """Return the folder `templates/`: inside the package in a wheel, beside it in a checkout."""
    packed = _HERE / "templates"
    return packed if packed.is_dir() else _HERE.parent / "templates"


def template_folders(kind: str, own: Path | None) -> tuple[Path, ...]:
    """Return the folders to search for templates of `kind` (email, web, intros), in order.

    `own` is the newsletter folder. A file in its `templates/<kind>/` overrides the shipped
    file of the same name.
    """
    shipped = templates() / kind
    return (own / "templates" / kind, shipped) if own is not None else (shipped,)
