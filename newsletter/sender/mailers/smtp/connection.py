"""Connect to a relay: TCP, TLS, EHLO and login, and every failure in a sentence with its cure.

Nothing of a message has left this machine here. A failure that a later try may change raises
NotNow; one that the author has to mend raises MailerError. smtplib's errors are OSErrors too.
"""

from __future__ import annotations

import hmac
import re
import smtplib
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Literal

from newsletter.errors import MailerError
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.smtp.replies import classify, decode, describe
from newsletter.sender.mailers.smtp.reply_words import Phase

_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?\.?")
# What OpenSSL says where the other side answers in plain text.
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_TLS_PORT = 465  # TLS from the start (RFC 8314, 3.3)
_CHECK_LOGIN = "Check [sender.smtp] username and NEWSLETTER_SMTP_PASSWORD."
_LOGGED_IN = (235, 503)  # 503: already logged in
_CONTINUE = 334
Reply = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayAddress:
    """Where the relay is, and how to log in there."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str = ""
    password: str = field(default="", repr=False)
    #: Seconds for each reply.
    timeout: float = 30


def connect(relay: RelayAddress) -> smtplib.SMTP:
    """Return a connection that is ready for MAIL FROM. Raise NotNow or MailerError."""
    host = _ascii_host(relay.host)
    try:
        # Reading the certificate authorities takes a tenth of a second.
        context = ssl.create_default_context() if relay.security != "none" else None
        if relay.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                host, relay.port, "localhost", timeout=relay.timeout, context=context
            )
        else:
            client = smtplib.SMTP(host, relay.port, "localhost", timeout=relay.timeout)
    except smtplib.SMTPResponseException as error:
        raise _refusal_error(relay, "connect", error) from error
    except OSError as error:
        raise _unreachable(relay, error) from error
    try:
        if client.sock is not None:
            client.local_hostname = own_name(socket.getfqdn(), client.sock.getsockname()[0])
        if relay.security == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        if relay.username:
            log_in(client, relay.host, relay.username, relay.password)
    except BaseException as error:
        client.close()
        if isinstance(error, OSError):
            raise _explain(relay, error) from error
        raise
    return client


def _explain(relay: RelayAddress, error: OSError) -> Exception:
    """Return the error to raise for one after the greeting."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _refusal_error(relay, "auth", error)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal_error(relay, "ehlo", error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailerError(
            f"{relay.host} does not offer what [sender.smtp] asks for: {error}",
            cure="Check security and username there, and that the port is the right one.",
        )
    return _unreachable(relay, error)


def _refusal_error(
    relay: RelayAddress, phase: Phase, error: smtplib.SMTPResponseException
) -> MailerError | NotNow:
    """Return the error for a reply of 4yz or 5yz, or for a greeting that is no reply."""
    raw: bytes | str = error.smtp_error
    words = raw.encode() if isinstance(raw, str) else raw
    if error.smtp_code < 400:  # noqa: PLR2004 (not a refusal)
        return NotNow(f"{relay.host} does not speak SMTP on port {relay.port}")
    reply = describe(error.smtp_code, words)
    fault = classify(phase, error.smtp_code, decode(words))
    if fault not in ("account", "message"):
        return NotNow(f"{relay.host} asks to come later: {reply}")
    if phase == "auth":
        message = f"{relay.host} does not accept the user name or password: {reply}."
        return MailerError(message, cure=_CHECK_LOGIN, words=reply)
    return MailerError(
        f"{relay.host} takes no mail from us: {reply}.",
        cure="Check [sender.smtp], NEWSLETTER_SMTP_PASSWORD and `from`.",
        words=reply,
    )


def _unreachable(relay: RelayAddress, error: OSError) -> MailerError | NotNow:
    """Return the error for a connection that came to nothing."""
    host = relay.host
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailerError(
            f"{host} showed a certificate that does not hold: {error.verify_message}.",
            cure="Name the relay as its certificate does, or have the certificate corrected. "
            "For a certificate authority of your own set SSL_CERT_FILE to its file.",
        )
    if isinstance(error, ssl.SSLError) and error.reason in _NO_TLS:
        return MailerError(
            f"{host} does not speak TLS from the start on port {relay.port}.",
            cure='Set security = "starttls" under [sender.smtp], or the port for TLS, as a rule '
            "465.",
        )
    if isinstance(error, socket.gaierror):
        return NotNow(
            f"{host} is not found ({error.strerror}): check host under [sender.smtp], and the "
            "network"
        )
    reason = error.strerror or str(error)
    if relay.port == _TLS_PORT and relay.security != "tls":
        reason += f'. Port {_TLS_PORT} speaks TLS from the start: set security = "tls"'
    return NotNow(f"{host} cannot be reached: {reason}")


def _ascii_host(host: str) -> str:
    """Return a host name in ASCII, an international one in punycode (RFC 5891)."""
    with suppress(ValueError):
        return str(ip_address(host.strip("[]")))
    with suppress(UnicodeError):
        name = host.encode("idna").decode("ascii")
        if _HOST_NAME.fullmatch(name):
            return name
    raise MailerError(
        f"{host!r} is not the name of a host.", cure="Correct host under [sender.smtp]."
    )


def own_name(name: str, address: str) -> str:
    """Return how this machine of that name and address greets a relay (RFC 5321, 4.1.4).

    It is the name in ASCII if it is a full one, else an address literal.
    """
    with suppress(UnicodeError):
        ascii_name = name.encode("idna").decode("ascii")
        if "." in ascii_name and _HOST_NAME.fullmatch(ascii_name):
            return ascii_name
    literal = ip_address(address.partition("%")[0])
    return f"[IPv6:{literal}]" if isinstance(literal, IPv6Address) else f"[{literal}]"


def log_in(client: smtplib.SMTP, host: str, username: str, password: str) -> None:
    """Log in by the first mechanism that works (SMTP AUTH, RFC 4954).

    User name and password are written in UTF-8. PLAIN asks for it (RFC 4616, 2), and for LOGIN and
    CRAM-MD5 servers expect the same; `smtplib` writes ASCII and fails on an umlaut.

    Raise SMTPAuthenticationError if the relay refuses each, MailerError if it offers none that a
    password is enough for, and SMTPNotSupportedError if it offers no login.
    """
    if not client.has_extn("auth"):
        raise smtplib.SMTPNotSupportedError("it offers no login (AUTH) here.")
    offered = client.esmtp_features["auth"].upper().split()
    usable = [mechanism for mechanism in _MECHANISMS if mechanism in offered]
    if not usable:
        raise MailerError(
            f"{host} offers the login {' and '.join(offered)} only, which takes no password.",
            cure="Ask its operator for a way to log in with a password (PLAIN or LOGIN), such as "
            "an app password, or choose another relay under [sender.smtp].",
        )
    code, words = 0, b""
    for mechanism in usable:
        code, words = _MECHANISMS[mechanism](client, username.encode(), password.encode())
        if code in _LOGGED_IN:
            return
    raise smtplib.SMTPAuthenticationError(code, words)


def _cram_md5(client: smtplib.SMTP, username: bytes, password: bytes) -> Reply:
    """RFC 2195: only a digest of the password is sent."""
    code, challenge = client.docmd("AUTH", "CRAM-MD5")
    if code != _CONTINUE:
        return code, challenge
    try:
        digest = hmac.new(password, b64decode(challenge), "md5").hexdigest()
    except ValueError:
        # Not base64, or a system that forbids MD5: "*" cancels (RFC 4954, 4).
        return client.docmd("*")
    return _answer(client, username + b" " + digest.encode())


def _plain(client: smtplib.SMTP, username: bytes, password: bytes) -> Reply:
    """RFC 4616: both at once."""
    return client.docmd("AUTH", "PLAIN " + _base64(b"\0" + username + b"\0" + password))


def _login(client: smtplib.SMTP, username: bytes, password: bytes) -> Reply:
    """The user name, then the password (draft-murchison-sasl-login)."""
    code, words = client.docmd("AUTH", f"LOGIN {_base64(username)}")
    return _answer(client, password) if code == _CONTINUE else (code, words)


def _answer(client: smtplib.SMTP, octets: bytes) -> Reply:
    return client.docmd(_base64(octets))


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


# In the order of preference: what shows the least of the password comes first.
_MECHANISMS: Mapping[str, Callable[[smtplib.SMTP, bytes, bytes], Reply]] = {
    "CRAM-MD5": _cram_md5,
    "PLAIN": _plain,
    "LOGIN": _login,
}
