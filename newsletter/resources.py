"""Where the files that come with the program are: templates, greetings, starters."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder `templates/`: inside the package in a wheel, beside it in a checkout."""
    packed = _HERE / "templates"
    return packed if packed.is_dir() else _HERE.parent / "templates"


def template_folders(kind: str, own: Path | None) -> tuple[Path, ...]:
    """Folders to look in for templates of `kind` (email, web, intros), first wins.

    `own` is the newsletter folder; its `templates/<kind>/` wins file by file.
    """
    shipped = templates() / kind
    return (own / "templates" / kind, shipped) if own is not None else (shipped,)
