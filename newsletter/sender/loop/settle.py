"""Settle what is in doubt, as far as the mailer can: by looking, or by calling it back."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.models.delivery_state import OutcomeCounts, complete, count_outcomes
from newsletter.sender.batch import Batch
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.mailers import HoldingMailer, Mailer, SettlingMailer
from newsletter.sender.recipients import ids_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What settling came to: `tally` is the change in figures, the others count batches."""

    tally: OutcomeCounts
    called_back: int
    in_doubt: int


def settle(ledger: Ledger, mailer: Mailer) -> Settled:
    """Asks the mailer about each batch in doubt and writes down what it says."""
    done, called_back, in_doubt = OutcomeCounts(), 0, 0
    if not isinstance(mailer, SettlingMailer | HoldingMailer):
        return Settled(tally=done, called_back=0, in_doubt=0)
    for batch in ledger.unsettled():
        found = _look(ledger, mailer, batch)
        done = done.plus(found)
        called_back += found.unknown < 0 and isinstance(mailer, HoldingMailer)
        in_doubt += found.unknown == 0
    return Settled(tally=done, called_back=called_back, in_doubt=in_doubt)


def _look(ledger: Ledger, mailer: Mailer, batch: Batch) -> OutcomeCounts:
    no_longer = OutcomeCounts(unknown=-len(batch.recipients))
    if isinstance(mailer, SettlingMailer):
        receipts = complete(ids_of(batch.recipients), mailer.settle(batch))
        ledger.record(batch, receipts)
        return count_outcomes(receipts).plus(no_longer)
    if isinstance(mailer, HoldingMailer) and batch.hold and mailer.call_back(batch.hold):
        ledger.void(batch)
        return no_longer
    return OutcomeCounts()
