"""Locate the files shipped with the program: templates, greetings, starter files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from newsletter.errors import ComposeError, NewsletterError

_HERE = Path(__file__).resolve().parent


def templates() -> Path:
    """Return the folder `templates/`: inside the package in a wheel, beside it in a checkout.

    Raise NewsletterError if the program was installed without it.
    """
    for folder in (_HERE / "templates", _HERE.parent / "templates"):
        if folder.is_dir():
            return folder
    raise NewsletterError(
        f"The program in {_HERE} was installed without its templates, and can write no message.",
        cure="Install it anew from a checkout (`pip install .`), or from a wheel that "
        "`pip wheel --no-deps .` made there.",
    )


def template_folders(kind: str, own: Path | None) -> tuple[Path, ...]:
    """Return the folders to search for templates of `kind` (email, web, intros), in order.

    `own` is the newsletter folder. A file in its `templates/<kind>/` overrides the shipped
    file of the same name.
    """
    shipped = templates() / kind
    return (own / "templates" / kind, shipped) if own is not None else (shipped,)


def file_versions(folders: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return path, modification time and size of every file in `folders`.

    Equal values mean that nothing was changed, so what was made of the files may be kept.
    """
    stats = ((path, path.stat()) for folder in folders for path in sorted(folder.glob("*")))
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def render_file(
    name: str, own: Path, names: Mapping[str, object], fields: Mapping[str, object]
) -> str:
    """Return a web template as a page that is saved as a file. `own` is the newsletter folder.

    `names` are what every template it includes knows too. Raise ComposeError for a template that
    cannot be used.
    """
    from jinja2 import Environment, FileSystemLoader, TemplateError, select_autoescape

    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in template_folders("web", own)]),
        autoescape=select_autoescape(("html", "svg", "xml")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(names)
    try:
        return environment.get_template(name).render(fields)
    except TemplateError as error:
        raise ComposeError(
            f"The template of {name} cannot be used: {error}.",
            cure=f"Mend your copy below {own / 'templates' / 'web'}, or delete it.",
        ) from error
