"""Make copies of pictures in a child process, limited in time and memory.

A file of a few kilobytes can decode to gigabytes, or keep Pillow busy for minutes.
"""

from __future__ import annotations

import threading
from typing import Self

import msgspec

from newsletter.child_process import ChildProcess, pack
from newsletter.composer.images.child import PictureReply
from newsletter.composer.images.resize import NotResized, ResizedImage

#: Seconds for one picture. A photograph of a telephone takes less than one.
RESIZE_SECONDS = 8.0
_CHILD = "newsletter.composer.images.child"
_REPLIES = msgspec.msgpack.Decoder(PictureReply)


class PictureWorker:
    """One child, shared by threads that wait for their turn: one picture is decoded at a time."""

    def __init__(self, *, seconds: float = RESIZE_SECONDS) -> None:
        self._seconds = seconds
        self._child: ChildProcess | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def resize(self, body: bytes) -> ResizedImage | NotResized:
        """Return a copy of the picture in `body`. Never raises, whatever a server sent."""
        if not body:
            return NotResized(reason="It is empty.")
        with self._lock:
            child = self._child = self._child or ChildProcess(_CHILD)
            payload = child.request(pack(body), self._seconds)
            if payload is None:
                self._child = None
                is_late = child.is_running()
                child.stop()
                return NotResized(
                    reason=f"It could not be made smaller within {self._seconds:.0f} seconds."
                    if is_late
                    else "It takes more memory than a picture may."
                )
        reply = _REPLIES.decode(payload)
        if reply.reason:
            return NotResized(reason=reply.reason)
        return ResizedImage(
            body=reply.body, extension=reply.extension, width=reply.width, height=reply.height
        )
