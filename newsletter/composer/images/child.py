"""The program of the child process that makes pictures smaller.

`worker` starts it as `python -m newsletter.composer.images.child`.
"""

from __future__ import annotations

import msgspec

from newsletter.child_process import answer_requests, pack
from newsletter.composer.images.resize import NotResized, resize_image

MAX_SECONDS = 30
# 25 million pixels of four bytes, twice while they are converted, and the program itself.
MAX_MEMORY = 640 * 1024**2


class PictureReply(msgspec.Struct, frozen=True, kw_only=True):
    """The copy of a picture, or the reason why there is none."""

    body: bytes = b""
    extension: str = ""
    width: int = 0
    height: int = 0
    reason: str = ""


def answer_picture(body: bytes) -> bytes:
    """Return the reply to the bytes of a picture, as a packet."""
    copy = resize_image(body)
    if isinstance(copy, NotResized):
        reply = PictureReply(reason=copy.reason)
    else:
        reply = PictureReply(
            body=copy.body, extension=copy.extension, width=copy.width, height=copy.height
        )
    return pack(msgspec.msgpack.encode(reply))


if __name__ == "__main__":
    answer_requests(answer_picture, most_memory=MAX_MEMORY, most_seconds=MAX_SECONDS)
