"""The password of a desk that can be reached from elsewhere: its strength, its hash, its check.

The hash is argon2id with the parameters that RFC 9106 (4) recommends where memory is scarce. It
lies in `.env`; the password itself is stored nowhere.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from newsletter.config import secrets as secrets_file
from newsletter.config.settings import NewsletterSettings
from newsletter.errors import NewsletterError, SettingsError, UsageError

LEAST_LENGTH = 12
MOST_LENGTH = 512
# Of five classes; 3 takes more than 10^8 guesses.
_LEAST_SCORE = 3
# What the estimate takes; a longer password is as strong as its start at least.
_ESTIMATED_LENGTH = 72
# A check takes 64 MB and a fifth of a second of the processor.
_CHECKS_AT_ONCE = 2
_CURE = (
    "Four or five words that do not belong together are strong and easy to type on a phone; a "
    "password manager makes one too."
)


class TooManyChecks(NewsletterError):
    """As many passwords are being checked as the machine has memory for."""


def set_password(
    folder: Path, environ: Mapping[str, str], newsletter: NewsletterSettings, password: str
) -> None:
    """Store the hash of `password` in `.env`, in place of an older one.

    Raise UsageError for a weak password, SettingsError if the environment holds a hash.
    """
    text = _normalise(password)
    if problem := find_weakness(text, newsletter):
        raise UsageError(problem, cure=_CURE)
    secrets_file.store_desk_password(folder, environ, PasswordHasher().hash(text))


def find_weakness(password: str, newsletter: NewsletterSettings) -> str:
    """Return why a password is too weak, as a sentence; "" if it is strong enough."""
    if len(password) < LEAST_LENGTH:
        return f"That password has {len(password)} characters, and needs {LEAST_LENGTH} at least."
    if len(password) > MOST_LENGTH:
        return f"That password is longer than {MOST_LENGTH} characters."
    from zxcvbn import zxcvbn

    known = _words_of(newsletter)
    rest = password.casefold()
    for word in known:
        rest = rest.replace(word, "")
    if rest != password.casefold() and sum(map(str.isalnum, rest)) < LEAST_LENGTH // 2:
        return "That password is little more than what everybody knows of your newsletter."
    estimate = zxcvbn(password[:_ESTIMATED_LENGTH], user_inputs=list(known))
    if estimate["score"] < _LEAST_SCORE:
        reason = str(estimate["feedback"]["warning"])
        return f"That password could be guessed. {reason}".strip()
    return ""


def _words_of(newsletter: NewsletterSettings) -> Sequence[str]:
    """Return what a stranger would try first, the longest first."""
    known = (newsletter.title, newsletter.author, newsletter.blog, newsletter.from_)
    text = " ".join((*known, "newsletter", "desk"))
    letters = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    least = 3
    return sorted({word for word in letters.split() if len(word) >= least}, key=len, reverse=True)


def _normalise(password: str) -> str:
    """Return a password as every keyboard gives it (NFKC, as NIST SP 800-63B advises)."""
    return unicodedata.normalize("NFKC", password)


class StoredPassword:
    """The password in `.env` or the environment, as it is now.

    A desk stays open for weeks: a password that was set anew counts at once.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self._lock = threading.Lock()
        self._version: object = None
        self._hash = ""
        self._checks = threading.BoundedSemaphore(_CHECKS_AT_ONCE)

    def current_hash(self) -> str:
        """Return the hash that counts now. Raise SettingsError if `.env` cannot be used."""
        path = self._folder / secrets_file.FILE_NAME
        try:
            status = path.stat()
            version = (status.st_mtime_ns, status.st_ino, status.st_size, status.st_mode)
        except OSError:
            version = (0, 0, 0, 0)
        with self._lock:
            if version != self._version:
                env = secrets_file.load_environment(self._folder, self._environ)
                self._hash = secrets_file.read_secrets(env).desk_password_hash
                self._version = version
            return self._hash

    def is_right(self, password: str) -> bool:
        """Whether this is the password.

        Raise TooManyChecks if others are being checked, and SettingsError if the hash is none.
        """
        stored = self.current_hash()
        if not stored or len(password) > MOST_LENGTH:
            return False
        if not self._checks.acquire(blocking=False):
            raise TooManyChecks("Too many sign in at once.", cure="Try again in a moment.")
        try:
            return PasswordHasher().verify(stored, _normalise(password))
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            raise SettingsError(
                "What is stored as the desk's password is no hash of one.",
                cure="Set it anew with `newsletter desk password`.",
            ) from None
        finally:
            self._checks.release()
