"""Mutated feeds through the real program: each hundred is collected, drafted and sent."""

from __future__ import annotations

import os
import random
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsletter.demo.feed import feed_xml
from tests.attacks.mutation import mutate
from tests.attacks.outcome import Outcome
from tests.support.newsletter_folder import create_newsletter, subscribe
from tests.support.program import Program
from tests.support.small_feeds import item, rss
from tests.support.web_server import WebServer, run_web_server

_FEEDS_AT_ONCE = 100
_BEGUN, _READ = "2026-11-01T06:00:00+00:00", "2026-11-20T12:00:00+00:00"
_MOST_MEGABYTES = 300
# Of a step that takes a hundred feeds, in processor time: a busy machine is no fault.
_MOST_SECONDS = 10.0
_MIGRATION = threading.Lock()
_ATOM = b"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>Hill</title><id>urn:hill</id><updated>2026-11-19T08:00:00Z</updated>
<entry><id>urn:hill:1</id><title type="html">Frost &amp;amp; fog</title><link href="/frost/"/>
<published>2026-11-18T08:00:00Z</published><updated>2026-11-18T08:00:00Z</updated>
<category term="race: Calgary"/><content type="html">&lt;p&gt;42.2 km in &lt;b&gt;3:58&lt;/b&gt;.
&lt;img src="/a.jpg" alt="A hill"&gt;&lt;/p&gt;</content></entry></feed>"""
_JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Dale", "items": [{"id": "7",
"url": "https://blog.example/7", "title": "Seven miles", "date_published":
"2026-11-17T08:00:00-07:00", "content_html": "<p>Seven miles, <a href='/b'>uphill</a>.</p>",
"tags": ["long run"], "image": "https://blog.example/7.jpg"}]}"""


@dataclass(frozen=True, slots=True)
class _Step:
    """One command on a hundred feeds."""

    round: int
    words: str
    code: int
    error: str
    seconds: float
    megabytes: float

    def faults(self) -> Iterator[str]:
        name = f"feeds {self.round}: {self.words}"
        if self.code < 0 or "Traceback" in self.error:
            yield f"{name} ended with {self.code}: {self.error[-400:]}"
        if self.seconds > _MOST_SECONDS:
            yield f"{name} took {self.seconds:.1f} s"
        if self.megabytes > _MOST_MEGABYTES:
            yield f"{name} took {self.megabytes:.0f} MB"


def attack_feeds(number: int, corpus: Path | None = None) -> Outcome:
    """Let mutations of sample feeds, or of the files in `corpus`, become issues."""
    bodies = _corpus_bodies(corpus) if corpus else _sample_bodies()
    rounds = range(max(1, number // _FEEDS_AT_ONCE))
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        shares = threads.map(lambda seed: _play_round(seed, bodies), rounds)
        steps = [step for share in shares for step in share]
    sent = sum(step.words == "send next" and step.code == 0 for step in steps)
    figures = (
        f"{len(rounds) * _FEEDS_AT_ONCE:,} mutated feeds in {len(rounds)} issues, {sent} of them "
        f"sent; most memory {max(step.megabytes for step in steps):.0f} MB, "
        f"longest step {max(step.seconds for step in steps):.1f} s"
    )
    faults = tuple(fault for step in steps for fault in step.faults())
    return Outcome(figures=figures, faults=faults or (() if sent else ("no issue was sent",)))


def _sample_bodies() -> Sequence[bytes]:
    moment = datetime.fromisoformat(_READ).astimezone(UTC)
    return (
        feed_xml("https://blog.example", moment),
        rss(*(item(day) for day in range(3, 18))).encode(),
        rss(item(15, extra="<category>race: Calgary Marathon</category>"), item(16)).encode(),
        _ATOM,
        _JSON,
    )


def _corpus_bodies(corpus: Path) -> Sequence[bytes]:
    files = sorted(path for path in corpus.rglob("*.*") if path.is_file())
    return [path.read_bytes() for path in files if path.stat().st_size < 100_000]


def _play_round(seed: int, bodies: Sequence[bytes]) -> list[_Step]:
    chance = random.Random(seed)  # noqa: S311  # seeded, so that a fault recurs
    with tempfile.TemporaryDirectory() as folder, run_web_server() as web:
        program = Program(Path(folder) / "newsletter", now=_BEGUN)
        # Alembic's migration context is one for all threads.
        with _MIGRATION:
            _create(program, [f"{web.url}/feed/{number}" for number in range(_FEEDS_AT_ONCE)])
        _serve(web, [rss().encode()] * _FEEDS_AT_ONCE)
        steps = [_run_step(seed, program, "collect")]
        # Each feed's mutation is its own, and so are the posts of the feeds that survive.
        _serve(web, [mutate(chance.choice(bodies), chance) for _ in range(_FEEDS_AT_ONCE)])
        program.now = _READ
        steps += [_run_step(seed, program, words) for words in ("collect", "draft", "send next")]
        return steps


def _create(program: Program, urls: Sequence[str]) -> None:
    context = create_newsletter(program.folder, approval="auto", now=_BEGUN)
    for hemisphere in ("north", "south"):
        subscribe(context, f"{hemisphere}@example.com", hemisphere)
    context.engine.dispose()
    feeds = "\n".join(f'[[feeds]]\nurl = "{url}"' for url in urls)
    program.set('[[feeds]]\nurl = "https://blog.example.com/feed/"', feeds)
    program.set('approval = "auto"', 'approval = "auto"\nsettle_minutes = 0')
    program.set("[site]", "[fetch]\nallow_private_addresses = true\n[site]")


def _serve(web: WebServer, bodies: Sequence[bytes]) -> None:
    for number, body in enumerate(bodies):
        web.answer(f"/feed/{number}", body, kind="")


def _run_step(seed: int, program: Program, words: str) -> _Step:
    command = program.start(*words.split())
    assert command.stdout is not None
    assert command.stderr is not None
    # Both pipes end with the program; what it writes for a hundred feeds fits into one.
    error = command.stderr.read()
    command.stdout.read()
    _, status, usage = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    command.stdout.close()
    command.stderr.close()
    return _Step(
        round=seed,
        words=words,
        code=command.returncode,
        error=error,
        seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / 1024,
    )
