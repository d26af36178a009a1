"""A newsletter under test: the program, its blog, and the blog's posts."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import CommandResult, Program


@dataclass(slots=True)
class Newsletter:
    """A newsletter: call it to run a command; `publish` changes its blog."""

    program: Program
    blog: Blog
    items: list[Item] = field(default_factory=list)

    def __call__(self, *words: str, stdin: str = "") -> CommandResult:
        return self.program(*words, stdin=stdin)

    def run(self, *words: str) -> CommandResult:
        """Run a command that must exit with 0."""
        answer = self(*words)
        assert answer.code == 0, answer
        return answer

    def at(self, moment: str) -> Newsletter:
        """Set the program's clock; the offset is Edmonton's summer time unless one is given."""
        self.program.now = moment if moment[-6] in "+-" else f"{moment}:00-06:00"
        return self

    def publish(self, *items: Item) -> None:
        """Publish posts, newest first, above those that the blog has."""
        self.items[:0] = items
        self.blog.serve_feed(rss(*self.items))

    def withdraw(self, number: int) -> None:
        """Remove a post from the blog."""
        self.items[:] = [item for item in self.items if item.number != number]
        self.blog.serve_feed(rss(*self.items))

    def subscribe(self, *addresses: str) -> None:
        for address in addresses:
            self.run("subscribers", "add", address)

    def set(self, old: str, new: str) -> None:
        self.program.set(old, new)

    @property
    def folder(self) -> Path:
        return self.program.folder

    def outbox(self, issue: int | str = 1) -> dict[str, EmailMessage]:
        """Return the messages of an issue by recipient."""
        messages = [_read(path) for path in (self.folder / "outbox" / str(issue)).glob("*.eml")]
        return {str(message["To"]): message for message in messages}

    def notices(self) -> list[EmailMessage]:
        """Return the notices to the author, in the order in which they were written."""
        paths = sorted(
            (self.folder / "outbox" / "notice").glob("*.eml"),
            key=lambda path: path.stat().st_mtime_ns,
        )
        return [_read(path) for path in paths]

    def recipients(self, issue: int = 1) -> list[str]:
        """Return the recipients of an issue, sorted, without reading the messages."""
        folder = self.folder / "outbox" / str(issue)
        return sorted(path.name.removesuffix(".eml") for path in folder.glob("*.eml"))

    def titles_in(self, message: EmailMessage) -> list[str]:
        """Return the titles of the posts in a message, in the order of its text."""
        text = text_of(message)
        values = [(text.find(f"\n{item.title}\n---"), item.title) for item in self.items]
        return [title for place, title in sorted(values) if place >= 0]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def opening_of(text: str) -> str:
    """Return the first paragraph of a text part, which is the greeting, on one line."""
    return " ".join(text.partition("\n\n")[0].split()).lower()


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes, to compare before and after."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _read(path: Path) -> EmailMessage:
    parser: BytesParser[EmailMessage] = BytesParser(policy=email.policy.default)
    return parser.parsebytes(path.read_bytes())
