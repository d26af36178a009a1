"""Talk to a relay as far as a recipient, and take it back: nothing is sent."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.smtp.connection import RelayAddress, connect
from newsletter.sender.mailers.smtp.replies import describe

_REFUSED = 400


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
