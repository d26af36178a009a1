"""The tree of errors. Handlers catch `HappyTrailsError` (subscribers/errors.py).

HappyTrailsError                         base of this tree and of the subscribers' errors
└── NewsletterError             exit 1
    ├── SettingsError           exit 2   newsletter.toml, .env or the environment is wrong
    ├── UsageError              exit 2   a command was called with unusable arguments
    ├── FeedError                        one feed could not be read
    │   ├── FetchError                   the server could not be reached, or refused
    │   │   └── PrivateAddress           it is not on the public internet
    │   ├── ParseError                   the response is not a feed
    │   └── NoFeedFound                  neither the page nor its links lead to a feed
    ├── ComposeError                     the issue could not be rendered
    ├── NotFound                         no such issue, post or subscriber
    ├── NotReady                         the issue may not be sent as it is
    │   ├── EditConflict                 somebody else changed the same part of it meanwhile
    │   ├── StaleBackup         exit 3   no issue may: the database misses deliveries
    │   ├── LeaversUnknown      exit 3   who unsubscribed elsewhere could not be read
    │   ├── RehearsalsHoldPosts exit 3   the first real issue, until that was said once
    │   └── TooSoon                      another issue went out just now
    ├── Interrupted                      Ctrl-C or SIGTERM ended a delivery early
    ├── MailerError                      the mailer cannot be used at all
    │   └── SendingRefused      exit 3   so an issue waits: our account or it is refused
    ├── BackupError                      a backup cannot be made, read or put back
    │   └── NewerNewsletter     exit 3   what would be replaced is newer than the backup
    ├── MailboxError                     the mailbox of unsubscribe requests cannot be read
    ├── StorageError                     the database cannot be used
    │   ├── DatabaseMissing     exit 2   it has vanished, and this command makes none anew
    │   └── DatabaseMoved       exit 2   the newsletter lives in another one by now
    └── Busy                    exit 75  another run holds the lock

Each error carries a sentence for a blogger: what happened, and in `cure` what to do.
"""

from __future__ import annotations

from typing import Literal

from subscribers.errors import HappyTrailsError


class NewsletterError(HappyTrailsError):
    """Base class of every error outside the list of subscribers."""


class SettingsError(NewsletterError):
    """A setting is missing, mistyped or contradicts another."""

    exit_code = 2


class UsageError(NewsletterError):
    """A command was called with arguments it cannot use."""

    exit_code = 2


class FeedError(NewsletterError):
    """One feed could not be read."""

    def __init__(self, message: str, *, url: str, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        #: The URL of the feed.
        self.url = url


class FetchError(FeedError):
    """The server could not be reached, or refused the request."""

    def __init__(
        self,
        message: str,
        *,
        url: str,
        cure: str = "",
        gone: bool = False,
        retry_after: int = 0,
    ) -> None:
        super().__init__(message, url=url, cure=cure)
        #: Whether the server answered 410 Gone (RFC 9110, 15.5.11).
        self.gone = gone
        #: Seconds to wait before the next request (Retry-After), 0 if none were named.
        self.retry_after = retry_after


class UnknownHost(FetchError):
    """The name in the address leads nowhere, or no name server could be asked."""


class PrivateAddress(FetchError):
    """The server is not on the public internet, or not at a web port."""


class ParseError(FeedError):
    """The response is not a feed."""


class NoFeedFound(FeedError):
    """The page is not a feed and does not link to one."""


class ComposeError(NewsletterError):
    """The issue cannot be rendered: a template, a greeting file or a post is faulty."""


class NotFound(NewsletterError):
    """No such issue, post or subscriber."""


class NotReady(NewsletterError):
    """The issue may not be sent as it is."""


class EditConflict(NotReady):
    """Somebody else changed the same part of an issue since the author looked at it."""


class StaleBackup(NotReady):
    """The database was restored from a stale backup: it misses deliveries that happened."""

    exit_code = 3


class LeaversUnknown(NotReady):
    """Who unsubscribed could not be read where messages have them unsubscribe, so nobody is mailed.

    The next call reads it again.
    """

    exit_code = 3


class TooSoon(NotReady):
    """Another issue went out less than three days ago, and the author did not insist."""


class RehearsalsHoldPosts(NotReady):
    """Rehearsed issues hold posts that would never go out. Raised once, before a real issue."""

    exit_code = 3


class Interrupted(NewsletterError):
    """Ctrl-C or SIGTERM ended a delivery early; batches in flight are recorded."""


class MailerError(NewsletterError):
    """The mailer cannot be used at all: its settings, key or account are wrong."""

    def __init__(
        self,
        message: str,
        *,
        cure: str = "",
        fault: Literal["account", "message"] = "account",
        words: str = "",
    ) -> None:
        super().__init__(message, cure=cure)
        #: What no other try would change: our account and its settings, or the message.
        self.fault: Literal["account", "message"] = fault
        #: The server's own words, "" if it was not asked.
        self.words = words


class SendingRefused(MailerError):
    """Our account or the message is refused. Nothing of the issue is lost: it waits."""

    exit_code = 3

    @classmethod
    def because_of(cls, error: MailerError) -> SendingRefused:
        """Return the error of an issue that waits because of a mailer's error."""
        return cls(error.message, cure=error.cure, fault=error.fault, words=error.words)


class BackupError(NewsletterError):
    """A backup cannot be made, read or put back. What was there is as it was."""


class NewerNewsletter(BackupError):
    """What would be replaced is newer than the backup, or belongs to another newsletter."""

    exit_code = 3


class MailboxError(NewsletterError):
    """The mailbox of unsubscribe requests cannot be read; messages read before it count."""


class StorageError(NewsletterError):
    """The database cannot be used."""

    def __init__(self, message: str, *, cure: str = "", passing: bool = False) -> None:
        super().__init__(message, cure=cure)
        #: Whether a retry may succeed, as for a locked database.
        self.passing = passing


class DatabaseMissing(StorageError):
    """The database has vanished or is empty, and this command must not make a new one."""

    exit_code = 2


class DatabaseMoved(StorageError):
    """The newsletter lives in another database by now, or its move there was cut short."""

    exit_code = 2


class Busy(NewsletterError):
    """Another run holds the lock."""

    exit_code = 75
