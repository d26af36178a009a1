"""`subscribers`: the list, changed by the author."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    pass_invocation,
)
from newsletter.cli.output import bounces_json, mailbox_json
from newsletter.cli.subscribers_import import import_file
from newsletter.cli.subscribers_list import export, list_subscribers, show

if TYPE_CHECKING:
    from newsletter.delivery.mailboxes import BounceResult
    from newsletter.subscriptions.unsubscribe_mailbox import MailboxResult
    from subscribers.models import Addition


@click.group(cls=CommandGroup)
@global_options
def subscribers() -> None:
    """The list: who gets the newsletter."""


@command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--name", default="", help="What to call them.")
@click.option(
    "--hemisphere", type=click.Choice(["north", "south", "tropics"]), help="Whose season."
)
@click.option("--rhythm", type=click.Choice(["weekly", "monthly"]), help="How often they read.")
@click.option("--topic", "topics", multiple=True, help="Only posts of it; repeatable.")
@click.option("--tag", "tags", multiple=True, help="A word of yours for them; repeatable.")
@click.option("--confirm", is_flag=True, help="Ask them first, by a message with a link.")
@pass_invocation
def add(
    invocation: Invocation,
    addresses: tuple[str, ...],
    name: str,
    hemisphere: str | None,
    rhythm: str | None,
    topics: tuple[str, ...],
    tags: tuple[str, ...],
    confirm: bool,
) -> None:
    """Add people on your word; they are active at once, or with --confirm once they say yes.

    For somebody on the list already, what you say here replaces what was there.
    """
    from newsletter.errors import UsageError
    from newsletter.subscriptions.subscriber_admin import add as add_subscribers

    if name and len(addresses) > 1:
        raise UsageError("--name is for one person: add people with names one by one.")
    additions = add_subscribers(
        invocation.open(),
        addresses,
        name=name,
        hemisphere=hemisphere or "",
        rhythm=rhythm or "",
        topics=topics,
        tags=tags,
        confirm=confirm,
    )
    pairs = tuple(zip(addresses, additions, strict=True))
    documents = [_addition_json(addition) for _, addition in pairs]
    text = "\n".join(_format_addition(address, addition) for address, addition in pairs)
    invocation.print_result(text, documents[0] if len(pairs) == 1 else {"additions": documents})


def _format_addition(address: str, addition: Addition) -> str:
    subscriber, reason = addition.subscriber, addition.reason
    if not reason and subscriber is not None and subscriber.status == "pending":
        reason = "A message asks them to confirm; its link works for seven days."
    return f"{subscriber.address if subscriber else address}: {addition.outcome}. {reason}".strip()


def _addition_json(addition: Addition) -> dict[str, Any]:
    from newsletter.subscriptions.data_export import subscriber_document

    return {
        "outcome": addition.outcome,
        "reason": addition.reason,
        "subscriber": subscriber_document(addition.subscriber) if addition.subscriber else None,
    }


@command()
@click.argument("address")
@pass_invocation
def remove(invocation: Invocation, address: str) -> None:
    """Unsubscribe a person on your word. It counts from the next batch on."""
    from newsletter.subscriptions.subscriber_admin import remove as remove_subscriber

    changed = remove_subscriber(invocation.open(), address)
    text = f"{address} is unsubscribed." if changed else f"{address} had left already."
    document = {"email": address, "status": "unsubscribed", "changed": changed}
    invocation.print_result(text, document)


@command()
@click.argument("address")
@click.option("--undo", is_flag=True, help="Let the address sign up again.")
@pass_invocation
def suppress(invocation: Invocation, address: str, undo: bool) -> None:
    """Never write to an address again, whether it is on the list or not.

    Whoever is on the list under it is unsubscribed. No import and no sign-up brings them
    back, until you undo it with --undo.
    """
    from newsletter.subscriptions import subscriber_admin

    context = invocation.open()
    if undo:
        changed = subscriber_admin.unsuppress(context, address)
        text = f"{address} may sign up again." if changed else f"{address} was not suppressed."
    else:
        changed = subscriber_admin.suppress(context, address)
        text = (
            f"{address} will never be written to again."
            if changed
            else f"{address} was suppressed already."
        )
    document = {"email": address, "suppressed": not undo, "changed": changed}
    invocation.print_result(text, document)


@command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@pass_invocation
def erase(invocation: Invocation, address: str, yes: bool) -> None:
    """Forget a person for good: every row, message file and trace, but for a fingerprint.

    The fingerprint (an HMAC) keeps your next import from bringing them back; it tells
    nobody who they were. They may come back as somebody new, by signing up themselves.
    """
    from newsletter.errors import UsageError
    from newsletter.storage.kept_copies import describe_copies
    from newsletter.subscriptions.erase import delete_erased_copies, vacuum_erased
    from newsletter.subscriptions.erase import erase as erase_subscriber

    context = invocation.open()
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                f"Nothing was erased. Erasing {address} cannot be undone.",
                cure="Say --yes if you mean it.",
            )
        click.confirm(f"Erase {address}? This cannot be undone", abort=True, err=True)
    erased = erase_subscriber(context, address, by="author")
    vacuumed = vacuum_erased(context)
    text = f"{address} is erased." if erased.erased_anything else f"{address} was erased already."
    if erased.files:
        files = "message file" if erased.files == 1 else "message files"
        text += f" {erased.files} {files} went too."
    if not vacuumed:
        text += (
            " The database is being read just now, so its files may hold traces until the "
            "next `newsletter run` wipes them."
        )
    copies = delete_erased_copies(context)
    text = f"{text} {describe_copies(copies)}".strip()
    document = {
        "email": address,
        "erased": erased.erased_anything,
        "files": erased.files,
        "traces_wiped": vacuumed,
        "copies": [str(copy.path) for copy in copies],
    }
    invocation.print_result(text, document)


@command()
@pass_invocation
def form(invocation: Invocation) -> None:
    """Print a sign-up form for your blog: plain HTML, for any page or sidebar."""
    from newsletter.subscriptions.embed_form import blog_form

    html = blog_form(invocation.open().settings)
    invocation.print_result(html, {"html": html})


@command("process-mailbox")
@pass_invocation
def process_mailbox(invocation: Invocation) -> None:
    """Process unsubscribe requests and bounces in the [mailbox] of newsletter.toml.

    `newsletter run` does it too. Letters are never deleted: those that are done are marked
    as seen, those that name no reader in a way that counts are flagged for you.
    """
    from newsletter.delivery.mailboxes import process_mail
    from newsletter.subscriptions.unsubscribe_mailbox import MailboxResult

    mail = process_mail(invocation.open())
    mail.raise_for_error()
    parts = (
        _format_requests(mail.requests) if mail.requests else "",
        _format_bounces(mail.bounces) if mail.bounces else "",
        mail.notice,
    )
    document = mailbox_json(mail.requests or MailboxResult())
    if mail.bounces:
        document["bounces"] = bounces_json(mail.bounces)
    invocation.print_result("\n".join(filter(None, parts)), document)
    exit_with(attention=mail.flagged > 0)


def _format_requests(result: MailboxResult) -> str:
    if not result.read:
        return "No requests to unsubscribe."
    text = (
        f"{result.read} read: {result.unsubscribed} unsubscribed, {result.already} had left "
        f"already, {result.ignored} ignored."
    )
    if result.test:
        text += f" {result.test} answered a test copy, which unsubscribes nobody."
    return text + _more(has_more=result.has_more)


def _format_bounces(result: BounceResult) -> str:
    if not result.read:
        return "No bounces."
    bounces = "bounce" if result.read == 1 else "bounces"
    text = (
        f"{result.read} {bounces} read: {result.bounced} bounced, {result.complained} "
        f"complained, {result.recorded} recorded, {result.ignored} ignored."
    )
    return text + _more(has_more=result.has_more)


def _more(*, has_more: bool) -> str:
    return " There may be more: call it again." if has_more else ""


for subcommand in (
    list_subscribers,
    add,
    show,
    import_file,
    export,
    remove,
    suppress,
    erase,
    form,
    process_mailbox,
):
    subscribers.add_command(subcommand)
