"""What can go wrong, as one tree.

NewsletterError                 exit 1
├── SettingsError               exit 2   newsletter.toml, .env or the environment
├── UsageError                  exit 2   a command was called with the wrong words
├── FeedError                            one feed could not be read
│   ├── FetchError                       the server could not be reached or refused
│   ├── ParseError                       what came is not a feed
│   └── NoFeedFound                      neither the page nor its links lead to a feed
├── ComposeError                         the issue could not be put together
├── NotFound                             no such issue, post or subscriber
├── NotReady                             the issue may not be sent as it stands
│   └── OlderBackup             exit 3   nor any, for the database lacks what was sent
├── Interrupted                          a delivery was told to end before its end
├── MailerError                          the mailer cannot be used at all
├── MailboxError                         the mailbox of unsubscribe requests cannot be read
├── StorageError                         the database cannot be used
└── Busy                        exit 75  another run holds the work

Each carries a sentence for a blogger: what happened, and in `cure` what to do.
"""

from __future__ import annotations


class NewsletterError(Exception):
    """The root: `message` says what happened, `cure` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class SettingsError(NewsletterError):
    """The settings are missing, mistyped or contradict each other."""

    exit_code = 2


class UsageError(NewsletterError):
    """The command was given something it cannot use."""

    exit_code = 2


class FeedError(NewsletterError):
    """A feed could not be read; `url` names it."""

    def __init__(self, message: str, *, url: str, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.url = url


class FetchError(FeedError):
    """The server could not be reached, or did not give the feed.

    `gone` is true for HTTP 410, `retry_after` in seconds where the server named one.
    """

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
        self.gone = gone
        self.retry_after = retry_after


class ParseError(FeedError):
    """What the server sent is not a feed we can read."""


class NoFeedFound(FeedError):
    """The page is not a feed and does not lead to one."""


class ComposeError(NewsletterError):
    """A template, a greeting file or a post stands in the way of the issue."""


class NotFound(NewsletterError):
    """There is no such issue, post or subscriber."""


class NotReady(NewsletterError):
    """The issue may not be sent as it stands."""


class StaleBackup(NotReady):
    """Messages went out that the database knows nothing of: a person should look first."""

    exit_code = 3


class Interrupted(NewsletterError):
    """Ctrl-C or SIGTERM came amid a delivery; what was under way is recorded."""


class MailerError(NewsletterError):
    """The mailer cannot be used at all (settings, key, account)."""


class MailboxError(NewsletterError):
    """The mailbox of unsubscribe requests cannot be read; what was read of it counts."""


class StorageError(NewsletterError):
    """The database cannot be used. `passing` is true where the same may work in a moment."""

    def __init__(self, message: str, *, cure: str = "", passing: bool = False) -> None:
        super().__init__(message, cure=cure)
        self.passing = passing


class Busy(NewsletterError):
    """Another run holds the work."""

    exit_code = 75
