"""One pace for all machines: each batch takes its turn in the database before it goes."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.storage.database.engine import retry_transaction
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.ledger import rate_limit

_ROAD = "mail"


class SharedRateLimiter:
    """`rate_per_minute` messages at most from all who ask the same database.

    A turn is taken for a full batch, before it is known how many are in it; what was too
    much is given back. A turn that was not used is kept for the next batch.
    """

    limited = True

    def __init__(self, context: Context) -> None:
        self._engine = context.engine
        self._seconds_each = 60 / context.settings.sender.rate_per_minute
        self._whole = context.settings.sender.batch_size * self._seconds_each
        self._has_turn = False

    def wait(self) -> float:
        """Seconds until the next batch may go; with 0 the turn is ours."""
        if self._has_turn:
            return 0.0
        seconds = retry_transaction(
            self._engine,
            lambda connection: rate_limit.reserve(connection, _ROAD, self._whole),
            shared=True,
        )
        self._has_turn = not seconds
        return seconds

    def consume(self, messages: int) -> None:
        """So many messages go out now."""
        self._give_back(self._whole - messages * self._seconds_each)

    def close(self) -> None:
        """Gives back a turn that nothing came to use."""
        if self._has_turn:
            self._give_back(self._whole)

    def _give_back(self, seconds: float) -> None:
        self._has_turn = False
        if seconds > 0:
            retry_transaction(
                self._engine,
                lambda connection: rate_limit.give_back(connection, _ROAD, seconds),
                shared=True,
            )


def shared_rate_limiter(context: Context) -> SharedRateLimiter | None:
    """The pace that machines share, None where there is none: the only one keeps its own."""
    if not is_postgresql(context.engine) or not context.settings.sender.rate_per_minute:
        return None
    return SharedRateLimiter(context)
