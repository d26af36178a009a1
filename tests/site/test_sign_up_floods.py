"""Floods of sign-ups: the form lets a few through, and no message is sent for the rest."""

from __future__ import annotations

import datetime as dt
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from newsletter.context import Context
from newsletter.site.server import OpenSite, listen
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions.sign_up import (
    expire_unconfirmed,
    process_sign_ups,
    sign_up_limit_notice,
)
from subscribers.storage.tables import sign_ups
from tests.support.newsletter_folder import create_newsletter
from tests.support.sign_up import (
    Now,
    form_token_aged,
    link_in,
    message_to,
    outbox_messages,
    submit_sign_up,
    wait_for_mail_worker,
)
from tests.support.visitor import Visitor, run_server


@pytest.fixture
def context(tmp_path: Path, now: Now) -> Context:
    context = create_newsletter(tmp_path / "newsletter", proxies=1)
    return replace(context, real_clock=lambda: now[0], wait=lambda _seconds: None)


@pytest.fixture
def site(context: Context) -> Iterator[OpenSite]:
    opened = listen(context, host="127.0.0.1", port=0)
    with run_server(opened.server):
        yield opened


@pytest.fixture
def visitor(site: OpenSite) -> Visitor:
    return Visitor(site.port)


def flood(context: Context, port: int, sources: list[str]) -> Counter[int]:
    """Sign up from each of these networks with a new address, and count responses by status."""
    sign = form_token_aged(context, 10)
    requests = [
        _request(source, urlencode({"form_token": sign, "email": f"v{place}@example.com"}))
        for place, source in enumerate(sources)
    ]
    with ThreadPoolExecutor(4) as pool:
        shares = pool.map(
            partial(_send_pipelined, port), (requests[start::4] for start in range(4))
        )
        return sum(shares, Counter())


def _request(source: str, body: str) -> bytes:
    head = (
        "POST /subscribe HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        f"X-Forwarded-For: {source}",
    )
    return "\r\n".join((*head, "", body)).encode()


def _send_pipelined(port: int, requests: list[bytes]) -> Counter[int]:
    """Send fifty requests at a time (pipelining, RFC 9112 section 9.3.2) and count the statuses."""
    counts: Counter[int] = Counter()
    line = socket.create_connection(("127.0.0.1", port), timeout=120)
    with line, line.makefile("rb") as answers:
        for start in range(0, len(requests), 50):
            request = requests[start : start + 50]
            line.sendall(b"".join(request))
            counts.update(_status(answers) for _ in request)
    return counts


def _status(answers: IO[bytes]) -> int:
    status, length = int(answers.readline().split()[1]), 0
    while (header := answers.readline()) != b"\r\n":
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)
    return status


def everything_leaves(context: Context) -> None:
    """Process waiting sign-ups; the site's own mail worker may hold the rest."""
    process_sign_ups(context)
    wait_for_mail_worker()


def test_of_ten_thousand_sign_ups_from_one_network_five_pass(
    context: Context, site: OpenSite
) -> None:
    sources = [f"203.0.113.{place % 256}" for place in range(10_000)]
    assert flood(context, site.port, sources) == {200: 5, 429: 9_995}
    everything_leaves(context)
    assert len(outbox_messages(context)) == 5


def test_of_ten_thousand_sign_ups_from_a_thousand_networks_sixty_pass(
    context: Context, site: OpenSite
) -> None:
    sources = [f"10.{place % 1_000 // 250}.{place % 250}.7" for place in range(10_000)]
    assert len({source.rpartition(".")[0] for source in sources}) == 1_000
    counts = flood(context, site.port, sources)
    assert counts[200] == 60
    assert counts[503] + counts[429] == 9_940
    everything_leaves(context)
    assert len(outbox_messages(context)) == 60
    with snapshot(context.engine) as connection:
        notice = sign_up_limit_notice(connection, context.config, context.real_clock())
    assert "sign_ups_per_hour" in notice


def test_the_form_opens_again_when_the_hour_is_over(
    context: Context, site: OpenSite, visitor: Visitor, now: Now
) -> None:
    flood(context, site.port, [f"10.0.{place}.1" for place in range(70)])
    shut = submit_sign_up(context, visitor, "late@example.com", came_from="10.9.9.9")
    assert shut.status == 503
    assert shut.headers["Retry-After"] == "3600"
    now[0] += dt.timedelta(hours=1, seconds=1)
    assert submit_sign_up(context, visitor, "late@example.com", came_from="10.9.9.9").status == 200
    message_to(context, "late@example.com")


def test_one_address_gets_one_message_a_day_and_three_a_week(
    context: Context, visitor: Visitor, now: Now
) -> None:
    sent = []
    for day in range(8):
        for hour in range(3):
            page = submit_sign_up(
                context, visitor, "victim@example.com", came_from=f"10.{day}.{hour}.1"
            )
            assert page.status == 200
        everything_leaves(context)
        sent += [message["Message-ID"] for message in outbox_messages(context).values()]
        now[0] += dt.timedelta(days=1, seconds=1)
    assert len(set(sent)) == 4
    assert len(set(sent[:7])) == 3


@pytest.mark.parametrize(
    "spellings",
    [
        ["rosa@example.com", *(f"rosa+{n}@example.com" for n in range(4)), "ROSA+x+y@example.com"],
        ["rosa.fell@gmail.com", "rosafell@googlemail.com", "r.o.s.a.fell+run@gmail.com"],
    ],
)
def test_spellings_of_one_mailbox_share_its_limit(
    context: Context, visitor: Visitor, spellings: list[str]
) -> None:
    for source, spelling in enumerate(spellings):
        page = submit_sign_up(context, visitor, spelling, came_from=f"10.7.{source}.1")
        assert page.status == 200
        process_sign_ups(context)
    assert len(outbox_messages(context)) == 1


def test_spellings_of_one_mailbox_stay_different_readers(
    context: Context, visitor: Visitor, now: Now
) -> None:
    for day, spelling in enumerate(["r.fell+a@gmail.com", "r.fell+b@gmail.com"]):
        now[0] += dt.timedelta(days=2)
        submit_sign_up(context, visitor, spelling, came_from=f"10.7.{day}.1")
        process_sign_ups(context)
        assert message_to(context, spelling)


def test_both_links_work_after_two_sign_ups(context: Context, visitor: Visitor, now: Now) -> None:
    submit_sign_up(context, visitor, "ada@example.com", came_from="10.0.0.1")
    first = link_in(message_to(context, "ada@example.com"))
    now[0] += dt.timedelta(days=1, seconds=1)
    submit_sign_up(context, visitor, "ada@example.com", came_from="10.0.0.1")
    everything_leaves(context)
    assert visitor.get(first).status == 200
    assert link_in(message_to(context, "ada@example.com")) == first


def test_limits_are_stored_in_the_database_and_survive_a_restart(
    context: Context, site: OpenSite
) -> None:
    flood(context, site.port, ["198.51.100.1"] * 5)
    other = listen(context, host="127.0.0.1", port=0)
    with run_server(other.server):
        page = submit_sign_up(
            context, Visitor(other.port), "x@example.com", came_from="198.51.100.9"
        )
    assert page.status == 429


def test_neither_addresses_nor_networks_are_stored_and_counts_are_deleted(
    context: Context, visitor: Visitor, now: Now
) -> None:
    submit_sign_up(context, visitor, "postmaster@example.com", came_from="198.51.100.77")
    submit_sign_up(context, visitor, "ada@example.com", came_from="198.51.100.77")
    everything_leaves(context)
    with snapshot(context.engine) as connection:
        stored = connection.execute(select(sign_ups)).all()
    assert len(stored) == 1
    assert "198.51" not in str(stored)
    assert "ada@" not in str(stored)
    now[0] += dt.timedelta(days=7, seconds=1)
    expire_unconfirmed(context)
    with snapshot(context.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(sign_ups)) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.1", "203.0.113.200", True),
        ("203.0.113.1", "203.0.114.1", False),
        ("::ffff:203.0.113.1", "203.0.113.2", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_networks_are_distinguished_as_providers_assign_them(
    context: Context, visitor: Visitor, one: str, other: str, same: bool
) -> None:
    for place in range(5):
        submit_sign_up(context, visitor, f"v{place}@example.com", came_from=one)
    page = submit_sign_up(context, visitor, "w@example.com", came_from=other)
    assert page.status == (429 if same else 200)


def test_without_a_trusted_proxy_forwarded_addresses_are_ignored(tmp_path: Path, now: Now) -> None:
    context = replace(
        create_newsletter(tmp_path / "other"), real_clock=lambda: now[0], wait=lambda _seconds: None
    )
    opened = listen(context, host="127.0.0.1", port=0)
    with run_server(opened.server):
        visitor = Visitor(opened.port)
        status = [
            submit_sign_up(context, visitor, f"v{n}@example.com", came_from=f"10.0.{n}.1").status
            for n in range(6)
        ]
    assert status == [200] * 5 + [429]
