"""Mutated requests to the site and the desk: each is answered, and none with an error of ours."""

from __future__ import annotations

import random
import socket
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.context import Context
from newsletter.desk.server import listen as open_desk
from newsletter.site.server import listen as open_site
from tests.attacks.mutation import MARKUP, mutate
from tests.attacks.outcome import Outcome
from tests.support.newsletter_folder import create_newsletter, publish, subscribe
from tests.support.sign_up import form_token_aged, wait_for_mail_worker
from tests.support.visitor import Visitor, run_server

_PIECES = (
    *MARKUP,
    b"%00",
    b"%ff",
    b"%c0%af..%2f",
    b"//",
    b"?",
    b"\r\n",
    b"\r\nHost: evil.example",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"\xf0\x9f\x8f\x83",
    b"9" * 400,
    b"-1",
    b"a=b&" * 300,
)
_OUR_ERROR = 500
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that is answered with a page, before it is changed."""

    method: str
    path: str
    headers: tuple[str, ...] = ()
    body: str = ""

    def mutation(self, chance: random.Random) -> bytes:
        """Return it with its path, its body or any of its bytes changed."""
        match chance.randrange(3):
            case 0:
                path = mutate(self.path.encode(), chance, _PIECES).translate(None, b" \r\n")
                return self._write(b"/" + path.lstrip(b"/"), self.body.encode())
            case 1 if self.body:
                return self._write(self.path.encode(), mutate(self.body.encode(), chance, _PIECES))
            case _:
                return mutate(self._write(self.path.encode(), self.body.encode()), chance, _PIECES)

    def _write(self, path: bytes, body: bytes) -> bytes:
        headers = [*self.headers, "Connection: close"]
        if self.method == "POST":
            headers += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        lines = [
            b" ".join((self.method.encode(), path, b"HTTP/1.1")),
            *(header.encode() for header in headers),
        ]
        return b"\r\n".join((*lines, b"", body))


def attack_requests(number: int) -> Outcome:
    """Send mutated requests, half to the site and half to the desk."""
    with tempfile.TemporaryDirectory() as folder:
        context = create_newsletter(Path(folder) / "newsletter", proxies=1)
        publish(context, "Larch week", "Hill repeats")
        link = subscribe(context, "ada@example.com", "north")
        site, desk = open_site(context, host="127.0.0.1", port=0), open_desk(context, 0)
        with run_server(site.server), run_server(desk.server):
            author = Visitor(desk.port)
            author.get(desk.start_url.partition(str(desk.port))[2])
            token = author.get("/").hidden_field("csrf_token")
            attacks = (
                ("site", site.port, _site_requests(context, link)),
                ("desk", desk.port, _desk_requests(author, token)),
            )
            outcomes = [_attack(*attack, number // 2) for attack in attacks]
            alive = [
                Visitor(site.port).get("/healthz").status == 200,
                author.get("/").status == 200,
            ]
        wait_for_mail_worker()
        context.engine.dispose()
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    faults += [] if all(alive) else ["a server does not answer any more"]
    figures = "; ".join(outcome.figures for outcome in outcomes)
    return Outcome(figures=figures, faults=tuple(faults))


def _attack(name: str, port: int, requests: Sequence[_Request], number: int) -> Outcome:
    statuses: Counter[int] = Counter()
    faults = []
    for seed in range(number):
        chance = random.Random(f"{name} {seed}")  # noqa: S311  # seeded, so that a fault recurs
        request = chance.choice(requests).mutation(chance)
        status = _status_of(port, request)
        statuses[status] += 1
        if status == _OUR_ERROR:
            faults.append(f"{name} {seed}: {request[:300]!r} is answered with {status}")
    listed = ", ".join(
        f"{count:,} x {status or 'closed'}" for status, count in statuses.most_common()
    )
    return Outcome(
        figures=f"{number:,} mutated requests to the {name}: {listed}", faults=tuple(faults)
    )


def _status_of(port: int, request: bytes) -> int:
    """Return the status of the first answer, 0 if the connection was closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            words = line.makefile("rb").readline(200).split()
        except ConnectionError:
            return 0
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _site_requests(context: Context, link: str) -> list[_Request]:
    token = link.rpartition("/")[2]
    form = f"form_token={form_token_aged(context, 10)}&email=bo%40example.com&hemisphere=north"
    paths = (
        "/",
        "/subscribe?email=x@example.com",
        "/archive/",
        "/archive/1",
        "/archive/feed.xml",
        link,
        f"/preferences/{token}",
        f"/confirm/{token}",
        f"/images/{'0' * 64}.jpg",
        "/healthz",
    )
    posts = (
        ("/subscribe", form),
        (link, "List-Unsubscribe=One-Click"),
        (f"/preferences/{token}", "name=Bo&hemisphere=south&rhythm=monthly"),
        (f"/preferences/{token}/address", "email=c%40example.com"),
        (f"/preferences/{token}/erase", "sure=no"),
        (f"/confirm/{token}", ""),
        ("/webhooks/sendgrid", '[{"event": "bounce", "email": "x@example.com"}]'),
    )
    return _list_requests(paths, posts, ("Host: 127.0.0.1",))


def _desk_requests(author: Visitor, token: str) -> list[_Request]:
    headers = (
        f"Host: {author.host}",
        f"Cookie: {author.cookie}",
        f"Origin: http://{author.host}",
        "Sec-Fetch-Site: same-origin",
    )
    paths = ("/", "/mail/north", "/mail/north/as-sent", "/example", "/looks/trail.css", "/start")
    posts = (
        ("/approve/1", f"csrf_token={token}&seen=x"),
        ("/stop/1", f"csrf_token={token}"),
        ("/resume/1", f"csrf_token={token}"),
        ("/posts/1/skip", f"csrf_token={token}"),
        ("/test", f"csrf_token={token}&address=x%40example.com"),
    )
    return _list_requests(paths, posts, headers)


def _list_requests(
    paths: Sequence[str], posts: Sequence[tuple[str, str]], headers: tuple[str, ...]
) -> list[_Request]:
    return [
        *(_Request("GET", path, headers) for path in paths),
        *(_Request("POST", path, headers, body) for path, body in posts),
    ]
