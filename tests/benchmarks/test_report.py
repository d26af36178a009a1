"""The report of the benchmarks: its figures, its files, and that each row says what is asked."""

from __future__ import annotations

import json
import platform
from dataclasses import replace
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.all_benchmarks import BENCHMARKS, COMPARISONS, choose_benchmarks
from tests.benchmarks.report.comparison import (
    Comparison,
    Measurement,
    Spread,
    floor_in_words,
    is_reached,
    ratio_in_words,
    ratios,
    spread,
)
from tests.benchmarks.report.files import earlier_rows, page, write_report
from tests.benchmarks.report.machine import describe_machine
from tests.benchmarks.report.plot import plot
from tests.benchmarks.report.table import cells, line, markdown
from tests.benchmarks.report.timing import compare, interleave

START = Comparison(
    key="starting.version",
    what="newsletter --version",
    against="python -c pass",
    unit="ms",
    floor=1.5,
    clock="processor",
    explanation="The script imports re.",
)
FASTER = replace(START, key="sending.sendgrid", what="a reader <&>", against="a peer", floor=0.1)
REACHED = Measurement(comparison=START, ours=(12.0, 15.0, 13.0), theirs=(10.0, 10.0, 10.0))
MISSED = Measurement(comparison=FASTER, ours=(2.0, 3.0), theirs=(10.0, 12.0), remark="1 | 2")
MACHINE = {"processor": "a small one", "Python": "3.11"}


def test_a_spread_has_the_extremes_the_quartiles_and_the_median() -> None:
    assert spread((5.0, 1.0, 3.0, 2.0, 4.0)) == Spread(1.0, 2.0, 3.0, 4.0, 5.0)


def test_one_value_is_its_own_spread() -> None:
    assert spread((2.5,)) == Spread(2.5, 2.5, 2.5, 2.5, 2.5)


def test_rounds_are_compared_in_pairs_so_that_a_slow_minute_cancels_out() -> None:
    slowed_down = Measurement(comparison=START, ours=(12.0, 120.0), theirs=(10.0, 100.0))
    assert ratios(slowed_down) == (1.2, 1.2)


def test_every_round_is_compared_with_a_limit() -> None:
    limit = Measurement(comparison=START, ours=(50.0, 75.0), theirs=(100.0,))
    assert ratios(limit) == (0.5, 0.75)


def test_unequal_numbers_of_rounds_compare_their_medians() -> None:
    uneven = Measurement(comparison=START, ours=(1.0, 2.0, 3.0), theirs=(4.0, 4.0))
    assert ratios(uneven) == (0.5,)


def test_a_floor_is_reached_by_the_median_not_by_the_best_round() -> None:
    assert is_reached(REACHED)
    assert not is_reached(replace(REACHED, ours=(10.0, 16.0, 16.0)))


def test_a_ratio_below_one_is_told_as_so_many_times_faster() -> None:
    assert ratio_in_words(FASTER, 0.125) == "8.00 × faster"
    assert floor_in_words(FASTER) == "at least 10 × faster"
    assert ratio_in_words(START, 1.234) == "1.23"
    assert floor_in_words(START) == "at most 1.5"


def test_memory_and_limits_stay_ratios() -> None:
    assert ratio_in_words(replace(FASTER, clock="memory"), 0.1) == "0.1"
    assert ratio_in_words(replace(FASTER, is_limit=True), 0.1) == "0.1"


def test_works_take_turns_after_a_round_that_does_not_count() -> None:
    done: list[str] = []
    seconds = count()
    times = interleave(
        {"a": lambda: done.append("a"), "b": lambda: done.append("b")},
        rounds=2,
        clock=lambda: float(next(seconds)),
    )
    assert done == ["a", "b", "a", "b", "a", "b"]
    assert times == {"a": (1.0, 1.0), "b": (1.0, 1.0)}


def test_a_pair_is_measured_in_the_unit_of_its_comparison() -> None:
    clock = iter([0.0, 0.002, 0.002, 0.006])
    found = compare(
        START, lambda: None, lambda: None, rounds=1, clock=lambda: next(clock), scale=1e3
    )
    assert found.ours == pytest.approx((2.0,))
    assert found.theirs == pytest.approx((4.0,))


def test_a_row_says_ratio_spread_floor_and_both_costs() -> None:
    row = cells(REACHED)
    assert row["ratio"] == "1.30"
    assert row["spread"] == "1.25 to 1.40"
    assert (row["floor"], row["reached"]) == ("at most 1.5", "reached")
    assert (row["ours"], row["theirs"]) == ("13.0 ms", "10.0 ms")
    assert "1.30 (1.25 to 1.40), at most 1.5; 13.0 ms : 10.0 ms" in line(REACHED)


def test_the_spread_of_faster_begins_with_the_slower_rounds() -> None:
    assert cells(MISSED)["spread"] == "4.21 to 4.71"


def test_only_a_missed_floor_is_explained() -> None:
    text = markdown([REACHED, MISSED], MACHINE)
    assert "1 of 2 floors reached." in text
    assert text.count("The script imports re.") == 1
    assert "The script imports re." not in markdown([REACHED], MACHINE)
    assert "- processor: a small one" in text


def test_a_table_cell_keeps_its_row_whole() -> None:
    table = [row for row in markdown([MISSED], MACHINE).splitlines() if row.startswith("| ")]
    assert {row.count("|") for row in table} == {10}


def test_the_plot_is_an_image_with_a_mark_of_its_own_for_what_is_missed() -> None:
    image = ET.fromstring(plot([REACHED, MISSED]))  # noqa: S314 - our own
    names = [element.tag.rpartition("}")[2] for element in image.iter()]
    assert names.count("circle") == 1
    assert names.count("path") == 1
    assert "prefers-color-scheme: dark" in plot([REACHED])


def test_a_ratio_beyond_the_plot_stands_at_its_edge() -> None:
    image = ET.fromstring(plot([replace(REACHED, ours=(1e6,))]))  # noqa: S314 - our own
    marks = [element for element in image.iter() if element.tag.endswith("path")]
    assert [mark.get("d", "").partition(" ")[0] for mark in marks] == ["M864.0"]


def test_the_page_shows_texts_as_they_are_and_needs_nothing_from_anywhere() -> None:
    html = page([REACHED, MISSED], MACHINE)
    assert "a reader &lt;&amp;&gt;" in html
    assert "<&>" not in html
    assert "src=" not in html
    assert "href=" not in html


def test_a_second_run_keeps_the_rows_that_it_does_not_measure(tmp_path: Path) -> None:
    write_report(tmp_path, [REACHED, MISSED], MACHINE)
    names = {"report.json", "report.md", "report.html", "report.svg"}
    assert {file.name for file in tmp_path.iterdir()} == names
    kept = earlier_rows(tmp_path, [START, FASTER], MACHINE)
    assert list(kept.values()) == [REACHED, MISSED]
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["rows"][1]["reached"] is False


@pytest.mark.parametrize(
    ("comparisons", "machine"),
    [([START], MACHINE | {"Python": "3.12"}), ([replace(START, what="other work")], MACHINE)],
    ids=["of another machine", "of another work"],
)
def test_rows_that_mean_something_else_are_not_kept(
    tmp_path: Path, comparisons: list[Comparison], machine: dict[str, str]
) -> None:
    write_report(tmp_path, [REACHED], MACHINE)
    assert earlier_rows(tmp_path, comparisons, machine) == {}


@pytest.mark.parametrize("content", ["", "{", None], ids=["empty", "cut off", "missing"])
def test_a_report_that_cannot_be_read_is_written_anew(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "report.json").write_text(content, "utf-8")
    assert earlier_rows(tmp_path, [START], MACHINE) == {}


def test_the_machine_is_named_by_its_parts_not_by_its_name_or_a_path() -> None:
    machine = describe_machine({"mjml": "5.4.1"})
    assert {"processor", "cores", "system", "Python", "SQLite", "mjml"} <= machine.keys()
    words = " ".join(machine.values())
    assert platform.node() not in words
    assert str(Path.home()) not in words


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda comparison: comparison.key)
def test_every_row_has_a_floor_and_an_explanation(comparison: Comparison) -> None:
    assert comparison.floor > 0
    assert comparison.explanation.endswith(".")
    assert comparison.key.partition(".")[0] in BENCHMARKS


def test_no_two_rows_share_a_key() -> None:
    assert len({comparison.key for comparison in COMPARISONS}) == len(COMPARISONS)


def test_names_choose_benchmarks_in_the_order_of_the_report() -> None:
    assert choose_benchmarks(["composing", "starting"]) == ("starting", "composing")
    assert choose_benchmarks([]) == tuple(BENCHMARKS)
    assert choose_benchmarks(["nonsense"]) is None
