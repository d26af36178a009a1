"""Log in to a relay (SMTP AUTH, RFC 4954) with a user name and a password in UTF-8.

`smtplib` writes both in ASCII and fails on an umlaut. PLAIN asks for UTF-8 (RFC 4616, 2); for
LOGIN and CRAM-MD5 servers expect the same.
"""

from __future__ import annotations

import hmac
import smtplib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping

from newsletter.errors import MailerError

_ACCEPTED = (235, 503)  # 503: already logged in
_CONTINUE = 334

Reply = tuple[int, bytes]


def log_in(client: smtplib.SMTP, host: str, username: str, password: str) -> None:
    """Log in by the first mechanism that works.

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
        if code in _ACCEPTED:
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
