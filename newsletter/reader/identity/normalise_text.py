"""Text as it is compared: two that read the same are the same."""

from __future__ import annotations

import re
import unicodedata

_QUERY = re.compile(r"(https?://[^\s?#]+)[?#]\S*")


def normal(text: str) -> str:
    """`text` without what makes no difference to a reader.

    Case, spacing and typographic form do not count, nor do the query strings of
    addresses, which some plugins renew with every visit.
    """
    plain = _QUERY.sub(r"\1", unicodedata.normalize("NFKC", text))
    return " ".join(plain.casefold().split())
