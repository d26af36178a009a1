"""`subscribers remove`, `suppress` and `erase`: the three ways out, each further than the last."""

from __future__ import annotations

import sys

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation


@command()
@click.argument("address")
@pass_invocation
def remove(frame: Invocation, address: str) -> None:
    """Unsubscribe a person on your word. It counts for the very next message."""
    from newsletter.subscriptions.subscriber_admin import remove as remove_now

    changed = remove_now(frame.open(), address)
    text = f"{address} is unsubscribed." if changed else f"{address} had left already."
    frame.result(text, {"email": address, "status": "unsubscribed", "changed": changed})


@command()
@click.argument("address")
@click.option("--undo", is_flag=True, help="Take it back: they may join again, by their own wish.")
@pass_invocation
def suppress(frame: Invocation, address: str, undo: bool) -> None:
    """Never write to an address again, whether it is on the list or not.

    Whoever is on the list under it is unsubscribed. No import and no sign-up brings them
    back, until you take it back with --undo.
    """
    from newsletter.subscriptions.subscriber_admin import suppress as suppress_now
    from newsletter.subscriptions.subscriber_admin import unsuppress

    context = frame.open()
    if undo:
        changed = unsuppress(context, address)
        text = (
            f"{address} may join again, by their own wish."
            if changed
            else f"{address} was not suppressed."
        )
    else:
        changed = suppress_now(context, address)
        text = (
            f"{address} will never be written to again."
            if changed
            else f"{address} was suppressed already."
        )
    frame.result(text, {"email": address, "suppressed": not undo, "changed": changed})


@command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@pass_invocation
def erase(frame: Invocation, address: str, yes: bool) -> None:
    """Forget a person for good: every row, message file and trace, but for a fingerprint.

    The fingerprint (an HMAC) keeps your next import from bringing them back; it tells
    nobody who they were. They may come back by their own wish, as somebody new.
    """
    from newsletter.subscriptions.erase import erase as erase_now
    from newsletter.subscriptions.erase import wipe_traces

    context = frame.open()
    if sys.stdin.isatty() and not yes and not frame.json:
        click.confirm(f"Erase {address}? This cannot be taken back", abort=True, err=True)
    found = erase_now(context, address, by="author")
    wiped = wipe_traces(context)
    text = f"{address} is erased." if found.anything else f"{address} was erased already."
    if found.files:
        text += f" {found.files} message file(s) went too."
    if not wiped:
        text += (
            " The database is being read just now, so its files may hold traces until the "
            "next `newsletter run` wipes them."
        )
    document = {
        "email": address,
        "erased": found.anything,
        "files": found.files,
        "traces_wiped": wiped,
    }
    frame.result(text, document)
