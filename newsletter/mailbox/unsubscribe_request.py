"""An unsubscribe request by mail: the address that asks for it, and the token in its subject.

A subject works with any mailbox. The sender proves nothing, because anybody can write any From.
"""

from __future__ import annotations

import re

WORD = "unsubscribe"

# A token is a subscriber's number and a signature of 43 characters; in a proof copy, a word.
_TOKEN = re.compile(rf"(?i:{WORD})-([A-Za-z0-9_-]{{1,24}}\.[A-Za-z0-9_-]{{43}}|test\b)")


def unsubscribe_mailto(address: str, token: str) -> str:
    """Return the mailto: address that unsubscribes by this token, "" without a mailbox."""
    return f"mailto:{address}?subject={WORD}-{token}" if address else ""


def token_in(subject: str) -> str:
    """Return the token in a subject, decoded and without spaces; "" for none."""
    match = _TOKEN.search(subject)
    return match[1] if match else ""
