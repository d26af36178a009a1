"""What passes between the reader and its parser children: MessagePack in counted frames.

Not pickle: a child that a feed has taken over could only answer with values.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgspec

from newsletter.models import FetchResult, Post, SafeHtml
from newsletter.reader.parsing.items import NO_KNOWN_ITEMS, FeedUpdate, KnownItems, ParsedFeed

HEADER = struct.Struct(">I")


class WorkerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A body to read; with `feed_url` its posts are wanted, but for `known` items.

    Or, without a body, `posts` to clean.
    """

    fetched: FetchResult | None = None
    feed_url: str = ""
    known: KnownItems = NO_KNOWN_ITEMS
    posts: tuple[Post, ...] = ()


class WorkerReply(msgspec.Struct, frozen=True, kw_only=True):
    """The feed, or its posts, or cleaned posts, or in `message` why there are none."""

    feed: ParsedFeed | None = None
    fresh: FeedUpdate | None = None
    posts: tuple[Post, ...] = ()
    message: str = ""
    cure: str = ""


def _decode_safe_html(wanted: type, value: Any) -> Any:
    if wanted is SafeHtml:
        return SafeHtml(value)
    raise TypeError(f"no such value on the wire: {wanted}")


def _encode_safe_html(value: Any) -> str:
    if isinstance(value, SafeHtml):
        return str(value)
    raise TypeError(f"not a value for the wire: {type(value)}")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_encode_safe_html)
_REQUESTS = msgspec.msgpack.Decoder(WorkerRequest, dec_hook=_decode_safe_html)
_REPLIES = msgspec.msgpack.Decoder(WorkerReply, dec_hook=_decode_safe_html)


def encode(value: WorkerRequest | WorkerReply) -> bytearray:
    """The value as a frame: four bytes of length, then MessagePack."""
    frame = bytearray(HEADER.size)
    _ENCODER.encode_into(value, frame, HEADER.size)
    HEADER.pack_into(frame, 0, len(frame) - HEADER.size)
    return frame


def decode_request(frame: bytes | bytearray) -> WorkerRequest:
    return _REQUESTS.decode(frame)


def decode_reply(frame: bytes | bytearray) -> WorkerReply:
    return _REPLIES.decode(frame)


def read_packet(stream: BinaryIO) -> bytes:
    """The next frame without its length, b"" at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return b""
    return stream.read(HEADER.unpack(header)[0])
