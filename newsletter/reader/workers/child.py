"""The program of a parser child: answers one question at a time on its standard streams.

Started by `parser_pool` as `python -m newsletter.reader.workers.child`.
"""

from __future__ import annotations

import resource
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

from newsletter.errors import ParseError
from newsletter.reader.incremental import parse_incrementally
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import clean_from_source
from newsletter.reader.workers.protocol import (
    WorkerReply,
    WorkerRequest,
    decode_request,
    encode,
    read_packet,
)

# The parent kills a slow child; these hold when the parent itself was killed.
LONGEST_SECONDS = 30
MOST_MEMORY = 2 * 1024**3


def answer_request(question: WorkerRequest) -> WorkerReply:
    """What the parent asked for, or why it cannot be had, in words."""
    if question.fetched is None:
        return WorkerReply(posts=tuple(map(clean_from_source, question.posts)))
    try:
        if not question.feed_url:
            return WorkerReply(feed=parse_feed(question.fetched))
        return WorkerReply(
            fresh=parse_incrementally(
                question.fetched, feed_url=question.feed_url, known=question.known
            )
        )
    except ParseError as error:
        return WorkerReply(message=error.message, cure=error.cure)


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answers questions until `asked` ends."""
    while frame := read_packet(asked):
        signal.alarm(LONGEST_SECONDS)
        told.write(encode(answer_request(decode_request(frame))))
        told.flush()
        signal.alarm(0)


def limit_memory() -> None:
    """Bounds this process's memory, where the system lets it: macOS refuses."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
