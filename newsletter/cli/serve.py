"""`preview` and `serve`: the author's desk and the public site."""

from __future__ import annotations

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation

_PORT = click.IntRange(0, 65535)


@command()
@click.option("--port", type=_PORT, help="Where; the next free one otherwise.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@pass_invocation
def preview(invocation: Invocation, port: int | None, no_browser: bool) -> None:
    """Open the desk: the real next issue, to see, test and approve."""
    from newsletter.demo.marker import serve_sample_blog
    from newsletter.desk.server import listen
    from newsletter.desk.server import serve as serve_desk

    context = invocation.open()
    with serve_sample_blog(context.folder, context.clock()) as blog:
        if blog:
            invocation.say(f"The sample blog is served at {blog}, for the pictures.")
        serve_desk(listen(context, port), open_browser=not no_browser)


@command()
@click.option("--port", type=_PORT, default=8025, show_default=True)
@click.option("--host", metavar="ADDRESS", help="Where to listen, instead of [site] listen.")
@pass_invocation
def serve(invocation: Invocation, port: int, host: str | None) -> None:
    """Serve the readers' site: sign-up, their own pages, the way out, the archive."""
    from newsletter.site.server import serve as serve_site

    serve_site(invocation.open(), host=host or "", port=port)
