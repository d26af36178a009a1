"""Any SMTP relay (Postfix, SES, Postmark …): a kept connection for each thread."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.sender.batch import Batch
from newsletter.sender.mailers.keep_alive import readable
from newsletter.sender.mailers.smtp.session import SmtpSession, receipt
from newsletter.sender.mime.headers import parse_mailbox
from newsletter.sender.mime.message import message_builder


class Smtp:
    """Hands messages to a relay. `timeout` in seconds for each answer."""

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
        """One receipt for each recipient. Raises MailerError when the relay refuses us."""
        builder = message_builder(batch)
        sender = parse_mailbox(batch.envelope.from_address, "From")[1]
        receipts: list[Receipt] = []
        while len(receipts) < len(batch.recipients):
            rest = batch.recipients[len(receipts) :]
            try:
                talk = self._connected()
            except MailerError as error:
                if not _touched(receipts):
                    raise
                return (*receipts, *(receipt(one, "not_sent", str(error)) for one in rest))
            except (OSError, smtplib.SMTPException) as error:
                # The relay is away: asking for each of the others would take as long again.
                why = f"{self._host} cannot be reached: {error}"
                return (*receipts, *(receipt(one, "not_sent", why) for one in rest))
            found = talk.deliver(builder, sender, rest)
            if talk.unwanted and not receipts and not _touched(found):
                self._drop(talk)
                raise MailerError(
                    f"{self._host} takes no mail from us: {talk.unwanted}.",
                    cure="Check [sender.smtp], NEWSLETTER_SMTP_PASSWORD and `from`.",
                )
            receipts += found
            if talk.broken:
                self._drop(talk)
                if found and found[-1].outcome == "not_sent":
                    left = batch.recipients[len(receipts) :]
                    return (*receipts, *(receipt(one, "not_sent", talk.broken) for one in left))
        return tuple(receipts)

    def close(self) -> None:
        """Says goodbye to the relay; sending again connects anew."""
        for relay in tuple(self._all):
            with suppress(OSError, smtplib.SMTPException):
                relay.quit()
            relay.close()
        self._all.clear()
        self._of_thread = threading.local()

    def _drop(self, talk: SmtpSession) -> None:
        talk.relay.close()
        self._all.discard(talk.relay)
        self._of_thread.talk = None

    def _connected(self) -> SmtpSession:
        kept: SmtpSession | None = getattr(self._of_thread, "talk", None)
        if kept is not None and kept.relay.sock is not None:
            # A relay that speaks unasked has hung up, or is about to.
            if not readable(kept.relay.sock):
                return kept
            self._drop(kept)
        talk = self._of_thread.talk = SmtpSession(self._connect(), self._host)
        return talk

    def _connect(self) -> smtplib.SMTP:
        secure = ssl.create_default_context()
        if self._security == "tls":
            relay: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=secure
            )
        else:
            relay = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._security == "starttls":
                relay.starttls(context=secure)
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
                cure="Name the relay as its certificate does, or mend the certificate.",
            ) from error
        except BaseException:
            relay.close()
            raise
        self._all.add(relay)
        return relay


def _touched(receipts: Sequence[Receipt]) -> bool:
    return any(one.outcome in ("accepted", "unknown") for one in receipts)
