"""The SMTP mailer: a persistent connection to the relay for each thread."""

from __future__ import annotations

import smtplib
import ssl
import threading
from contextlib import suppress
from typing import Literal

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.sender.batch import Batch, EnvelopeSender
from newsletter.sender.mailers.keep_alive import has_unread_input
from newsletter.sender.mailers.smtp.session import SmtpSession
from newsletter.sender.mime.headers import parse_mailbox
from newsletter.sender.mime.message import message_builder
from newsletter.sender.receipts import may_have_arrived, receipt_for_each


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
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._timeout = timeout
        self._of_thread = threading.local()
        self._all: set[smtplib.SMTP] = set()

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Return one receipt for each recipient. Raise MailerError if the relay refuses us."""
        builder = message_builder(batch)
        sender = batch.envelope_sender or _same_sender(batch)
        receipts: list[Receipt] = []
        while len(receipts) < len(batch.recipients):
            rest = batch.recipients[len(receipts) :]
            try:
                session = self._open_session()
            except MailerError as error:
                if not may_have_arrived(receipts):
                    raise
                return (*receipts, *receipt_for_each(rest, "not_sent", str(error)))
            except (OSError, smtplib.SMTPException) as error:
                # The relay is down: a connection for each of the others would take as long.
                reason = f"{self._host} cannot be reached: {error}"
                return (*receipts, *receipt_for_each(rest, "not_sent", reason))
            sent = session.deliver(builder, sender, rest)
            if session.refusal and not receipts and not may_have_arrived(sent):
                self._discard(session)
                raise MailerError(
                    f"{self._host} takes no mail from us: {session.refusal}.",
                    cure="Check [sender.smtp], NEWSLETTER_SMTP_PASSWORD and `from`.",
                )
            receipts += sent
            if session.broken:
                self._discard(session)
                if sent and sent[-1].outcome == "not_sent":
                    rest = batch.recipients[len(receipts) :]
                    return (*receipts, *receipt_for_each(rest, "not_sent", session.broken))
        return tuple(receipts)

    def close(self) -> None:
        """Send QUIT and close all connections; `send` connects again."""
        for relay in tuple(self._all):
            with suppress(OSError, smtplib.SMTPException):
                relay.quit()
            relay.close()
        self._all.clear()
        self._of_thread = threading.local()

    def _discard(self, session: SmtpSession) -> None:
        session.relay.close()
        self._all.discard(session.relay)
        self._of_thread.session = None

    def _open_session(self) -> SmtpSession:
        session: SmtpSession | None = getattr(self._of_thread, "session", None)
        if session is not None and session.relay.sock is not None:
            # A relay that sends a reply unasked has closed the connection, or is about to.
            if not has_unread_input(session.relay.sock):
                return session
            self._discard(session)
        session = self._of_thread.session = SmtpSession(self._connect(), self._host)
        return session

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._security == "tls":
            relay: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=context
            )
        else:
            relay = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._security == "starttls":
                relay.starttls(context=context)
            relay.ehlo_or_helo_if_needed()
            if self._username:
                relay.login(self._username, self._password)
        except smtplib.SMTPAuthenticationError as error:
            relay.close()
            raise MailerError(
                f"{self._host} does not accept the user name or password.",
                cure="Check [sender.smtp] username and NEWSLETTER_SMTP_PASSWORD.",
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            relay.close()
            raise MailerError(
                f"{self._host} does not offer what [sender.smtp] asks for: {error}",
                cure="Check security and username there, and that the port is the right one.",
            ) from error
        except ssl.SSLCertVerificationError as error:
            relay.close()
            raise MailerError(
                f"{self._host} showed a certificate that does not hold: {error.verify_message}.",
                cure="Name the relay as its certificate does, or have the certificate corrected.",
            ) from error
        except BaseException:
            relay.close()
            raise
        self._all.add(relay)
        return relay


def _same_sender(batch: Batch) -> EnvelopeSender:
    """Return the envelope sender that all recipients of the batch share."""
    envelope = batch.envelope
    sender = envelope.return_path or parse_mailbox(envelope.from_address, "From")[1]
    return lambda _subscriber_id: sender
