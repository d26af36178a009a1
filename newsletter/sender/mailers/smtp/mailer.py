"""The SMTP mailer: a persistent connection to the relay for each thread.

A rehearsal talks to the relay as far as a recipient, and takes it back: nothing is sent.
"""

from __future__ import annotations

import smtplib
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.sender.batch import Batch, EnvelopeSender, may_have_arrived, receipt_for_each
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.keep_alive import has_unread_input
from newsletter.sender.mailers.smtp.attempt import BatchAttempt
from newsletter.sender.mailers.smtp.connection import RelayAddress, connect
from newsletter.sender.mailers.smtp.replies import describe
from newsletter.sender.mailers.smtp.session import SmtpSession
from newsletter.sender.mime.headers import parse_mailbox
from newsletter.sender.mime.message import MessageBuilder, message_builder
from newsletter.sender.refusals import AcceptedDomains

# Connections in a row that ended without an answer about anybody. After two of them the
# recipient is passed over, since it may be their address that ends the connection. After one
# more the relay is left alone for now.
_PASS_OVER_AFTER = 2
_GIVE_UP_AFTER = 3
_REFUSED = 400


class Smtp:
    """Send messages to a relay; `timeout` is in seconds for each reply."""

    name = "smtp"
    connections = 4

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Literal["starttls", "tls", "none"],
        username: str = "",
        password: str = "",
        batch_size: int = 100,
        timeout: float = 30,
    ) -> None:
        self.batch_size = batch_size
        self._relay = RelayAddress(
            host=host,
            port=port,
            security=security,
            username=username,
            password=password,
            timeout=timeout,
        )
        self._accepted = AcceptedDomains()
        self._of_thread = threading.local()
        self._all: set[smtplib.SMTP] = set()

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Return one receipt for each recipient, in the order in which they were asked.

        Raise MailerError if the relay cannot be used, and only if nothing was sent.
        """
        attempt: BatchAttempt | None = None
        try:
            _require_own_links(batch)
            builder = message_builder(batch)
            sender = batch.envelope_sender or _same_sender(batch)
            attempt = BatchAttempt(batch.recipients, self._accepted)
            return attempt.finish(self._send_all(builder, sender, attempt))
        except Exception as error:
            receipts = self._abandon(attempt, str(error)) if attempt is not None else ()
            if may_have_arrived(receipts):
                return receipts
            if isinstance(error, MailerError):
                raise
            raise MailerError(
                f"No mail could be handed to {self._relay.host}: "
                f"{type(error).__name__}: {error}. Nothing was sent.",
                cure="Check [sender.smtp] and NEWSLETTER_SMTP_PASSWORD.",
            ) from error

    def close(self) -> None:
        """Send QUIT and close all connections; `send` connects again."""
        for client in tuple(self._all):
            with suppress(OSError):
                client.quit()
            client.close()
        self._all.clear()
        self._of_thread = threading.local()

    def _send_all(
        self, builder: MessageBuilder, sender: EnvelopeSender, attempt: BatchAttempt
    ) -> str:
        """Send over one connection after the other; return why some were not asked, or ""."""
        fruitless = 0
        while attempt:
            answered = len(attempt.receipts)
            try:
                session = self._open_session()
            except NotNow as error:
                # A connection for each of the others would take as long.
                return str(error)
            session.deliver(builder, sender, attempt)
            if session.ended:
                self._discard(session)
            if len(attempt.receipts) > answered:
                fruitless = 0
                continue
            fruitless += 1
            if fruitless >= _GIVE_UP_AFTER:
                return session.ended
            if fruitless >= _PASS_OVER_AFTER:
                attempt.pass_over(session.ended)
        return attempt.receipts[-1].detail if attempt.is_stopped else ""

    def _abandon(self, attempt: BatchAttempt, why: str) -> tuple[Receipt, ...]:
        """Hang up after an error; only a message that was on its way is in doubt."""
        session: SmtpSession | None = getattr(self._of_thread, "session", None)
        if session is not None:
            if session.in_doubt is not None:
                attempt.add(
                    session.in_doubt, receipt_for_each([session.in_doubt], "unknown", why)[0]
                )
            self._discard(session)
        return attempt.finish(why)

    def _open_session(self) -> SmtpSession:
        session: SmtpSession | None = getattr(self._of_thread, "session", None)
        if session is not None:
            # A relay that sends a reply unasked has closed the connection, or is about to.
            if session.client.sock is not None and not has_unread_input(session.client.sock):
                return session
            self._discard(session)
        client = connect(self._relay)
        self._all.add(client)
        session = self._of_thread.session = SmtpSession(client, self._relay.host)
        return session

    def _discard(self, session: SmtpSession) -> None:
        session.client.close()
        self._all.discard(session.client)
        self._of_thread.session = None


def _require_own_links(batch: Batch) -> None:
    """Raise MailerError for messages whose unsubscribe link only SendGrid could write."""
    if batch.recipients and merge.UNSUBSCRIBE["sendgrid"] in dict(batch.recipients[0].fields):
        raise MailerError(
            "These messages have SendGrid's unsubscribe link, which no other server writes.",
            cure='Set mailer = "sendgrid" under [sender] again.',
        )


def _same_sender(batch: Batch) -> EnvelopeSender:
    """Return the envelope sender that all recipients of the batch share."""
    envelope = batch.envelope
    sender = envelope.return_path or parse_mailbox(envelope.from_address, "From")[1]
    return lambda _subscriber_id: sender


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeReply:
    """What a relay says to an envelope."""

    #: The command that it refused, "" if it takes the envelope.
    refused: Literal["", "MAIL FROM", "RCPT TO"] = ""
    #: Its words, where it refused.
    words: str = ""
    #: How the connection is secured, such as `TLSv1.3`; "" for not at all.
    tls: str = ""


def rehearse_envelope(relay: RelayAddress, *, sender: str, recipient: str) -> EnvelopeReply:
    """Connect, log in and give the envelope of a message, without its contents (no DATA).

    RSET takes it back (RFC 5321, 4.1.1.5). Raise NotNow or MailerError if no envelope can be
    given.
    """
    client = connect(relay)
    try:
        version = getattr(client.sock, "version", None)
        tls = str(version() or "") if version is not None else ""
        code, words = client.docmd(f"MAIL FROM:<{sender}>")
        if code >= _REFUSED:
            return EnvelopeReply(refused="MAIL FROM", words=describe(code, words), tls=tls)
        code, words = client.docmd(f"RCPT TO:<{recipient}>")
        if code >= _REFUSED:
            return EnvelopeReply(refused="RCPT TO", words=describe(code, words), tls=tls)
        return EnvelopeReply(tls=tls)
    except (OSError, smtplib.SMTPException) as error:
        raise NotNow(f"{relay.host} hung up in the midst of the envelope: {error}") from error
    finally:
        with suppress(OSError):
            client.rset()
            client.quit()
        client.close()
