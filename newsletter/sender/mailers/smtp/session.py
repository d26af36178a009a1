"""An SMTP session: one message for each recipient over one connection.

Replies are classified by RFC 5321, 4.2: 2xx is accepted, 4xx is not_sent (try later), 5xx is
refused. If the reply after the message's final dot is lost, the outcome is unknown.

If the relay offers PIPELINING (RFC 2920), a message and the commands for the next one are sent
together, so that a message costs one round trip.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from itertools import zip_longest

from newsletter.errors import MailerError
from newsletter.models import Receipt, ReceiptOutcome, Recipient
from newsletter.sender.batch import EnvelopeSender
from newsletter.sender.mime.message import MessageBuilder
from newsletter.sender.receipts import receipt_for_each

_TRANSIENT = 400  # 4xx: the relay refuses for now
_PERMANENT = 500  # 5xx: the relay refuses for good
_START_MAIL_INPUT = 354
_CLOSING = 421  # the relay closes the connection (RFC 5321, 3.8)
_POLICY_REFUSALS = 3
Reply = tuple[int, bytes]


class SmtpSession:
    """A session on a connected relay."""

    def __init__(self, relay: smtplib.SMTP, host: str) -> None:
        self.relay = relay
        #: Why the connection cannot be used any more, "" while it can.
        self.broken = ""
        #: Why the relay takes no message of ours at all, "" while it may.
        self.refusal = ""
        self._host = host
        self._is_pipelined = relay.has_extn("pipelining")
        self._has_accepted = False

    def deliver(
        self, builder: MessageBuilder, sender: EnvelopeSender, recipients: Sequence[Recipient]
    ) -> list[Receipt]:
        """Send to one recipient after the other until all are done or the connection breaks.

        Return a receipt for each recipient that was reached, in order.
        """
        receipts: list[Receipt] = []
        # Whether the commands for the current recipient were sent with the last message.
        is_begun = False
        next_message = _build(builder, recipients[0])
        for recipient, following in zip_longest(recipients, recipients[1:]):
            message = next_message
            # The commands for the next recipient leave together with this message, so the next
            # message must be known to be valid before.
            next_message = _build(builder, following) if following else b""
            if isinstance(message, MailerError):
                receipts.append(_receipt(recipient, "refused", str(message)))
                continue
            pipelined = None if isinstance(next_message, MailerError) else following
            receipt, is_begun = self._send_message(
                message, sender, recipient, pipelined, is_begun=is_begun
            )
            receipts.append(receipt)
            self._has_accepted = self._has_accepted or receipt.outcome == "accepted"
            if not self._has_accepted and _are_policy_refusals(receipts):
                self.broken = self.refusal = receipt.detail
                return list(
                    receipt_for_each(recipients[: len(receipts)], "not_sent", receipt.detail)
                )
            if self.broken:
                break
        return receipts

    def _send_message(
        self,
        message: bytes,
        sender: EnvelopeSender,
        recipient: Recipient,
        following: Recipient | None,
        *,
        is_begun: bool,
    ) -> tuple[Receipt, bool]:
        """Send one message; return whether the commands for `following` were sent with it."""
        try:
            if not is_begun:
                self._write(self._commands(sender, recipient))
            refusal = self._read_refusal(sender, recipient)
        except _SenderRefused as error:
            self.refusal = str(error)
            return self._break(recipient, "not_sent", self.refusal), False
        except (OSError, smtplib.SMTPException) as error:
            return self._break(recipient, "not_sent", f"{self._host} hung up: {error}"), False
        if refusal is not None:
            return self._receipt_for_refusal(recipient, refusal), False
        next_commands = self._commands(sender, following) if following else b""
        try:
            self._write(dot_stuff(message) + next_commands)
            reply = self.relay.getreply()
        except (OSError, smtplib.SMTPException) as error:
            # The relay may have taken the message before the connection broke.
            reason = f"{self._host} gave no answer: {error}"
            return self._break(recipient, "unknown", reason), False
        if reply[0] >= _TRANSIENT:
            return self._receipt_for_refusal(recipient, reply), bool(next_commands)
        accepted = _receipt(recipient, "accepted", provider_id=_text(reply[1]))
        return accepted, bool(next_commands)

    def _commands(self, sender: EnvelopeSender, recipient: Recipient) -> bytes:
        """Return the commands before a message, or nothing without pipelining."""
        if not self._is_pipelined:
            return b""
        return "".join(f"{line}\r\n" for line in _envelope(sender, recipient)).encode("ascii")

    def _read_refusal(self, sender: EnvelopeSender, recipient: Recipient) -> Reply | None:
        """Return the first reply that refuses, or None once the relay waits for the message."""
        if not self._is_pipelined:
            return self._send_commands(sender, recipient)
        replies = [self.relay.getreply(), self.relay.getreply(), self.relay.getreply()]
        _require_sender_accepted(replies[0])
        refusal = next((reply for reply in replies if reply[0] >= _TRANSIENT), None)
        if refusal is None:
            return None
        if replies[2][0] == _START_MAIL_INPUT:
            # DATA was accepted without a recipient: an empty message ends it (RFC 2920, 3.1).
            self._write(b".\r\n")
            self.relay.getreply()
        self._reset()
        return refusal

    def _send_commands(self, sender: EnvelopeSender, recipient: Recipient) -> Reply | None:
        for command in _envelope(sender, recipient):
            self._write(f"{command}\r\n".encode("ascii"))
            reply = self.relay.getreply()
            if command.startswith("MAIL"):
                _require_sender_accepted(reply)
            if reply[0] >= _TRANSIENT:
                self._reset()
                return reply
        return None

    def _reset(self) -> None:
        self._write(b"RSET\r\n")
        self.relay.getreply()

    def _receipt_for_refusal(self, recipient: Recipient, reply: Reply) -> Receipt:
        code, words = reply
        if code == _CLOSING:
            self.broken = _text(words) or "it closes the connection"
        outcome: ReceiptOutcome = "not_sent" if code < _PERMANENT else "refused"
        return _receipt(recipient, outcome, f"{code} {_text(words)}")

    def _break(self, recipient: Recipient, outcome: ReceiptOutcome, reason: str) -> Receipt:
        self.broken = reason
        return _receipt(recipient, outcome, reason)

    def _write(self, octets: bytes) -> None:
        if octets:
            self.relay.send(octets)


def _envelope(sender: EnvelopeSender, recipient: Recipient) -> tuple[str, str, str]:
    """Return the commands before a message."""
    return_path = sender(recipient.subscriber_id)
    return f"MAIL FROM:<{return_path}>", f"RCPT TO:<{recipient.address}>", "DATA"


class _SenderRefused(Exception):
    """The relay takes nothing from this sender, for any recipient."""


def _require_sender_accepted(reply: Reply) -> None:
    if reply[0] >= _PERMANENT:
        raise _SenderRefused(f"{reply[0]} {_text(reply[1])}")


def _build(builder: MessageBuilder, recipient: Recipient) -> bytes | MailerError:
    try:
        return builder.build(recipient)
    except MailerError as error:
        return error


def _are_policy_refusals(receipts: Sequence[Receipt]) -> bool:
    """Whether the first few recipients were all refused by policy (RFC 3463: 5.7.x).

    A relay that wants a password, or does not know this host, says so of every recipient: that
    is our fault, and must not be recorded as theirs.
    """
    return len(receipts) == _POLICY_REFUSALS and all(
        receipt.outcome == "refused" and receipt.detail[4:8] == "5.7." for receipt in receipts
    )


def dot_stuff(message: bytes) -> bytes:
    """Return a message as DATA wants it (RFC 5321, 4.5.2): leading dots doubled, a final dot."""
    if b"\n." in message or message.startswith(b"."):
        message = (b"." if message.startswith(b".") else b"") + message.replace(b"\n.", b"\n..")
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def _receipt(
    recipient: Recipient, outcome: ReceiptOutcome, detail: str = "", *, provider_id: str = ""
) -> Receipt:
    return Receipt(
        subscriber_id=recipient.subscriber_id,
        outcome=outcome,
        detail=detail,
        provider_id=provider_id,
    )


def _text(words: bytes) -> str:
    return words.decode("ascii", "replace")[:200]
