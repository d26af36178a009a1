"""Greylisting for Postfix, as a policy server (https://www.postfix.org/SMTPD_POLICY_README.html).

It puts the addresses that begin with `grey` off until they were asked for often enough.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer


class Greylist(ThreadingTCPServer):
    """A policy server; `tries` is how often an address is put off."""

    daemon_threads = True

    def __init__(self, tries: int = 1) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tries = tries
        self.asked: Counter[str] = Counter()

    @property
    def service(self) -> str:
        """What `check_policy_service` takes."""
        return f"inet:127.0.0.1:{self.server_address[1]}"

    def action(self, recipient: str) -> str:
        self.asked[recipient] += 1
        if recipient.startswith("grey") and self.asked[recipient] <= self.tries:
            return "450 4.2.0 Greylisted, please try again later"
        return "DUNNO"

    @classmethod
    @contextmanager
    def running(cls, tries: int = 1) -> Iterator[Greylist]:
        """Serve until the block ends."""
        with cls(tries) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            yield server
            server.shutdown()
            thread.join()


class _Handler(StreamRequestHandler):
    server: Greylist

    def handle(self) -> None:
        values: dict[str, str] = {}
        for line in self.rfile:
            name, is_value, value = line.decode("utf-8").strip().partition("=")
            if is_value:
                values[name] = value
                continue
            action = self.server.action(values.get("recipient", ""))
            self.wfile.write(f"action={action}\n\n".encode())
            values.clear()
