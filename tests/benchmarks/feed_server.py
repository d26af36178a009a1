"""A server of 200 feeds with 50 ms latency for the reading benchmark, as a separate process.

`GET /feed/N` returns a feed of 50 posts in the mode that `GET /mode/NAME` set last. In the reader's
own process the server would be measured, too.
"""

from __future__ import annotations

import asyncio
import random
import sys
from functools import cache

LATENCY = 0.05
_NOTHING = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
POSTS = 50
_WORDS = (
    *("easy", "river", "hill", "mist", "morning", "tempo", "long", "run", "coffee", "trail"),
    *("mud", "legs", "heavy", "stride", "cadence", "winter", "gloves", "sunrise", "bridge"),
)


def feed(number: int, posts: int = POSTS) -> bytes:
    """Return an RSS feed of about 160 KB with `posts` posts, newest first."""
    items = "".join(_item(number, post) for post in range(posts, 0, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Blog {number}</title><link>http://127.0.0.1/{number}/</link>"
        f"<description>Running</description>{items}</channel></rss>"
    ).encode()


@cache
def _item(number: int, post: int) -> str:
    words = random.Random(f"{number}-{post}")  # noqa: S311 - words to read, no secret
    address = f"http://127.0.0.1/{number}/post-{post}/"
    body = "".join(_paragraph(words, address) for _ in range(5))
    return (
        f"<item><title>Run {post} of {number}</title><link>{address}</link>"
        f'<guid isPermaLink="false">http://127.0.0.1/{number}/?p={post}</guid>'
        f"<pubDate>Sun, {post % 28 + 1:02} Nov 2026 07:00:00 +0000</pubDate>"
        f"<category>Running</category><description>{_line(words, 55)}</description>"
        f'<content:encoded><![CDATA[{body}<figure class="wp-block-image">'
        f'<img src="{address}hill.jpg" width="1024" height="768" alt="A hill"></figure>'
        "]]></content:encoded></item>"
    )


def _paragraph(words: random.Random, address: str) -> str:
    return f'<p>{_line(words, 45)} <a href="{address}more/">this</a> {_line(words, 35)}.</p>'


def _line(words: random.Random, count: int) -> str:
    return " ".join(words.choices(_WORDS, k=count))


class Feeds:
    """All feeds in both sizes, built before the measurement; `mode` selects the response.

    plain: always the whole feed. validators: 304 for a matching validator. new: one more post.
    """

    def __init__(self, count: int, posts: int = POSTS) -> None:
        self.mode = "plain"
        self._old = [feed(number, posts) for number in range(count)]
        self._new = [feed(number, posts + 1) for number in range(count)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        kind, _, name = request.split(b" ", 2)[1].decode().strip("/").partition("/")
        if kind == "mode":
            self.mode = name
            writer.write(_NOTHING)
        else:
            await asyncio.sleep(LATENCY)
            writer.write(self._answer(int(name), request))
        await writer.drain()
        writer.close()

    def _answer(self, number: int, request: bytes) -> bytes:
        body = self._new[number] if self.mode == "new" else self._old[number]
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n"
        if self.mode == "validators":
            etag = b'"%d-%d"' % (number, len(body))
            if etag in request:
                return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\nConnection: close\r\n\r\n" % etag
            head += b"ETag: %s\r\n" % etag
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def _main(*sizes: int) -> None:
    feeds = Feeds(*sizes)
    server = await asyncio.start_server(feeds.serve, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*map(int, sys.argv[1:])))
