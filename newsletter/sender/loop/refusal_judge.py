"""Judge refusals over a whole issue: whose fault they are decides what the ledger stores.

::

    receipt of the mailer                          as the ledger stores it
    reader_gone                                    refused
    reader_refuses, and others are accepted        refused
    reader_later                                   not_sent, a straggler
    account, message, server_later
        others are accepted around it              not_sent, a straggler; refused the second time
        several in a row, of several domains       not_sent, and the delivery stops
        nobody else is left, others were accepted  not_sent, a straggler; the author is told
    not asked                                      not_sent, claimed again at once

A `not_sent` receipt that keeps its fault makes a straggler (see ledger.py), which has a time at
which it is given up. So readers of one domain that refuses us never hold up the next issue. One
judge sees the receipts of all batches and connections of a delivery, so small batches hide
nothing. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from newsletter.models import Receipt
from newsletter.sender.batch import Batch, addresses_of, ids_of
from newsletter.sender.refusals import AcceptedDomains, Refusal, RefusalStreak, Stop, domain_of

# So many domains that refuse alone are remembered.
_MAX_ODD_DOMAINS = 1000
# Faults of ours that may still be about one reader.
_OURS = ("account", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the receipts of one batch come to."""

    #: As the ledger is to store them, one for each recipient that has a receipt.
    receipts: tuple[Receipt, ...]
    #: Why no other batch is to be sent, None to go on.
    stop: Stop | None = None
    #: What may be such a reason: the last readers were refused, and nobody is left who could tell.
    suspicion: Stop | None = None
    #: Why nothing of the batch could be sent just now, "" if something was, or was decided.
    setback: str = ""


class RefusalJudge:
    """Judges the batches of one delivery, in the order in which they come back."""

    def __init__(
        self, *, has_accepted: Callable[[str], bool], has_pending: Callable[[str], bool]
    ) -> None:
        """Ask about the whole issue, whatever the process or run.

        Both tell whether anybody at another domain than the given one is accepted, or pending;
        with "", anybody at all.
        """
        self._ask_whether_accepted = has_accepted
        self._ask_whether_pending = has_pending
        self._has_accepted = False
        self._accepted_here = AcceptedDomains()
        self._streak = RefusalStreak(self._accepted_here)
        # Readers refused for account or message while others were accepted.
        self._refused_alone: set[int] = set()
        # Domains that refused before others accepted.
        self._odd_domains: set[str] = set()
        # Readers refused since the last acceptance. Whose fault that is has not been judged yet.
        self._open: set[int] = set()

    @property
    def is_suspicious(self) -> bool:
        """Whether the last answers were refusals, so that one batch at a time should ask."""
        return bool(self._streak)

    def accept_all(self, batch: Batch) -> None:
        """Note a batch whose recipients were all accepted."""
        self._accepted_here.add_all(addresses_of(batch.recipients))
        self._note_acceptance()

    def judge(
        self, batch: Batch, receipts: Sequence[Receipt], *, is_last: Callable[[], bool]
    ) -> Judgement:
        """Judge a batch; its receipts are in the order in which the recipients were asked.

        `is_last` tells whether nobody else of the issue can be asked now.
        """
        self._has_accepted = self._has_accepted or self._ask_whether_accepted("")
        addresses = dict(zip(ids_of(batch.recipients), addresses_of(batch.recipients), strict=True))
        self._refused_alone |= {
            subscriber_id for subscriber_id, fault in batch.put_off_for.items() if fault in _OURS
        }
        stored: list[Receipt] = []
        # Places in `stored` of the refusals since the last acceptance.
        undecided: list[int] = []
        for receipt in receipts:
            address = addresses.get(receipt.subscriber_id, "")
            if receipt.outcome == "accepted":
                self._accepted_here.add(address)
                self._note_acceptance()
                for place in undecided:
                    stored[place] = self._refused_among_accepted(stored[place])
                undecided.clear()
            elif receipt.fault and self._is_undecided(receipt):
                undecided.append(len(stored))
                self._streak.add(
                    Refusal(
                        subscriber_id=receipt.subscriber_id,
                        address=address,
                        fault=receipt.fault,
                        words=receipt.detail,
                    )
                )
            stored.append(_put_back(receipt) if receipt.fault == "session" else receipt)
        if not undecided:
            return Judgement(receipts=tuple(stored), setback=_setback(stored))
        return self._judge_end(batch, stored, undecided, addresses, is_last=is_last())

    def _note_acceptance(self) -> None:
        self._has_accepted = True
        if self._streak:
            if len(self._odd_domains) < _MAX_ODD_DOMAINS:
                self._odd_domains |= self._streak.domains
            self._streak.clear()
        if self._open:
            self._refused_alone |= self._open
            self._open.clear()

    def _is_undecided(self, receipt: Receipt) -> bool:
        """Whether a refusal may be the reader's fault or ours."""
        if receipt.fault == "reader_gone":
            # A relay that knows none of the readers is the wrong relay.
            return not self._has_accepted
        return receipt.fault in ("reader_refuses", *_OURS, "server_later")

    def _judge_end(
        self,
        batch: Batch,
        stored: list[Receipt],
        undecided: Sequence[int],
        addresses: Mapping[int, str],
        *,
        is_last: bool,
    ) -> Judgement:
        """Judge a batch that ends with refusals."""
        ids = {stored[place].subscriber_id for place in undecided}
        last = stored[undecided[-1]]
        refusing = self._refusing_domain()
        is_decided = not refusing and self._streak.is_about_us(
            is_other_domain_left=not is_last and self._is_other_domain_pending()
        )
        is_rest = is_last and self._has_accepted and not any(map(_is_unasked, stored))
        if is_decided and is_rest:
            self._open |= ids
            return self._put_off_rest(batch, stored, undecided)
        is_odd = refusing in self._odd_domains
        if not is_decided and (is_last or is_odd or self._open & ids):
            # Everybody else was asked: what is known now has to do.
            if self._has_accepted or batch.put_off_for:
                if refusing:
                    unasked = _unasked_of(refusing, stored, addresses)
                    for place in unasked:
                        stored[place] = replace(stored[place], fault=last.fault, detail=last.detail)
                    undecided = [*undecided, *unasked]
                return self._judge_rest(batch, stored, undecided, refusing, is_odd=is_odd)
            is_decided = last.fault != "reader_gone"
        stop = self._streak.stop() if is_decided else None
        for place in undecided:
            if is_decided or stored[place].fault != "reader_gone":
                stored[place] = _put_back(stored[place])
        if stop is not None:
            _keep_stragglers(batch, stored, last)
        self._open |= ids
        setback = ""
        if stop is None and last.fault == "server_later":
            setback = self._streak.words if is_decided else _setback(stored)
        return Judgement(receipts=tuple(stored), stop=stop, setback=setback)

    def _put_off_rest(
        self, batch: Batch, stored: list[Receipt], undecided: Sequence[int]
    ) -> Judgement:
        """Make stragglers of the last readers of an issue that others have accepted.

        It may be a quota, so nothing is booked on them before they are given up.
        """
        for place in undecided:
            stored[place] = replace(stored[place], outcome="not_sent")
        is_news = any(stored[place].subscriber_id not in batch.put_off_for for place in undecided)
        suspicion = self._streak.stop() if is_news else None
        # The message is not stopped for it: everybody else has it.
        return Judgement(
            receipts=tuple(stored),
            suspicion=suspicion and dataclasses.replace(suspicion, fault="account"),
        )

    def _refusing_domain(self) -> str:
        """Return the only domain that refuses, and never took anything in this run; else ""."""
        domain = self._streak.only_domain
        if not domain or self._accepted_here.has(domain):
            return ""
        return domain if self._ask_whether_accepted(domain) else ""

    def _is_other_domain_pending(self) -> bool:
        """Whether readers of another domain than those that refused can still be asked."""
        domain = self._streak.only_domain
        return not domain or self._ask_whether_pending(domain)

    def _judge_rest(
        self,
        batch: Batch,
        stored: list[Receipt],
        undecided: Sequence[int],
        refusing: str,
        *,
        is_odd: bool,
    ) -> Judgement:
        """Judge the last refusals of an issue that others have accepted."""
        suspicion: Stop | None = None
        setback = ""
        for place in undecided:
            receipt = stored[place]
            is_straggler = receipt.subscriber_id in batch.put_off_for
            if receipt.fault == "account" and not (
                is_straggler or is_odd or receipt.subscriber_id in self._refused_alone
            ):
                # A quota may end with the last reader. Later runs find out, for a while.
                suspicion = self._streak.stop()
            elif receipt.fault == "server_later" and not (
                is_straggler or self._accepted_here or refusing
            ):
                setback = receipt.detail
                stored[place] = _put_back(receipt)
            else:
                stored[place] = self._refused_among_accepted(receipt)
        return Judgement(receipts=tuple(stored), suspicion=suspicion, setback=setback)

    def _refused_among_accepted(self, receipt: Receipt) -> Receipt:
        """Return the receipt of a reader who alone is refused."""
        if receipt.fault == "reader_refuses" and not self._has_accepted:
            return replace(receipt, outcome="not_sent")
        if receipt.fault not in _OURS:
            return receipt
        # Only an acceptance in this run shows that a quota is not used up by now.
        if receipt.subscriber_id in self._refused_alone and self._accepted_here:
            return replace(receipt, outcome="refused")
        self._refused_alone.add(receipt.subscriber_id)
        return receipt


def _put_back(receipt: Receipt) -> Receipt:
    """Return the receipt of a reader about whom the answer says nothing."""
    return replace(receipt, outcome="not_sent", fault="")


def _unasked_of(
    domain: str, receipts: Sequence[Receipt], addresses: Mapping[int, str]
) -> tuple[int, ...]:
    """Return the places of a domain's readers who were not asked any more."""
    return tuple(
        place
        for place, receipt in enumerate(receipts)
        if _is_unasked(receipt) and domain_of(addresses.get(receipt.subscriber_id, "")) == domain
    )


def _is_unasked(receipt: Receipt) -> bool:
    return receipt.outcome == "not_sent" and not receipt.fault


def _keep_stragglers(batch: Batch, stored: list[Receipt], last: Receipt) -> None:
    """Keep in `stored` who was a straggler before as one, so that each is given up in time."""
    for place, receipt in enumerate(stored):
        fault = batch.put_off_for.get(receipt.subscriber_id)
        if fault and _is_unasked(receipt):
            stored[place] = replace(receipt, fault=fault, detail=last.detail)


def _setback(receipts: Sequence[Receipt]) -> str:
    """Return why nobody of a batch was served or put off, "" if somebody was."""
    if any(receipt.outcome != "not_sent" or receipt.fault for receipt in receipts):
        return ""
    return next((receipt.detail for receipt in receipts if receipt.detail), "no reason given")
