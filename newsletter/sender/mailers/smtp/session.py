"""An SMTP session: one message for each recipient over one connection.

Replies of 2yz are an acceptance; others are classified in replies.py. If the reply after the
message's final dot is lost, the outcome is unknown. Whatever fails before the first byte of a
message has left was not sent. smtplib's errors are OSErrors too.

If the relay offers PIPELINING (RFC 2920), a message and the commands for the next one are sent
together, so that a message costs one round trip.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from typing import Literal

from newsletter.errors import MailerError
from newsletter.models import Fault, Receipt, ReceiptOutcome, Recipient
from newsletter.sender.batch import EnvelopeSender
from newsletter.sender.mailers.smtp.attempt import BatchAttempt
from newsletter.sender.mailers.smtp.replies import (
    CLOSING,
    PERMANENT,
    classify,
    decode,
    describe,
    one_line,
)
from newsletter.sender.mailers.smtp.reply_words import Phase
from newsletter.sender.mime.message import MessageBuilder

_TRANSIENT = 400  # 4yz and 5yz: the relay refuses
_START_MAIL_INPUT = 354
_PHASES: tuple[Phase, ...] = ("mail", "rcpt", "data")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A reply that refuses, and the command that it answers."""

    phase: Phase
    code: int
    words: bytes


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A recipient and the message for them."""

    recipient: Recipient
    message: bytes


class SmtpSession:
    """A session on a connected relay."""

    def __init__(self, client: smtplib.SMTP, host: str) -> None:
        self.client = client
        #: Why the connection cannot be used any more, "" while it can.
        self.ended = ""
        #: The recipient whose message left and whose outcome is not noted yet, if there is one.
        self.in_doubt: Recipient | None = None
        self._host = host
        self._is_pipelined = client.has_extn("pipelining")

    def deliver(
        self, builder: MessageBuilder, sender: EnvelopeSender, attempt: BatchAttempt
    ) -> None:
        """Send to one recipient after the other, until all are done or the session ends.

        A recipient for whom the session ended without an answer waits in `attempt` again.
        """
        # Whether the commands for the current recipient were sent with the last message.
        is_begun = False
        current: _Prepared | None = None
        following: _Prepared | None = None
        try:
            current = _prepare(builder, attempt)
            while current is not None:
                # The commands for the next recipient leave together with this message, so the
                # next message must be known to be valid before.
                following = _prepare(builder, attempt)
                receipt, is_begun = self._send_message(
                    current, sender, following, is_begun=is_begun
                )
                if receipt is None:
                    break
                attempt.add(current.recipient, receipt)
                self.in_doubt = None
                current, following = following, None
                if self.ended or attempt.is_stopped:
                    break
        finally:
            for waiting in (following, current):
                if waiting is not None and waiting.recipient is not self.in_doubt:
                    attempt.put_back(waiting.recipient)
            if is_begun and not self.ended:
                # The relay waits for a message that does not come: only hanging up ends that.
                self.ended = "the next message was not sent"

    def _send_message(
        self,
        current: _Prepared,
        sender: EnvelopeSender,
        following: _Prepared | None,
        *,
        is_begun: bool,
    ) -> tuple[Receipt | None, bool]:
        """Send one message; return whether the commands for `following` were sent with it.

        The receipt is None if the session ended before an answer about this recipient.
        """
        recipient = current.recipient
        try:
            if not is_begun:
                self._write(self._commands(sender, recipient))
            refusal = self._read_refusal(sender, recipient)
        except OSError as error:
            self.ended = f"{self._host} hung up: {error}"
            return None, False
        if refusal is not None:
            return self._refusal_receipt(recipient, refusal), False
        contents = dot_stuff(current.message)
        commands = self._commands(sender, following.recipient) if following else b""
        if self.client.sock is None:
            self.ended = f"{self._host} hung up"
            return None, False
        try:
            self.in_doubt = recipient
            self.client.sock.sendall(contents + commands)
            code, words = self.client.getreply()
        except OSError as error:
            # The relay may have taken the message before the connection broke.
            self.ended = f"{self._host} gave no answer: {error}"
            return _receipt(recipient, "unknown", self.ended), False
        if code >= _TRANSIENT:
            return self._refusal_receipt(recipient, _Refusal("dot", code, words)), bool(commands)
        accepted = _receipt(recipient, "accepted", provider_id=one_line(words))
        return accepted, bool(commands)

    def _commands(self, sender: EnvelopeSender, recipient: Recipient) -> bytes:
        """Return the commands before a message, or nothing without pipelining."""
        if not self._is_pipelined:
            return b""
        return "".join(f"{line}\r\n" for line in _envelope(sender, recipient)).encode("ascii")

    def _read_refusal(self, sender: EnvelopeSender, recipient: Recipient) -> _Refusal | None:
        """Return the first reply that refuses, or None once the relay waits for the message."""
        if not self._is_pipelined:
            return self._send_commands(sender, recipient)
        refusal: _Refusal | None = None
        code = 0
        for phase in _PHASES:
            try:
                code, words = self.client.getreply()
            except OSError as error:
                if refusal is None:
                    raise
                self.ended = f"{self._host} hung up: {error}"
                return refusal
            if code >= _TRANSIENT and refusal is None:
                refusal = _Refusal(phase, code, words)
            if code == CLOSING:
                return refusal
        if refusal is None:
            return None
        self._reset(is_open=code == _START_MAIL_INPUT)
        return refusal

    def _send_commands(self, sender: EnvelopeSender, recipient: Recipient) -> _Refusal | None:
        for phase, command in zip(_PHASES, _envelope(sender, recipient), strict=True):
            self._write(f"{command}\r\n".encode("ascii"))
            code, words = self.client.getreply()
            if code >= _TRANSIENT:
                if code != CLOSING:
                    self._reset()
                return _Refusal(phase, code, words)
        return None

    def _reset(self, *, is_open: bool = False) -> None:
        """Take the commands back; the refusal that was read counts even if that fails."""
        try:
            if is_open:
                # DATA was accepted without a recipient: an empty message ends it (RFC 2920, 3.1).
                self._write(b".\r\n")
                self.client.getreply()
            self._write(b"RSET\r\n")
            self.client.getreply()
        except OSError as error:
            self.ended = f"{self._host} hung up: {error}"

    def _refusal_receipt(self, recipient: Recipient, refusal: _Refusal) -> Receipt | None:
        """Return the receipt for a refusal, None if it is about this session only."""
        code = refusal.code
        fault = classify(refusal.phase, code, decode(refusal.words))
        detail = describe(code, refusal.words)
        if code == CLOSING or fault == "session":
            self.ended = self.ended or detail
        if fault == "session":
            return None
        outcome: ReceiptOutcome = "not_sent"
        if fault in ("reader_gone", "reader_refuses"):
            if code >= PERMANENT:
                outcome = "refused"
            else:
                fault = "reader_later"
        return _receipt(recipient, outcome, detail, fault=fault)

    def _write(self, octets: bytes) -> None:
        if octets:
            self.client.send(octets)


def _prepare(builder: MessageBuilder, attempt: BatchAttempt) -> _Prepared | None:
    """Return the next recipient for whom a message can be written; refuse the others."""
    while (recipient := attempt.next()) is not None:
        try:
            return _Prepared(recipient, builder.build(recipient))
        except MailerError as error:
            attempt.add(recipient, _receipt(recipient, "refused", str(error)))
        except BaseException:
            attempt.put_back(recipient)
            raise
    return None


def _envelope(sender: EnvelopeSender, recipient: Recipient) -> tuple[str, str, str]:
    """Return the commands before a message."""
    return_path = sender(recipient.subscriber_id)
    return f"MAIL FROM:<{return_path}>", f"RCPT TO:<{recipient.address}>", "DATA"


def dot_stuff(message: bytes) -> bytes:
    """Return a message as DATA wants it (RFC 5321, 4.5.2): leading dots doubled, a final dot."""
    if b"\n." in message or message.startswith(b"."):
        message = (b"." if message.startswith(b".") else b"") + message.replace(b"\n.", b"\n..")
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def _receipt(
    recipient: Recipient,
    outcome: ReceiptOutcome,
    detail: str = "",
    *,
    provider_id: str = "",
    fault: Fault | Literal[""] = "",
) -> Receipt:
    return Receipt(
        subscriber_id=recipient.subscriber_id,
        outcome=outcome,
        detail=detail,
        provider_id=provider_id,
        fault=fault,
    )
