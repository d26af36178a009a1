"""`preview` and `serve`: the author's desk and the public site."""

from __future__ import annotations

import os

import click

from newsletter.cli.invocation import (
    Invocation,
    command,
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


@command()
@click.option("--port", type=_PORT, default=8025, show_default=True)
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
