"""The model agrees with the database, and the judge catches wrong ledgers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from newsletter.models import Receipt
from newsletter.models.delivery_state import BatchStatus
from newsletter.sender.batch import Batch, Hold
from newsletter.sender.loop.ledger import Ledger
from tests.simulator.__main__ import main
from tests.simulator.backend import Backend, BackendFactory
from tests.simulator.database import DatabaseFactory
from tests.simulator.model import Model, ModelFactory
from tests.simulator.model_rows import BatchRow, DeliveryRow
from tests.simulator.scheduler import Scheduler
from tests.simulator.story import run_story

# A wrong ledger shows within a few stories; after this many it counts as missed.
SOON = 200


@pytest.fixture(params=["database", "model"])
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> BackendFactory:
    if request.param == "model":
        return ModelFactory()
    return DatabaseFactory.open(tmp_path / "newsletter")


class ResendingLedger:
    """A ledger that sends batches of unknown outcome again."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner

    def has_work(self) -> bool:
        return self._inner.has_work()

    def has_accepted(self, *, beyond: str = "") -> bool:
        return self._inner.has_accepted(beyond=beyond)

    def has_pending(self, *, beyond: str) -> bool:
        return self._inner.has_pending(beyond=beyond)

    def seconds_until_due(self) -> float | None:
        return self._inner.seconds_until_due()

    def pass_time(self, seconds: float) -> None:
        self._inner.pass_time(seconds)

    def claim(self, hold: Hold | None) -> Batch | None:
        return self._inner.claim(hold)

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        hoped = tuple(
            replace(receipt, outcome="not_sent") if receipt.outcome == "unknown" else receipt
            for receipt in receipts
        )
        self._inner.record(batch, hoped)

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        self.record(batch, receipts)
        return self.claim(None)

    def unsettled_batches(self) -> Iterable[Batch]:
        return self._inner.unsettled_batches()

    def void(self, batch: Batch) -> None:
        self._inner.void(batch)


def test_the_judge_catches_a_ledger_that_resends_unknown_deliveries(
    factory: BackendFactory,
) -> None:
    assert _is_caught(lambda seed: run_story(factory, seed, ResendingLedger).faults)


def test_the_same_stories_go_well_on_the_right_ledger(factory: BackendFactory) -> None:
    assert not any(run_story(factory, seed).faults for seed in range(SOON // 4))


class UnfencedBatch(BatchRow):
    """A batch without fencing: stale holders may write to it."""

    def move(self, fence: int, among: Sequence[BatchStatus], status: BatchStatus) -> bool:
        del fence
        return BatchRow.move(self, self.fence, among, status)


class UnfencedModel(Model):
    def open_batch(
        self, deliveries: list[DeliveryRow], not_before: dt.datetime | None = None
    ) -> None:
        self.batches.append(UnfencedBatch(len(self.batches) + 1, deliveries, not_before=not_before))


class ImpatientModel(Model):
    """A model that expires every lease at once and replans the batches."""

    def expire_leases(self, is_dead: Callable[[str], bool]) -> None:
        super().expire_leases(lambda holder: is_dead(holder) or bool(holder))
        for batch in list(self.batches):
            if batch.status == "unknown":
                self.void(batch, batch.fence)


class UnsubscribeBlindModel(Model):
    """A model that delivers to readers who unsubscribed."""

    def leave(self, reader: int) -> str | None:
        return self.deliveries[reader - 1].status


class RecallBlindModel(Model):
    """A model that counts recalled deliveries as accepted."""

    def void(self, batch: BatchRow, fence: int) -> bool:
        self.accept(batch, [row.recipient.subscriber_id for row in batch.deliveries])
        return super().void(batch, fence)


class PatientModel(Model):
    """A model that never gives a straggler up."""

    def give_up(self) -> None: ...


class WrongFactory:
    def __init__(self, wrong: type[Model]) -> None:
        self._wrong = wrong

    def create(self, batch_size: int, scheduler: Scheduler) -> Backend:
        return self._wrong(batch_size, scheduler)


@pytest.mark.parametrize(
    "wrong", [ImpatientModel, UnsubscribeBlindModel, RecallBlindModel, PatientModel]
)
def test_the_judge_catches_a_wrong_rule_of_the_model(wrong: type[Model]) -> None:
    assert _is_caught(lambda seed: run_story(WrongFactory(wrong), seed).faults)


def test_a_ledger_without_fencing_gives_other_results() -> None:
    """Without fencing the results differ, even if a late write happens to be true."""
    fenceless, right = WrongFactory(UnfencedModel), ModelFactory()
    assert _is_caught(lambda seed: run_story(fenceless, seed) != run_story(right, seed))


def test_many_stories_run_in_several_processes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["2500", "7", "--on", "model", "--processes", "2"]) == 0
    printed = capsys.readouterr().out
    assert "seeds 7 to 2506, on the model: 2,500 well, 0 wrong" in printed


@pytest.mark.parametrize("words", [["0"], ["many"], ["5", "0", "--on", "paper"]])
def test_wrong_arguments_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "error" in capsys.readouterr().err


def _is_caught(goes_wrong: Callable[[int], object]) -> bool:
    return any(goes_wrong(seed) for seed in range(SOON))
