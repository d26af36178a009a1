"""The program of a worker process: answers requests, one at a time, on its standard streams.

`pool` starts it as `python -m newsletter.reader.workers.child`.
"""

from __future__ import annotations

import resource
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

from newsletter.errors import ParseError
from newsletter.reader.incremental import parse_incrementally
from newsletter.reader.parsing.feed_links import feed_links
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import clean_from_source
from newsletter.reader.workers.protocol import (
    WorkerReply,
    WorkerRequest,
    decode_request,
    encode,
    read_packet,
)

# The parent kills a child that is too slow. These limits end a child whose parent was killed.
MAX_SECONDS = 30
MAX_MEMORY = 2 * 1024**3


def answer_request(request: WorkerRequest) -> WorkerReply:
    """Return what the parent requested, or the error in words."""
    if request.response is None:
        return WorkerReply(posts=tuple(map(clean_from_source, request.posts)))
    if request.links:
        return WorkerReply(links=feed_links(request.response))
    try:
        if not request.feed_url:
            return WorkerReply(feed=parse_feed(request.response))
        update = parse_incrementally(
            request.response, feed_url=request.feed_url, known=request.known
        )
        return WorkerReply(update=update)
    except ParseError as error:
        return WorkerReply(message=error.message, cure=error.cure)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until the stream ends."""
    while packet := read_packet(requests):
        signal.alarm(MAX_SECONDS)
        replies.write(encode(answer_request(decode_request(packet))))
        replies.flush()
        signal.alarm(0)


def limit_memory() -> None:
    """Limit the memory of this process, if the system allows it. macOS does not."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


if __name__ == "__main__":
    limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
