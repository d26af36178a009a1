"""A newsletter that lives by a clock of its own, and all that came of it.

libfaketime (Debian's package `faketime`) sets the clock of each command, as the system's clock
would be: https://github.com/wolfcw/libfaketime
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from tests.end_to_end.newsletter import text_of
from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import CommandResult
from tests.support.smtp_relay import Relay
from tests.support.warm import WarmServer

_LIBRARIES = Path("/usr/lib")
# A reader who stays from the first day to the last: their messages hold every post.
FAITHFUL = "faithful@example.com"
_FEED_LENGTH = 40


def faked_environment() -> dict[str, str]:
    """Return the environment of a program whose clock FAKETIME sets; its timeouts stay real."""
    library = next(_LIBRARIES.glob("*/faketime/libfaketime.so.1"))
    own = {
        "LD_PRELOAD": str(library),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "FAKETIME": "+0",
    }
    foreign = ("NEWSLETTER", "SENDGRID")
    return {k: v for k, v in os.environ.items() if not k.startswith(foreign)} | own


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command, when it was called by the newsletter's clock, and what it said."""

    at: dt.datetime
    words: Sequence[str]
    result: CommandResult

    @property
    def said(self) -> str:
        return f"{self.result.out}\n{self.result.err}"


@dataclass(slots=True)
class NewsletterYear:
    """One newsletter with its blog, its relay and its clock."""

    folder: Path
    blog: Blog
    relay: Relay
    server: WarmServer
    now: dt.datetime
    env: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    posts: list[Item] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    #: Who was on the list when the first message of an issue went out, by its number.
    expected: dict[int, frozenset[str]] = field(default_factory=dict)
    #: The addresses that got a message of an issue, by its number, and when.
    mailed: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    mailed_at: dict[int, dt.datetime] = field(default_factory=dict)
    #: The text of each issue as the faithful reader got it.
    texts: dict[int, str] = field(default_factory=dict)
    #: Deliveries that a kill left unknown and the author left as they were, by the issue's number.
    left_unknown: Counter[int] = field(default_factory=Counter)
    seen: int = 0

    def __call__(self, *words: str, codes: Sequence[int] = (0,)) -> CommandResult:
        """Run a command at this moment, which must end with one of these codes."""
        result = CommandResult(*self.server(self._arguments(words), self._environment(), stdin=""))
        self._note(words, result)
        assert result.code in codes, (self.now, words, result)
        return result

    def run(self) -> CommandResult:
        """Do what cron does."""
        return self("run", codes=(0, 3, 75))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        command = [sys.executable, "-m", "newsletter", *self._arguments(words)]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=faked_environment() | self._environment(),
        )

    def end(self, process: subprocess.Popen[str], *words: str) -> CommandResult:
        """Wait for a started command to end."""
        out, err = process.communicate(timeout=120)
        result = CommandResult(process.returncode, out, err)
        self._note(words, result)
        return result

    def publish(self, *titles: str) -> None:
        """Publish posts, which have settled by the next day."""
        for title in titles:
            number = 1000 + len(self.posts)
            day = (self.now - dt.timedelta(days=1)).date()
            self.posts.insert(0, Item(number=number, title=title, day=day))
        self.blog.serve_feed(rss(*self.posts[:_FEED_LENGTH]))

    def join(self, address: str) -> None:
        self("subscribers", "add", address)
        self.readers.add(address)

    def leave(self, address: str) -> None:
        self("subscribers", "remove", address)
        self.readers.discard(address)

    def set(self, old: str, new: str) -> None:
        path = self.folder / "newsletter.toml"
        text = path.read_text("utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), "utf-8")

    def _arguments(self, words: Sequence[str]) -> tuple[str, ...]:
        return ("--folder", str(self.folder), *words)

    def _environment(self) -> dict[str, str]:
        offset = self.now.timestamp() - time.time()
        state = self.folder.with_name(f"{self.folder.name}-state")
        return faked_environment() | {
            "XDG_STATE_HOME": str(state),
            "FAKETIME": f"{offset:+.0f}",
        } | self.env  # fmt: skip

    def _note(self, words: Sequence[str], result: CommandResult) -> None:
        """Note what was said, and who was mailed meanwhile."""
        self.calls.append(Call(at=self.now, words=words, result=result))
        new = self.relay.accepted[self.seen :]
        self.seen += len(new)
        for address, contents in new:
            message = message_from_bytes(contents, policy=policy.default)
            number = _issue_of(str(message["Subject"]))
            if number is None:
                continue  # a notice to the author
            if number not in self.mailed:
                self.expected[number] = frozenset(self.readers)
                self.mailed_at[number] = self.now
            self.mailed[number].append(address)
            if address == FAITHFUL:
                self.texts[number] = text_of(message)


def _issue_of(subject: str) -> int | None:
    """Return the number that the subject of each issue begins with."""
    word, _, rest = subject.partition(" ")
    return int(rest.split(":")[0]) if word == "Letter" else None
