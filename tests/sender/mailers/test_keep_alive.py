"""A request sent in pieces has one deadline, however slowly the other side reads."""

from __future__ import annotations

import socket
from itertools import count

import pytest

from newsletter.sender.mailers.keep_alive import KeepAliveConnection, ResponseLost
from tests.support.sendgrid import SendGridStandIn


def test_pieces_arrive_as_one_body(sendgrid: SendGridStandIn) -> None:
    connection = KeepAliveConnection(sendgrid.url, timeout=30)
    for body in ((b"[", b"{}", b"]"), (b"[{}]",)):
        response = connection.exchange(
            "POST", "/v3/mail/send", {"Authorization": "Bearer none"}, body
        )
        assert response.status == 401
    connection.close()
    assert sendgrid.connections == 1


def test_all_pieces_share_one_deadline() -> None:
    ticks = count(step=20)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        connection = KeepAliveConnection(url, timeout=50, clock=lambda: float(next(ticks)))
        with pytest.raises(ResponseLost, match="no answer in time"):
            connection.exchange("POST", "/", {}, [b"piece"] * 9)
        taken, _ = server.accept()
        with taken, taken.makefile("rb") as received:
            assert 0 < received.read().count(b"piece") < 9
        connection.close()
