"""`preview`, `serve` and `archive`: the author's desk, the public site, and the site as files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    log_format_option,
    pass_invocation,
)

_PORT = click.IntRange(0, 65535)


@command()
@click.option("--port", type=_PORT, help="Where; the next free one otherwise.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--listen",
    "address",
    metavar="ADDRESS",
    help="Where, for a desk behind your web server; it asks for the password.",
)
@click.option("--path", metavar="PREFIX", help="The path it stands below, such as /desk.")
@pass_invocation
def preview(
    invocation: Invocation,
    port: int | None,
    no_browser: bool,
    address: str | None,
    path: str | None,
) -> None:
    """Open the desk: the real next issue, to see, edit, test and approve.

    By itself it is for this machine alone. With --listen or --path it can be opened from
    anywhere, behind your web server, with the password of `newsletter desk password`.
    """
    from newsletter.demo.marker import serve_sample_blog
    from newsletter.desk.access import choose_access
    from newsletter.desk.server import listen
    from newsletter.desk.server import serve as serve_desk

    context = invocation.open()
    access = choose_access(context.settings, context.secrets, listen=address, path=path)
    with serve_sample_blog(context.folder, context.clock()) as blog:
        if blog:
            invocation.say(f"The sample blog is served at {blog}, for the pictures.")
        desk = listen(context, port, access=access, environ=os.environ)
        serve_desk(desk, open_browser=not no_browser)


@click.group(cls=CommandGroup)
@global_options
def archive() -> None:
    """The archive as files: for a web host that runs no program."""


@command()
@click.argument("target", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--url", default="", metavar="ADDRESS", help="Where it will be found on the web.")
@click.option("--yes", is_flag=True, help="Write into a folder that holds other things.")
@pass_invocation
def export(invocation: Invocation, target: Path, url: str, yes: bool) -> None:
    """Write the archive into FOLDER: pages, pictures and feed, to upload anywhere.

    Called again, it writes what is new, takes away what is gone, and leaves all else alone.
    """
    from newsletter.site.static_archive import ask_for, export_archive

    context = invocation.open()
    reason = ask_for(context, target)
    if reason and not yes and sys.stdin.isatty():
        click.confirm(f"{reason} Write the archive beside them?", abort=True, err=True)
        yes = True
    result = export_archive(context, target, url=url, consent=yes)
    files = result.folder
    pages = "1 issue" if result.issues == 1 else f"{result.issues:,} issues"
    text = (
        f"The archive of {pages} is in {target}: {files.written} files written, "
        f"{files.unchanged} as they were, {files.removed} removed. Open {target / 'index.html'}."
    )
    if files.kept:
        text += f"\nEdited here, and so not removed: {', '.join(files.kept)}."
    if not url:
        invocation.say("With --url, the address it will have, the links in its feed are whole.")
    document = {
        "folder": str(target),
        "issues": result.issues,
        "pictures": result.pictures,
        "written": files.written,
        "unchanged": files.unchanged,
        "removed": files.removed,
        "kept": list(files.kept),
    }
    invocation.print_result(text, document)


archive.add_command(export)


@command()
@click.option("--port", type=_PORT, default=8025, show_default=True, help="Where to listen.")
@click.option("--host", metavar="ADDRESS", help="Where to listen, instead of [site] listen.")
@click.option(
    "--metrics-port", type=_PORT, help="Figures for Prometheus, at this port of 127.0.0.1."
)
@log_format_option
@pass_invocation
def serve(invocation: Invocation, port: int, host: str | None, metrics_port: int | None) -> None:
    """Serve the readers' site: sign-up, their own pages, the way out, the archive."""
    from newsletter.site.server import serve as serve_site

    serve_site(
        invocation.open(),
        host=host or "",
        port=port,
        metrics_port=metrics_port,
        say=invocation.say,
    )
