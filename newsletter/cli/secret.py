"""`secret`: the secret that signs every reader's links."""

from __future__ import annotations

import os

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
def secret() -> None:
    """NEWSLETTER_SECRET, which signs every reader's links."""


@command()
@pass_invocation
def rotate(invocation: Invocation) -> None:
    """Put a new secret before the old one in .env.

    New links are signed with it; those of messages that went out go on working, as long as the
    old one stays there.
    """
    from newsletter.config.secrets import rotate_signing_secret

    context = invocation.open()
    # No run may sign half of an issue with one secret and half with another.
    with context.lock():
        count = rotate_signing_secret(context.folder, os.environ)
    text = (
        "New links are signed with a new NEWSLETTER_SECRET; the old one stays behind it in .env, "
        "and links of before go on working. Now start `newsletter serve` and `newsletter worker` "
        "again, wherever they run, with this .env: until then they refuse the new links. Keep a "
        "copy of it in a safe place."
    )
    invocation.print_result(text, {"rotated": True, "secrets": count})


secret.add_command(rotate)
