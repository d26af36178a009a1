"""Request every link and picture of a message, concurrently and within ten seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import count

from newsletter.composer.checks.reach import MessageUrl, UrlAnswer
from newsletter.composer.images.sniff import SNIFF_BYTES
from newsletter.errors import FetchError

SECONDS = 10.0
_AT_ONCE = 16
#: Told how many of how many URLs were answered.
Progress = Callable[[int, int], None]


def fetch_urls(
    targets: Sequence[MessageUrl],
    *,
    allow_private: bool,
    seconds: float = SECONDS,
    report: Progress | None = None,
) -> Mapping[str, UrlAnswer]:
    """Return the answer to each URL.

    `seconds` is the time for all of them together; answers that take longer are missing. Threads
    call `report` with the number of answers, and of targets.
    """
    if not targets:
        return {}
    # The HTTP client takes a tenth of a second to import, and most issues are looked over
    # without the network: by each run, and by the desk.
    from newsletter.reader.http.probe import probe

    deadline = time.monotonic() + seconds

    answered = count(1)

    def fetch_and_report(target: MessageUrl) -> UrlAnswer | None:
        answer = fetch(target)
        if report is not None:
            report(next(answered), len(targets))
        return answer

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
        running = {target.url: pool.submit(fetch_and_report, target) for target in targets}
        wait(running.values(), timeout=seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        results = {
            url: future.result()
            for url, future in running.items()
            if future.done() and not future.cancelled()
        }
    return {url: result for url, result in results.items() if result is not None}
