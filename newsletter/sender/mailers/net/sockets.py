"""What a socket is asked before it is used again."""

from __future__ import annotations

import selectors
import socket


def readable(sock: socket.socket) -> bool:
    """Whether something came, or the other side hung up; at once.

    By what the system has for it: `select` alone knows no file numbers above 1,023.
    """
    with selectors.DefaultSelector() as watching:
        watching.register(sock, selectors.EVENT_READ)
        return bool(watching.select(0))
