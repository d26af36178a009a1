"""`worker`: another machine, or another process, takes part in delivering."""

from __future__ import annotations

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation


@command()
@click.option("--once", is_flag=True, help="End when nothing is left to take.")
@pass_invocation
def worker(frame: Invocation, once: bool) -> None:
    """Take part in delivering, on as many machines as wanted (PostgreSQL only).

    It takes batches of issues that `run` or `send` delivers elsewhere. Ctrl-C, or SIGTERM,
    lets it end what is under way.
    """
    from newsletter.delivery.worker import work

    work(frame.open(), say=frame.say, once=once)
    frame.result("", {"reason": "It left."})
