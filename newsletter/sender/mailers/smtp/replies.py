"""Classify an SMTP reply: whose fault is a refusal?

The code alone says only "for now" (4yz) or "for good" (5yz) (RFC 5321, 4.2.1). Three things
decide, in this order: the words (reply_words.py), because servers disagree about codes; the
enhanced status code (RFC 3463, RFC 5248, and IANA's registry "SMTP Enhanced Status Codes"); and
the command that the reply answers. All of it is pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from newsletter.models import Fault
from newsletter.sender.mailers.smtp.reply_words import WORD_RULES, Phase

PERMANENT = 500  # 5yz: the server refuses for good
CLOSING = 421  # the server closes the connection (RFC 5321, 3.8)
# Characters of a reply that are told, and that are looked at. RFC 5321, 4.5.3.1.5 allows a line
# 512 octets; a longer text would make the patterns slow.
_MAX_DETAIL = 300
_MAX_TEXT = 1000

# Enhanced status codes without their class digit: the fault of 4.x.y, and of 5.x.y. None leaves
# it to the command.
_BY_ENHANCED_CODE: Mapping[str, tuple[Fault | None, Fault | None]] = {
    "1.1": ("reader_later", "reader_gone"),
    "1.2": ("reader_later", "reader_gone"),
    "1.3": ("reader_later", "reader_gone"),
    "1.4": ("reader_later", "reader_gone"),
    "1.6": ("reader_later", "reader_gone"),
    "1.10": ("reader_later", "reader_gone"),
    "1.7": ("account", "account"),
    "1.8": ("account", "account"),
    "2.1": ("reader_later", "reader_gone"),
    "2.2": ("reader_later", "reader_later"),
    "2.3": ("message", "message"),
    "2.4": ("reader_later", "reader_refuses"),
    "3.1": ("server_later", "server_later"),
    "3.2": ("server_later", "server_later"),
    "3.4": ("message", "message"),
    "3.5": ("server_later", "account"),
    "4.1": ("server_later", "reader_gone"),
    "4.2": ("session", "session"),
    "4.3": ("server_later", "server_later"),
    "4.4": ("server_later", "reader_gone"),
    "4.5": ("server_later", "account"),
    "4.7": ("server_later", "reader_later"),
    "5.1": (None, "account"),
    "5.3": ("session", "session"),
    "6.0": ("message", "message"),
    "6.1": ("message", "message"),
    "6.2": ("message", "message"),
    "6.3": ("message", "message"),
    "6.6": ("message", "message"),
    "6.7": ("message", "message"),
    "6.9": ("message", "message"),
    "7.2": ("reader_refuses", "reader_refuses"),
    "7.3": (None, "account"),
    "7.8": ("server_later", "account"),
    "7.13": ("account", "account"),
    "7.20": ("message", "message"),
    "7.21": ("message", "message"),
    "7.22": ("message", "message"),
    "7.23": ("message", "message"),
    "7.24": ("message", "message"),
    "7.25": ("account", "account"),
    "7.26": ("message", "message"),
    "7.27": ("account", "account"),
    "7.28": ("server_later", "account"),
    "7.57": ("account", "account"),
    "7.509": ("message", "message"),
    "7.515": ("message", "message"),
    "7.750": ("account", "account"),
}
# What is left, by the command that was answered: the fault of 4yz, and of 5yz.
_BY_PHASE: Mapping[Phase, tuple[Fault, Fault]] = {
    "connect": ("server_later", "account"),
    "ehlo": ("server_later", "account"),
    "auth": ("server_later", "account"),
    "mail": ("server_later", "account"),
    "rcpt": ("reader_later", "reader_refuses"),
    "data": ("server_later", "message"),
    "dot": ("server_later", "message"),
}
# Codes without an enhanced one that stand for a single fault.
_BY_CODE: Mapping[tuple[Phase, int], Fault] = {
    ("mail", CLOSING): "session",
    ("rcpt", CLOSING): "session",
    ("data", CLOSING): "session",
    ("mail", 552): "message",  # SIZE: the message is too large (RFC 1870, 6.1)
    # RFC 4954, 6 has it for logins; after RCPT relays ask for one, or list us.
    ("rcpt", 454): "account",
    ("rcpt", 542): "reader_gone",
    ("rcpt", 556): "reader_gone",  # the domain accepts no mail (RFC 7504)
}
_ENHANCED_CODE = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})(?!\.?\d)[ \t]*")
_CODE_OF_LINE = re.compile(r"(?m)^" + _ENHANCED_CODE.pattern)
_IP_ADDRESS = re.compile(r"\[?\b\d{1,3}(?:\.\d{1,3}){3}\b\]?")
# Words in a mailbox's name say nothing, and texts that differ only there are one text.
_ADDRESS = re.compile(r"(?:<|(?<![^\s<>]))[^\s<>]+@[^\s<>]+>?")


def classify(phase: Phase, code: int, text: str) -> Fault:
    """Return whose fault the reply `code` `text` to a command is; the code is 400 or above.

    `text` may begin with an enhanced status code, in each of its lines.
    """
    enhanced = _ENHANCED_CODE.match(text)
    return _classify(phase, code, enhanced[1] if enhanced else "", normalize(text))


def decode(words: bytes) -> str:
    """Return the text of a reply, line by line."""
    return words.decode("utf-8", "replace")


def one_line(words: bytes) -> str:
    """Return the text of a reply in one line, cut to a bearable length."""
    return " ".join(decode(words).split())[:_MAX_DETAIL]


def describe(code: int, words: bytes) -> str:
    """Return a reply in one line, such as "550 5.1.1 No such user"."""
    return f"{code} {one_line(words)}".rstrip()


def normalize(text: str) -> str:
    """Return a reply's text without what differs from reader to reader, in lower case."""
    words = _CODE_OF_LINE.sub("", text[:_MAX_TEXT]).replace("\n", " ").lower()
    return _ADDRESS.sub("address", _IP_ADDRESS.sub("ip", words))


@lru_cache(maxsize=256)
def _classify(phase: Phase, code: int, enhanced: str, words: str) -> Fault:
    is_permanent = code >= PERMANENT
    digit = "5" if is_permanent else "4"
    for rule in WORD_RULES:
        if phase in rule.phases and digit in rule.digits and rule.words.search(words):
            return rule.fault
    by_enhanced = _BY_ENHANCED_CODE.get(enhanced)
    return (
        (by_enhanced[is_permanent] if by_enhanced else None)
        or _BY_CODE.get((phase, code))
        or _BY_PHASE[phase][is_permanent]
    )
