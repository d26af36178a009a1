"""The errors of the list of subscribers, and the base class of every error.

HappyTrailsError                exit 1   the base: what handlers catch
├── NewsletterError                      the rest of the program; newsletter/errors.py draws it
└── SubscribersError            exit 1
    ├── InvalidAddress          exit 2   not an email address that mail can be sent to
    ├── InvalidPreference       exit 2   no such hemisphere, rhythm, topic or tag
    ├── ImportRejected          exit 1   the whole file is refused; `report` says why
    ├── CannotUndo              exit 1   the last import is no longer to be undone
    ├── NoSuchSubscriber        exit 1   no subscriber has that address
    ├── BadToken                exit 1   a link with a bad signature or for another purpose
    └── SchemaError             exit 1   the database schema is not the one this program knows

Each error carries a sentence for a blogger: what happened, and in `cure` what to do. `excerpt`
shows a value from a file or a form in such a sentence: on one line, with what can be printed.
Control characters from outside could move a terminal's cursor or write its clipboard, and those
that turn the direction of text make a sentence say something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subscribers.models import ImportQuestion, ImportReport


class HappyTrailsError(Exception):
    """Base class of every error that the program raises on purpose."""

    #: The exit code of a command that ends with this error.
    exit_code = 1

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        #: What happened, as a sentence for a blogger.
        self.message = message
        #: What to do about it, "" where the message says enough.
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class SubscribersError(HappyTrailsError):
    """Base class of errors about the list of subscribers."""


class InvalidAddress(SubscribersError):
    """The text is not an email address that mail can be sent to."""

    exit_code = 2


class InvalidPreference(SubscribersError):
    """No such hemisphere, rhythm, topic or tag."""

    exit_code = 2


class ImportRejected(SubscribersError):
    """The whole file is refused. The caller must roll back the transaction."""

    def __init__(
        self,
        message: str,
        *,
        report: ImportReport,
        cure: str = "",
        question: ImportQuestion | None = None,
    ) -> None:
        super().__init__(message, cure=cure)
        #: The rejected lines; empty if the file cannot be read at all.
        self.report = report
        #: What the author has to answer first; None if an answer does not help.
        self.question = question


class CannotUndo(SubscribersError):
    """There is no import to undo, or somebody it added was mailed or changed since."""


class NoSuchSubscriber(SubscribersError):
    """No subscriber has that address."""


class BadToken(SubscribersError):
    """The token in a link has a bad signature, is cut short or serves another purpose."""


class SchemaError(SubscribersError):
    """The schema of the database is not the one this program knows."""


def excerpt(text: str, longest: int = 40) -> str:
    """Return `text` on one line of at most `longest` characters, each of which can be printed."""
    plain = replace_unprintable(" ".join(text[: longest * 4].split()))
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def replace_unprintable(text: str) -> str:
    """Return `text` with a replacement character for each that cannot be printed."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
