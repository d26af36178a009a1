"""`desk`: the password of a desk that is opened from anywhere."""

from __future__ import annotations

import os
import sys

import click

from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    pass_invocation,
)


@click.group(cls=CommandGroup)
@global_options
def desk() -> None:
    """The desk that you open from anywhere, with `preview --listen`."""


@command()
@pass_invocation
def password(invocation: Invocation) -> None:
    """Set the password of the desk, or another one in its place.

    It is asked for twice and not shown; a script may write it to standard input. Only its hash is
    kept, in .env. A new password signs every browser out, at once.
    """
    from newsletter.desk.password import set_password

    context = invocation.open()
    text = _ask()
    was_set = bool(context.secrets.desk_password_hash)
    with context.lock():
        set_password(context.folder, os.environ, context.settings.newsletter, text)
    sentence = (
        "The desk has a new password, and every browser is signed out."
        if was_set
        else "The desk has a password. `newsletter preview --listen 127.0.0.1` opens it to your "
        "web server; docs/server.md shows how."
    )
    invocation.print_result(sentence, {"password": "replaced" if was_set else "set"})


def _ask() -> str:
    """Return the password that was typed twice, or piped in."""
    from newsletter.errors import UsageError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first: str = click.prompt("A password for the desk", hide_input=True, err=True)
    second: str = click.prompt("Once more", hide_input=True, err=True)
    if first != second:
        raise UsageError(
            "The two were not the same, and nothing was changed.",
            cure="Try again: `newsletter desk password`.",
        )
    return first


desk.add_command(password)
