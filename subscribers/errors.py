"""What can go wrong with the list, as one tree.

SubscribersError                exit 1
├── InvalidAddress              exit 2   not an email address we can write to
├── InvalidPreference           exit 2   no such hemisphere, rhythm, topic or tag
├── ImportRejected              exit 1   the file stays out as a whole; `report` says why
├── NoSuchSubscriber            exit 1   nobody is on the list under that address
├── BadToken                    exit 1   a link that was not made by us, or for something else
└── SchemaError                 exit 1   the database does not fit this program

Each carries a sentence for a blogger: what happened, and in `cure` what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subscribers.transfer.report import ImportReport


class SubscribersError(Exception):
    """The root: `message` says what happened, `cure` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class InvalidAddress(SubscribersError):
    """The text is not an email address a message can be sent to."""

    exit_code = 2


class InvalidPreference(SubscribersError):
    """The value is none that a subscriber can have."""

    exit_code = 2


class ImportRejected(SubscribersError):
    """Nothing of the file may go in; the transaction it was raised in must be rolled back.

    `report` holds the rejected lines, with nothing added; it is empty when the file as a
    whole cannot be read.
    """

    def __init__(self, message: str, *, report: ImportReport, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.report = report


class NoSuchSubscriber(SubscribersError):
    """Nobody is on the list under that address."""


class BadToken(SubscribersError):
    """The link was changed, cut short, or made for another purpose."""


class SchemaError(SubscribersError):
    """The tables in the database are not those this program knows."""
