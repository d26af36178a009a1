"""Request every link and picture of a message, concurrently and within ten seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from newsletter.composer.checks.reach import MessageUrl, UrlAnswer
from newsletter.composer.images.sniff import SNIFF_BYTES
from newsletter.errors import FetchError
from newsletter.reader.http.probe import probe

SECONDS = 10.0
_AT_ONCE = 16


def fetch_urls(
    targets: Sequence[MessageUrl], *, allow_private: bool, seconds: float = SECONDS
) -> Mapping[str, UrlAnswer]:
    """Return the answer to each URL.

    `seconds` is the time for all of them together; answers that take longer are missing.
    """
    if not targets:
        return {}
    deadline = time.monotonic() + seconds

    def fetch(target: MessageUrl) -> UrlAnswer | None:
        first = SNIFF_BYTES if target.image else 0
        try:
            response = probe(
                target.url, first_bytes=first, deadline=deadline, allow_private=allow_private
            )
        except FetchError as error:
            late = time.monotonic() >= deadline
            return None if late else UrlAnswer(trouble=error.message)
        return UrlAnswer(
            status=response.status,
            content_type=response.content_type,
            size=response.size or len(response.start),
            start=response.start,
        )

    # `peek` ends each request at the deadline, so leaving the pool does not wait for long.
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        running = {target.url: pool.submit(fetch, target) for target in targets}
        wait(running.values(), timeout=seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        results = {
            url: future.result()
            for url, future in running.items()
            if future.done() and not future.cancelled()
        }
    return {url: result for url, result in results.items() if result is not None}
