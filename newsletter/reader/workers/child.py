"""The program of a worker process: answers requests, one at a time, on its standard streams.

`pool` starts it as `python -m newsletter.reader.workers.child`.
"""

from __future__ import annotations

from newsletter.child_process import answer_requests
from newsletter.errors import ParseError, UsageError
from newsletter.reader.opml import read_opml
from newsletter.reader.parsing.parse import feed_links, parse_feed
from newsletter.reader.posts import clean_from_source, parse_incrementally
from newsletter.reader.workers.protocol import (
    WorkerReply,
    WorkerRequest,
    decode_request,
    encode,
)

MAX_SECONDS = 30
MAX_MEMORY = 2 * 1024**3


def answer_request(request: WorkerRequest) -> WorkerReply:
    """Return what the parent requested, or the error in words."""
    if request.name:
        try:
            return WorkerReply(links=read_opml(request.opml, name=request.name))
        except UsageError as error:
            return WorkerReply(message=error.message, cure=error.cure)
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


def answer_packet(payload: bytes) -> bytearray:
    """Return the reply to a request, both as packets hold them."""
    return encode(answer_request(decode_request(payload)))


if __name__ == "__main__":
    answer_requests(answer_packet, most_memory=MAX_MEMORY, most_seconds=MAX_SECONDS)
