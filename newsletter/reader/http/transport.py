"""One HTTP connection to a checked address, never longer than a deadline.

httpx2 limits each wait on the network but not their sum, and resolves names itself. Its
network layer can be replaced: ours connects to addresses the guard has checked, and
gives every single wait only the time that is left of the whole.
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
    """An httpx2 transport bound by `deadline` on `clock` (seconds, monotonic).

    Raises httpcore2's errors, and FetchError for an address that may not be reached.
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
        left = _Deadline(deadline, clock)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=verify,
            max_keepalive_connections=0,
            network_backend=_GuardedNetwork(left, look_up, allow_private=allow_private),
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
    """How long a wait may be, given what is left until the deadline."""

    def __init__(self, deadline: float, clock: Callable[[], float]) -> None:
        self._deadline, self._clock = deadline, clock

    def __call__(self, wanted: float | None) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return left if wanted is None else min(wanted, left)


class _GuardedNetwork(httpcore2.NetworkBackend):
    def __init__(self, left: _Deadline, look_up: HostLookup, *, allow_private: bool) -> None:
        self._left, self._look_up, self._allow_private = left, look_up, allow_private
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connects to the first address of `host` that answers, checked all of them."""
        addresses = resolve_host(
            host,
            port,
            allow_private=self._allow_private,
            seconds=self._left(timeout),
            look_up=self._look_up,
        )
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                stream = self._network.connect_tcp(
                    address, port, self._left(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._left)
        raise failure


class _TimedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, left: _Deadline) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _TimedStream(secured, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
