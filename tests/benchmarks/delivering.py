"""The peak memory of `run` for many subscribers, against few."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import Program
from tests.support.sendgrid import KEY, SendGridStandIn

_FEW = 1_000
_MANY: dict[Literal["outbox", "sendgrid"], tuple[int, ...]] = {
    "outbox": (10_000,),
    "sendgrid": (10_000, 100_000),
}
_FLAT = 1.2
_FRIDAY = "2026-11-20T19:00:00+00:00"
_SUNDAY = "2026-11-22T14:30:00+00:00"
# A process inherits the peak memory of its parent, so the parent is small.
_WATCH = """
import os, subprocess, sys, time
begun = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
print(usage.ru_maxrss, time.perf_counter() - begun)
sys.exit(child.returncode)
"""
_WORDS = "An easy hour by the river, and pancakes after. "


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCost:
    """The cost of one command: peak resident memory in MB, and seconds."""

    memory: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.memory:.0f} MB, {self.seconds:.1f} s"


class _Forgetful(SendGridStandIn):
    """A stand-in that counts recipients and stores nothing, to leave memory for the program."""

    taken = 0

    def take(self, payload: dict[str, Any]) -> None:
        self.taken += len(payload["personalizations"])
        self.requests.clear()


_BY_SIZE = {
    (mailer, size, command): Comparison(
        key=f"delivering.{mailer}-{size}-{command}",
        what=f"memory of {command} ({mailer}), {size:,} readers",
        against=f"{_FEW:,} readers",
        unit="MB",
        floor=_FLAT,
        clock="memory",
        explanation="Lists are read and written in pages; SQLite's cache and the parsers of the "
        "feeds grow to their full size only with enough work.",
    )
    for mailer, sizes in _MANY.items()
    for size in sizes
    for command in ("import", "run")
}
COMPARISONS = tuple(_BY_SIZE.values())


def measure() -> Iterator[Measurement]:
    """Measure `subscribers import` and `run` as real processes."""
    with _blog() as blog, _Forgetful() as sendgrid:
        for mailer, sizes in _MANY.items():
            few = _issue(blog, sendgrid, mailer, _FEW)
            for size in sizes:
                many = _issue(blog, sendgrid, mailer, size)
                for command in ("import", "run"):
                    yield Measurement(
                        comparison=_BY_SIZE[mailer, size, command],
                        ours=(many[command].memory,),
                        theirs=(few[command].memory,),
                        remark=f"{many[command].seconds:.1f} s : {few[command].seconds:.1f} s",
                    )


def _issue(
    blog: Blog, sendgrid: _Forgetful, mailer: Literal["outbox", "sendgrid"], readers: int
) -> dict[str, CommandCost]:
    """Create a newsletter and deliver its first issue to `readers` readers."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        program = Program(Path(folder, "newsletter"), _FRIDAY, {"SENDGRID_API_KEY": KEY})
        result = program.init(blog.url, "--backfill", "8")
        if result.code:
            raise SystemExit(result.err)
        program.set('approval = "required"', 'approval = "auto"')
        program.set('mailer = "outbox"', f'mailer = "{mailer}"')
        program.set("https://api.sendgrid.com", sendgrid.url)
        program.set('url = ""', 'url = "http://127.0.0.1:8025"')
        people = _people(Path(folder, "people.csv"), readers)
        imported = _measure_command(program, "subscribers", "import", str(people))
        program.now = _SUNDAY
        sendgrid.taken = 0
        ran = _measure_command(program, "run")
        written = sum(1 for _ in program.folder.glob("outbox/1/*.eml"))
    if sendgrid.taken + written != readers:
        raise SystemExit(f"{sendgrid.taken + written} of {readers} readers were served.")
    return {"import": imported, "run": ran}


def _measure_command(program: Program, *words: str) -> CommandCost:
    command = [sys.executable, "-m", "newsletter", "--folder", str(program.folder), *words]
    completed = subprocess.run(
        [sys.executable, "-c", _WATCH, *command],
        env=program.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        raise SystemExit(f"`newsletter {' '.join(words)}`: {completed.stderr}")
    memory, seconds = map(float, completed.stdout.splitlines()[-1].split())
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes on macOS, kilobytes elsewhere
    return CommandCost(memory=memory / unit, seconds=seconds)


def _people(file: Path, number: int) -> Path:
    with file.open("w", encoding="ascii") as out:
        out.write("email,hemisphere\n")
        out.writelines(
            f"runner{item}@example.org,{('north', 'south')[item % 2]}\n" for item in range(number)
        )
    return file


@contextmanager
def _blog() -> Iterator[Blog]:
    """A blog of eight posts on a real web server."""
    friday = dt.date.fromisoformat(_FRIDAY[:10])
    posts = (
        Item(
            number=item,
            title=f"Week {item} on the river loop",
            day=friday - dt.timedelta(item),
            body=f"<p>Run {item}. {_WORDS * 60}</p>",
        )
        for item in range(1, 9)
    )
    with Blog() as server:
        server.serve_feed(rss(*posts))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
