"""Any SMTP relay (Postfix, SES, Postmark …): one kept connection, one message a recipient.

Replies are read by RFC 5321, 4.2: 2xx took it, 4xx means later, 5xx means never. When
the answer after the message's final dot is lost, nobody can say: unknown.
"""

from __future__ import annotations

import smtplib
import ssl
from typing import Literal

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import Batch
from newsletter.sender.headers import mailbox
from newsletter.sender.message import FormLetter, form_letter

_REFUSED = 400  # replies from here on refuse
_NEVER = 500  # and from here on for good


class Smtp:
    """Hands messages to a relay. `timeout` in seconds for each answer."""

    name = "smtp"

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
        self._kept: smtplib.SMTP | None = None

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """One receipt for each recipient. Raises MailerError when the relay refuses us."""
        letter = form_letter(batch)
        sender = mailbox(batch.envelope.from_address, "From")[1]
        receipts: list[Receipt] = []
        for place, recipient in enumerate(batch.recipients):
            try:
                receipts.append(self._send_one(letter, sender, recipient))
            except MailerError as error:
                if not any(one.outcome in ("accepted", "unknown") for one in receipts):
                    raise
                receipts.append(_receipt(recipient, "not_sent", str(error)))
            if receipts[-1].outcome == "not_sent" and self._kept is None:
                # The relay is away: asking for each of the others would take as long again.
                rest = batch.recipients[place + 1 :]
                receipts += [_receipt(one, "not_sent", receipts[-1].detail) for one in rest]
                break
        return tuple(receipts)

    def close(self) -> None:
        """Says goodbye to the relay."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _send_one(self, letter: FormLetter, sender: str, one: Recipient) -> Receipt:
        try:
            message = letter.message(one)
        except MailerError as error:
            return _receipt(one, "refused", str(error))
        try:
            relay = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _receipt(one, "not_sent", f"{self._host} cannot be reached: {error}")
        try:
            code, words = relay.mail(sender)
            if code < _REFUSED:
                code, words = relay.rcpt(one.address)
            if code >= _REFUSED:
                relay.rset()
                return _refused(one, code, words)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _receipt(one, "not_sent", f"{self._host} hung up: {error}")
        return self._data(relay, one, message)

    def _data(self, relay: smtplib.SMTP, one: Recipient, message: bytes) -> Receipt:
        try:
            code, words = relay.data(message)
        except smtplib.SMTPDataError as error:
            # The relay did not even want to hear the message.
            return _refused(one, error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _receipt(one, "unknown", f"{self._host} gave no answer: {error}")
        if code >= _REFUSED:
            return _refused(one, code, words)
        return _receipt(one, "accepted", provider_id=_said(words))

    def _connected(self) -> smtplib.SMTP:
        if self._kept is not None:
            return self._kept
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
        except ssl.SSLCertVerificationError as error:
            relay.close()
            raise MailerError(
                f"{self._host} showed a certificate that does not hold: {error.verify_message}.",
                cure="Name the relay as its certificate does, or mend the certificate.",
            ) from error
        except BaseException:
            relay.close()
            raise
        self._kept = relay
        return relay


def _refused(one: Recipient, code: int, words: bytes | str) -> Receipt:
    return _receipt(one, "not_sent" if code < _NEVER else "refused", f"{code} {_said(words)}")


def _said(words: bytes | str) -> str:
    return (words.decode("ascii", "replace") if isinstance(words, bytes) else words)[:200]


def _receipt(
    one: Recipient,
    outcome: Literal["accepted", "refused", "not_sent", "unknown"],
    detail: str = "",
    *,
    provider_id: str = "",
) -> Receipt:
    return Receipt(
        subscriber_id=one.subscriber_id, outcome=outcome, detail=detail, provider_id=provider_id
    )
