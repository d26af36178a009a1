"""Parse and judge the addresses in settings, such as `Happy Trails <news@example.com>`, and write
them in ASCII.

International domain names are used in their ASCII form (punycode, RFC 5891): in headers, on
the wire and in comparisons. A local part beyond ASCII needs SMTPUTF8 (RFC 6531) of every
server on the way, so it is refused.
"""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import quote, urlsplit

from newsletter.errors import SettingsError

# The dot-atom form of RFC 5321's local part, and a host name of two labels or more.
ADDRESS_PATTERN = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
_ADDRESS = re.compile(ADDRESS_PATTERN)
_NAMED = re.compile(r".*<([^<>]*)>\s*", re.DOTALL)
# Their DMARC policies let only their own servers send in their name (RFC 7489, 6.3), so
# Gmail and Yahoo refuse bulk mail with such a From address.
_FREE_MAIL = ("gmail.com", "googlemail.com", "yahoo.com", "aol.com", "outlook.com", "hotmail.com")
# Hosts that give anybody a mailbox, among them those that people commonly have.
_MAILBOX_HOST = re.compile(
    r"""
    (gmx|hotmail|live|outlook|yahoo|ymail)\.(com|net|[a-z]{2}|com?\.[a-z]{2})
    | (aim|aol|btinternet|fastmail|gmail|googlemail|hey|icloud|mac|mail|me|msn)\.com
    | (protonmail|rocketmail|rogers|tuta|tutanota|yandex|zoho)\.com
    | (att|bellsouth|comcast|cox|earthlink|laposte|posteo|sbcglobal|telus|verizon)\.net
    | (bigpond|optusnet)\.(com|com\.au|net\.au) | (bol|terra|uol)\.com\.br | xtra\.co\.nz
    | (arcor|freenet|mail|posteo|t-online|web)\.de | (free|orange|sfr|wanadoo)\.fr
    | (alice|libero|tim|tiscali|virgilio)\.it | (home|kpnmail|planet|ziggo)\.nl
    | (shaw|sympatico|videotron)\.ca | (inbox|mail|yandex)\.ru | (bluewin|protonmail)\.ch
    | (aon|chello)\.at | (onet|wp)\.pl | (pm|proton)\.me | fastmail\.fm | mailbox\.org
    | sapo\.pt | seznam\.cz | tuta\.io
    """,
    re.VERBOSE,
)


def bare_address(text: str) -> str:
    """Return the text between `<` and `>`, the whole text if there are none. Checks nothing.

    `email.utils.parseaddr` stops at a comma in a name without quotes, and bloggers write
    such names.
    """
    match = _NAMED.fullmatch(text)
    return (match[1] if match else text).strip()


def address_domain(text: str) -> str:
    """Return the part of the address after the @ in lower case, "" if there is none."""
    local, _, name = bare_address(text).rpartition("@")
    return name.lower() if local else ""


def free_mail_domain(from_address: str) -> str:
    """Return the domain of an address that no newsletter can come from, "" for any other."""
    domain = address_domain(from_address)
    return domain if domain in _FREE_MAIL else ""


def is_mailbox_host(domain: str) -> bool:
    """Whether a domain is known to give anybody a mailbox, so that it is no author's own."""
    return _MAILBOX_HOST.fullmatch(domain) is not None


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address always means this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_address(text: str) -> bool:
    """Whether `text` is a bare address in ASCII with a host name of two labels or more."""
    return _ADDRESS.fullmatch(text) is not None


def ascii_mailbox(text: str, what: str) -> str:
    """Return `text` with the domain of its address in ASCII; the display name stays.

    Raise SettingsError, which calls the text `what`, if the address has no ASCII form.
    """
    address = bare_address(text)
    if address.isascii():
        return text
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise SettingsError(
            f"{what} is {text!r}: before the @ it holds more than plain letters, and many mail "
            "servers take no such address.",
            cure="Use an address such as news@example.com, with a-z, digits and . _ + - before "
            "the @. The domain and the name may hold any letters.",
        )
    start = text.rindex(address)
    converted = f"{local}@{ascii_domain(domain, what)}"
    return f"{text[:start]}{converted}{text[start + len(address) :]}"


def ascii_domain(domain: str, what: str) -> str:
    """Return a domain name in ASCII. Raise SettingsError, which calls it `what`."""
    if domain.isascii():
        return domain
    # The import takes 15 ms, and only international names need it.
    import idna

    try:
        # UTS #46 maps what people type: capitals, full-width dots, decomposed umlauts.
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        if isinstance(error, idna.InvalidCodepoint):
            # Browsers reach emoji domains, which only IDNA 2003 has.
            with suppress(UnicodeError):
                return domain.encode("idna").decode("ascii")
        raise SettingsError(
            f"{what} holds the domain {domain!r}, which has no ASCII form: {error}.",
            cure="Check its spelling, or write the form that begins with xn--, which your "
            "registrar knows.",
        ) from error


def ascii_url(url: str, what: str) -> str:
    """Return a web address in ASCII: the host in punycode, all else percent-encoded.

    An address that is no URL is returned as it is. Raise SettingsError, which calls the address
    `what`, if its host has no ASCII form.
    """
    if url.isascii():
        return url
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return url
    host = ascii_domain(parts.hostname or "", what)
    path, query = (quote(part, safe="/%:=&;+,@!$'()*?~") for part in (parts.path, parts.query))
    return parts._replace(netloc=f"{host}{port}", path=path, query=query, fragment="").geturl()
