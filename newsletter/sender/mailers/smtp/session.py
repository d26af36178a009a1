"""The conversation with a relay, once connected: one message a recipient.

Replies are read by RFC 5321, 4.2: 2xx took it, 4xx means later, 5xx means never. When the
answer after the message's final dot is lost, nobody can say: unknown. Where the relay
offers pipelining (RFC 2920), a message's contents and the next one's commands go in one
packet, so that a message costs one round trip.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.sender.mime.message import MessageBuilder

_REFUSED = 400  # replies from here on refuse
_NEVER = 500  # and from here on for good
_GO_ON = 354
_ENOUGH_REFUSED = 3
Reply = tuple[int, bytes]
Outcome = Literal["accepted", "refused", "not_sent", "unknown"]


class SmtpSession:
    """A connected relay. `broken` says why it can be used no more, "" while it can;
    `unwanted` that it wants no mail of ours at all.
    """

    def __init__(self, relay: smtplib.SMTP, host: str) -> None:
        self.relay = relay
        self.broken = ""
        self.unwanted = ""
        self._host = host
        self._pipelined = relay.has_extn("pipelining")
        self._took_any = False

    def deliver(
        self, builder: MessageBuilder, sender: str, recipients: Sequence[Recipient]
    ) -> list[Receipt]:
        """A receipt for each recipient, in order, as far as it came before it broke."""
        receipts: list[Receipt] = []
        opened = False
        ahead = _written(builder, recipients[0])
        for one, following in zip_longest(recipients, recipients[1:]):
            message = ahead
            # The commands for the next leave with this one: what they hold is looked at first.
            ahead = _written(builder, following) if following else b""
            if isinstance(message, MailerError):
                receipts.append(receipt(one, "refused", str(message)))
                continue
            ready = None if isinstance(ahead, MailerError) else following
            found, opened = self._one(message, sender, one, ready, opened=opened)
            receipts.append(found)
            self._took_any = self._took_any or found.outcome == "accepted"
            if not self._took_any and _all_by_policy(receipts):
                self.broken = self.unwanted = found.detail
                return [
                    receipt(each, "not_sent", found.detail) for each in recipients[: len(receipts)]
                ]
            if self.broken:
                break
        return receipts

    def _one(
        self,
        message: bytes,
        sender: str,
        one: Recipient,
        following: Recipient | None,
        *,
        opened: bool,
    ) -> tuple[Receipt, bool]:
        """One message; whether the commands for `following` are on their way with it."""
        try:
            if not opened:
                self._send(self._commands(sender, one))
            refusal = self._refusal(sender, one)
        except _SenderRefused as error:
            self.unwanted = str(error)
            return self._break(one, "not_sent", self.unwanted), False
        except (OSError, smtplib.SMTPException) as error:
            return self._break(one, "not_sent", f"{self._host} hung up: {error}"), False
        if refusal is not None:
            return self._refused(one, refusal), False
        along = self._commands(sender, following) if following else b""
        try:
            self._send(dot_stuff(message) + along)
            reply = self._reply()
        except (OSError, smtplib.SMTPException) as error:
            return self._break(one, "unknown", f"{self._host} gave no answer: {error}"), False
        if reply[0] >= _REFUSED:
            return self._refused(one, reply), bool(along)
        return receipt(one, "accepted", provider_id=_said(reply[1])), bool(along)

    def _commands(self, sender: str, one: Recipient) -> bytes:
        """What is sent ahead of a message's contents; nothing where each must be awaited."""
        if not self._pipelined:
            return b""
        return f"MAIL FROM:<{sender}>\r\nRCPT TO:<{one.address}>\r\nDATA\r\n".encode("ascii")

    def _refusal(self, sender: str, one: Recipient) -> Reply | None:
        """The first reply that refuses; None when the relay waits for the contents."""
        if not self._pipelined:
            return self._step_by_step(sender, one)
        replies = [self._reply(), self._reply(), self._reply()]
        _mind_sender(replies[0])
        refused = next((reply for reply in replies if reply[0] >= _REFUSED), None)
        if refused is None:
            return None
        if replies[2][0] == _GO_ON:
            # It wants contents for nobody: an empty message ends that (RFC 2920, 3.1).
            self._send(b".\r\n")
            self._reply()
        self._reset()
        return refused

    def _step_by_step(self, sender: str, one: Recipient) -> Reply | None:
        for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{one.address}>", "DATA"):
            self._send(f"{command}\r\n".encode("ascii"))
            reply = self._reply()
            if command.startswith("MAIL"):
                _mind_sender(reply)
            if reply[0] >= _REFUSED:
                self._reset()
                return reply
        return None

    def _reset(self) -> None:
        self._send(b"RSET\r\n")
        self._reply()

    def _refused(self, one: Recipient, reply: Reply) -> Receipt:
        code, words = reply
        if code == 421:  # noqa: PLR2004  # the relay closes the connection (RFC 5321, 3.8)
            self.broken = _said(words) or "it closes the connection"
        outcome: Outcome = "not_sent" if code < _NEVER else "refused"
        return receipt(one, outcome, f"{code} {_said(words)}")

    def _break(self, one: Recipient, outcome: Outcome, why: str) -> Receipt:
        self.broken = why
        return receipt(one, outcome, why)

    def _send(self, sent: bytes) -> None:
        if sent:
            self.relay.send(sent)

    def _reply(self) -> Reply:
        return self.relay.getreply()


class _SenderRefused(Exception):
    """The relay takes nothing from this sender, whoever it is for."""


def _mind_sender(reply: Reply) -> None:
    if reply[0] >= _NEVER:
        raise _SenderRefused(f"{reply[0]} {_said(reply[1])}")


def _written(builder: MessageBuilder, one: Recipient) -> bytes | MailerError:
    try:
        return builder.build(one)
    except MailerError as error:
        return error


def _all_by_policy(receipts: Sequence[Receipt]) -> bool:
    """Whether enough were refused, and each by a rule of the relay (RFC 3463: 5.7).

    A relay that asks for a password, or knows us not, says so of everybody.
    """
    return len(receipts) == _ENOUGH_REFUSED and all(
        one.outcome == "refused" and one.detail[4:8] == "5.7." for one in receipts
    )


def dot_stuff(message: bytes) -> bytes:
    """A message as the contents after DATA: dots at a line's start doubled, and the last dot."""
    if b"\n." in message or message.startswith(b"."):
        message = (b"." if message.startswith(b".") else b"") + message.replace(b"\n.", b"\n..")
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def receipt(
    one: Recipient, outcome: Outcome, detail: str = "", *, provider_id: str = ""
) -> Receipt:
    """The receipt for one recipient."""
    return Receipt(
        subscriber_id=one.subscriber_id, outcome=outcome, detail=detail, provider_id=provider_id
    )


def _said(words: bytes) -> str:
    return words.decode("ascii", "replace")[:200]
