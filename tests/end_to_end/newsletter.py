"""A newsletter under test: the program, its blog, and the posts the blog holds."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from tests.conftest import Answer, Blog, Program
from tests.support.feeds import Item, rss


@dataclass(slots=True)
class Newsletter:
    """What an author has: call it as the command; `publish` is what the blog does."""

    program: Program
    blog: Blog
    items: list[Item] = field(default_factory=list)

    def __call__(self, *words: str, stdin: str = "") -> Answer:
        return self.program(*words, stdin=stdin)

    def well(self, *words: str) -> Answer:
        """A command that must end with 0."""
        answer = self(*words)
        assert answer.code == 0, answer
        return answer

    def at(self, moment: str) -> Newsletter:
        """Sets the calendar; the offset is Edmonton's in summer unless one is given."""
        self.program.now = moment if moment[-6] in "+-" else f"{moment}:00-06:00"
        return self

    def publish(self, *items: Item) -> None:
        """The blog shows these, newest first, above what it had."""
        self.items[:0] = items
        self.blog.serve_feed(rss(*self.items))

    def withdraw(self, number: int) -> None:
        """The blog's author takes a post down."""
        self.items[:] = [item for item in self.items if item.number != number]
        self.blog.serve_feed(rss(*self.items))

    def subscribe(self, *addresses: str) -> None:
        for address in addresses:
            self.well("subscribers", "add", address)

    def set(self, old: str, new: str) -> None:
        self.program.set(old, new)

    @property
    def folder(self) -> Path:
        return self.program.folder

    def outbox(self, issue: int | str = 1) -> dict[str, EmailMessage]:
        """The messages of an issue by the address they went to."""
        messages = [_read(path) for path in (self.folder / "outbox" / str(issue)).glob("*.eml")]
        return {str(message["To"]): message for message in messages}

    def recipients(self, issue: int = 1) -> list[str]:
        """Who has a message of the issue, sorted: a folder of 2,000 is not read for that."""
        folder = self.folder / "outbox" / str(issue)
        return sorted(path.name.removesuffix(".eml") for path in folder.glob("*.eml"))

    def titles_in(self, message: EmailMessage) -> list[str]:
        """The posts a message holds, in the order of its text."""
        text = text_of(message)
        found = [(text.find(f"\n{item.title}\n---"), item.title) for item in self.items]
        return [title for place, title in sorted(found) if place >= 0]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes: what must not change when nothing may."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _read(path: Path) -> EmailMessage:
    parser: BytesParser[EmailMessage] = BytesParser(policy=email.policy.default)
    return parser.parsebytes(path.read_bytes())
