"""The protocol between the pool and its worker processes: MessagePack in length-prefixed packets.

Not pickle: a child that a malicious feed has taken over can only reply with values.
"""

from __future__ import annotations

from typing import Any

import msgspec

from newsletter.child_process import HEADER
from newsletter.models import FetchResult, Post, SafeHtml
from newsletter.reader.parsing.items import NO_KNOWN_ITEMS, FeedUpdate, KnownItems, ParsedFeed


class WorkerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A response to parse, a page to look for feeds in, a list of feeds, or posts to clean."""

    response: FetchResult | None = None
    #: If set, posts are wanted, except those of the `known` items. Else the parsed feed.
    feed_url: str = ""
    known: KnownItems = NO_KNOWN_ITEMS
    #: Whether the response is a page, of which the links to feeds are wanted.
    links: bool = False
    #: Without a response: a list of feeds (OPML), and the name of its file.
    opml: bytes = b""
    name: str = ""
    #: Without either: the posts to clean.
    posts: tuple[Post, ...] = ()


class WorkerReply(msgspec.Struct, frozen=True, kw_only=True):
    """The parsed feed, its posts, cleaned posts, a page's feeds, or an error in words."""

    feed: ParsedFeed | None = None
    update: FeedUpdate | None = None
    posts: tuple[Post, ...] = ()
    links: tuple[str, ...] = ()
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
    """Return the value as a packet: four bytes of length, then MessagePack."""
    packet = bytearray(HEADER.size)
    _ENCODER.encode_into(value, packet, HEADER.size)
    HEADER.pack_into(packet, 0, len(packet) - HEADER.size)
    return packet


def decode_request(payload: bytes | bytearray) -> WorkerRequest:
    """Decode the payload of a packet from the pool."""
    return _REQUESTS.decode(payload)


def decode_reply(payload: bytes | bytearray) -> WorkerReply:
    """Decode the payload of a packet from a child."""
    return _REPLIES.decode(payload)
