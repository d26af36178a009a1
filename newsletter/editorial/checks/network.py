"""Asks for every link and picture of a message, all at once and within ten seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from newsletter.composer.checks.reach import MessageUrl, UrlAnswer
from newsletter.composer.images.sniff import SNIFF_BYTES
from newsletter.errors import FetchError
from newsletter.reader.http.probe import peek

SECONDS = 10.0
_AT_ONCE = 16


def fetch_addresses(
    asked: Sequence[MessageUrl], *, allow_private: bool, seconds: float = SECONDS
) -> Mapping[str, UrlAnswer]:
    """The answer for each address; one that took longer than all of `seconds` is missing."""
    deadline = time.monotonic() + seconds

    def ask(address: MessageUrl) -> UrlAnswer | None:
        first = SNIFF_BYTES if address.image else 0
        try:
            found = peek(
                address.url, first_bytes=first, deadline=deadline, allow_private=allow_private
            )
        except FetchError as error:
            late = time.monotonic() >= deadline
            return None if late else UrlAnswer(trouble=error.message)
        return UrlAnswer(
            status=found.status,
            content_type=found.content_type,
            size=found.size or len(found.start),
            start=found.start,
        )

    # The guard's own deadline ends every request, so leaving the pool waits for nobody long.
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        running = {address.url: pool.submit(ask, address) for address in asked}
        wait(running.values(), timeout=seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        done = {
            url: future.result()
            for url, future in running.items()
            if future.done() and not future.cancelled()
        }
    return {url: answer for url, answer in done.items() if answer is not None}
