"""`subscribers process-mailbox`: who asked by mail to be let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.cli.invocation import Invocation, command, exit_with, pass_invocation

if TYPE_CHECKING:
    from newsletter.subscriptions.unsubscribe_mailbox import Taken


@command("process-mailbox")
@pass_invocation
def process_mailbox(frame: Invocation) -> None:
    """Unsubscribe whoever asked by mail, where newsletter.toml has a [mailbox].

    `newsletter run` does it too. Letters are never deleted: those that are done are marked
    as seen, those that name no reader in a way that counts are flagged for you.
    """
    from newsletter.subscriptions.unsubscribe_mailbox import take_requests, told

    taken = take_requests(frame.open())
    frame.result("\n".join(filter(None, (_text(taken), told(taken)))), mailbox_json(taken))
    exit_with(3 if taken.ignored else 0)


def mailbox_json(taken: Taken) -> dict[str, Any]:
    return {
        "read": taken.read,
        "unsubscribed": taken.unsubscribed,
        "already": taken.already,
        "test": taken.test,
        "ignored": taken.ignored,
        "automatic": taken.automatic,
        "forged": taken.forged,
        "without_token": taken.without_token,
        "more": taken.more,
        "error": taken.trouble or None,
    }


def _text(taken: Taken) -> str:
    if not taken.read:
        return "No requests to unsubscribe."
    text = (
        f"{taken.read} read: {taken.unsubscribed} unsubscribed, {taken.already} had left already, "
        f"{taken.ignored} ignored."
    )
    if taken.test:
        text += f" {taken.test} answered a test copy, which unsubscribes nobody."
    if taken.more:
        text += " There may be more: call it again."
    return text
