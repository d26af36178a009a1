"""The model keeps the books as the database does, and books that are wrong are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from newsletter.models import Receipt
from newsletter.models.delivery_state import BatchState
from newsletter.sender.batch import Batch, Hold
from newsletter.sender.loop.ledger import Ledger
from tests.simulator.__main__ import main
from tests.simulator.book import Newsroom
from tests.simulator.bookkeeping import Bookkeeping, Room
from tests.simulator.model import Model, ModelRoom
from tests.simulator.pages import Attempt, Delivery
from tests.simulator.scheduler import Scheduler
from tests.simulator.story import tell

# A wrong ledger shows within a few stories; so many may go by before it counts as missed.
SOON = 200


@pytest.fixture(params=["database", "model"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    if request.param == "model":
        return ModelRoom()
    return Newsroom.open(tmp_path / "newsletter")


class Hopeful:
    """A ledger that plans anew what nobody knows the outcome of."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner

    def has_work(self) -> bool:
        return self._inner.has_work()

    def claim(self, hold: Hold | None) -> Batch | None:
        return self._inner.claim(hold)

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        hoped = tuple(
            replace(one, outcome="not_sent") if one.outcome == "unknown" else one
            for one in receipts
        )
        self._inner.record(batch, hoped)

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        self.record(batch, receipts)
        return self.claim(None)

    def unsettled(self) -> Iterable[Batch]:
        return self._inner.unsettled()

    def void(self, batch: Batch) -> None:
        self._inner.void(batch)


def test_the_judge_catches_a_ledger_that_sends_again_what_is_in_doubt(room: Room) -> None:
    assert _caught(lambda seed: tell(room, seed, Hopeful).faults)


def test_the_same_stories_are_well_without_it(room: Room) -> None:
    assert not any(tell(room, seed).faults for seed in range(SOON // 4))


class Fenceless(Attempt):
    """A batch that anybody may write to, however late."""

    def move(self, fence: int, among: Sequence[BatchState], status: BatchState) -> bool:
        del fence
        return Attempt.move(self, self.fence, among, status)


class FencelessModel(Model):
    def open_batch(self, deliveries: list[Delivery]) -> None:
        self.batches.append(Fenceless(len(self.batches) + 1, deliveries))


class ImpatientModel(Model):
    """Takes everybody for gone as soon as it looks, and plans their batches anew."""

    def abandon(self, gone: Callable[[str], bool]) -> None:
        super().abandon(lambda holder: gone(holder) or bool(holder))
        for one in list(self.batches):
            if one.status == "unknown":
                self.void(one, one.fence)


class DeafModel(Model):
    """Does not ask whether readers still want mail."""

    def leave(self, reader: int) -> str | None:
        return self.deliveries[reader - 1].status


class ProudModel(Model):
    """Takes what was called back for sent."""

    def void(self, one: Attempt, fence: int) -> bool:
        self.accept(one, [each.person.subscriber_id for each in one.deliveries])
        return super().void(one, fence)


class WrongRoom:
    def __init__(self, wrong: type[Model]) -> None:
        self._wrong = wrong

    def begin(self, batch_size: int, scheduler: Scheduler) -> Bookkeeping:
        return self._wrong(batch_size, scheduler)


@pytest.mark.parametrize("wrong", [ImpatientModel, DeafModel, ProudModel])
def test_the_judge_catches_a_wrong_rule_of_the_model(wrong: type[Model]) -> None:
    assert _caught(lambda seed: tell(WrongRoom(wrong), seed).faults)


def test_books_without_fences_come_out_differently() -> None:
    """What the judge need not see: who writes too late here may still write the truth."""
    fenceless, right = WrongRoom(FencelessModel), ModelRoom()
    assert _caught(lambda seed: tell(fenceless, seed) != tell(right, seed))


def test_many_stories_are_told_by_several_processes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["2500", "7", "--on", "model", "--processes", "2"]) == 0
    printed = capsys.readouterr().out
    assert "seeds 7 to 2506, on the model: 2,500 well, 0 wrong" in printed


@pytest.mark.parametrize("words", [["0"], ["many"], ["5", "0", "--on", "paper"]])
def test_what_cannot_be_told_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "error" in capsys.readouterr().err


def _caught(goes_wrong: Callable[[int], object]) -> bool:
    return any(goes_wrong(seed) for seed in range(SOON))
