"""An HTTP transport that connects only to checked addresses and keeps a deadline.

httpx2 has a timeout for each wait on the network but none for their sum, and resolves names
itself. This transport replaces its network layer: it connects to addresses that `ssrf_guard`
has checked (pinned against DNS rebinding), and limits each wait to what is left until the
deadline.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

from newsletter.reader.http.ssrf_guard import HostLookup, resolve_host

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class DeadlineTransport(httpx2.BaseTransport):
    """An httpx2 transport that ends at `deadline`, in seconds of the monotonic `clock`.

    Raise the errors of httpcore2, and FetchError for an address that is not allowed.
    """

    def __init__(
        self,
        *,
        verify: ssl.SSLContext,
        deadline: float,
        clock: Callable[[], float],
        allow_private: bool,
        look_up: HostLookup,
    ) -> None:
        limited = _Deadline(deadline, clock)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=verify,
            max_keepalive_connections=0,
            network_backend=_GuardedNetwork(limited, look_up, allow_private=allow_private),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_ResponseBody(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _ResponseBody(httpx2.SyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Any:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Deadline:
    """Limits a timeout to what is left until the deadline."""

    def __init__(self, deadline: float, clock: Callable[[], float]) -> None:
        self._deadline, self._clock = deadline, clock

    def limit(self, timeout: float | None) -> float:
        """Return the timeout to use, in seconds. Raise ReadTimeout after the deadline."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return left if timeout is None else min(timeout, left)


class _GuardedNetwork(httpcore2.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, deadline: _Deadline, look_up: HostLookup, *, allow_private: bool) -> None:
        self._deadline, self._look_up, self._allow_private = deadline, look_up, allow_private
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of `host` that answers, after checking all of them."""
        addresses = resolve_host(
            host,
            port,
            allow_private=self._allow_private,
            seconds=self._deadline.limit(timeout),
            look_up=self._look_up,
        )
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                stream = self._network.connect_tcp(
                    address, port, self._deadline.limit(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.limit(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.limit(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(
            ssl_context, server_hostname, self._deadline.limit(timeout)
        )
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
