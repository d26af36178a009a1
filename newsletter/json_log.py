"""A log for machines: one JSON object a line, without addresses and without secrets.

    {"at": "2026-11-29T14:00:03.120+00:00", "level": "info", "event": "run", "message": "…", …}

`event` names what happened; the other fields are its figures. What a library logs has the event
"log". Addresses lose their part before the @, and the values of secrets are struck out, wherever
they stand: in a message, a field or the text of an error.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from newsletter.config.secrets import Secrets
from newsletter.storage.reader_records import mask_addresses
from newsletter.text import printable_json

_LOG = logging.getLogger("newsletter")
# A shorter value would strike out parts of ordinary words.
_LEAST_SECRET = 6
_HIDDEN = "***"


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON in ASCII."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden: tuple[str, ...] = ()

    def hide(self, values: Iterable[str]) -> None:
        """Strike these values out from now on."""
        known = {value for value in values if len(value) >= _LEAST_SECRET}
        # The longest first: one secret may be a part of another.
        self._hidden = tuple(sorted({*self._hidden, *known}, key=len, reverse=True))

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        document: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            document["error"] = self.formatException(record.exc_info)
        return printable_json(json.dumps(self._clean(document), default=str))

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._hidden:
                value = value.replace(secret, _HIDDEN)
            return mask_addresses(value)
        if isinstance(value, dict):
            return {name: self._clean(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(each) for each in value]
        return value


def start_json_log(stream: TextIO | None = None) -> JsonFormatter:
    """Let everything that is logged go to `stream`, standard error by default, as JSON."""
    formatter = JsonFormatter()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOG.setLevel(logging.INFO)
    return formatter


def log_event(event: str, message: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log that something happened, with its figures. Nothing is written without a log."""
    _LOG.log(level, "%s", message, extra={"event": event, "fields": fields})


def secret_values(secrets: Secrets, database_password: str) -> tuple[str, ...]:
    """Return the values that no log may hold."""
    return (
        *secrets.signing,
        secrets.sendgrid_key,
        secrets.smtp_password,
        secrets.mailbox_password,
        secrets.bounces_password,
        secrets.desk_password_hash,
        database_password,
    )
