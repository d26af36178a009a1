"""The report as lines in the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.benchmarks.report.comparison import (
    Measurement,
    cost_in_words,
    floor_in_words,
    is_reached,
    ratio_in_words,
    ratios,
    spread,
)

_LEGEND = (
    "Every figure is a median of interleaved rounds. The spread is that of the middle half of "
    "the rounds."
)
LOAD = (
    "The load is how many processes wanted a core at once: above the number of cores, others "
    "took part of the machine, and wall-clock times are longer than the program's own."
)
_CLOCKS = {"processor": "processor time", "wall": "wall-clock time", "memory": "peak memory"}


def line(measurement: Measurement) -> str:
    """Return a row for the terminal, as soon as it is measured."""
    row = cells(measurement)
    return (
        f"{row['what']} : {row['against']}\n"
        f"    {row['reached']:<8} {row['ratio']} ({row['spread']}), {row['floor']}; "
        f"{row['ours']} : {row['theirs']}"
    )


def cells(measurement: Measurement) -> dict[str, str]:
    """Return a row of the report in words, by column."""
    comparison, found = measurement.comparison, spread(ratios(measurement))
    ours, theirs = spread(measurement.ours), spread(measurement.theirs)
    ends = [ratio_in_words(comparison, ratio) for ratio in (found.lower, found.upper)]
    if "×" in ends[0]:
        ends.reverse()
    return {
        "what": comparison.what,
        "against": comparison.against,
        "ratio": ratio_in_words(comparison, found.median),
        "spread": " to ".join(end.removesuffix(" × faster") for end in ends),
        "floor": floor_in_words(comparison),
        "reached": "reached" if is_reached(measurement) else "MISSED",
        "ours": cost_in_words(ours.median, comparison.unit),
        "theirs": cost_in_words(theirs.median, comparison.unit),
        "measured": _circumstances(measurement),
        "explanation": "" if is_reached(measurement) else comparison.explanation,
    }


def _circumstances(measurement: Measurement) -> str:
    rounds = len(measurement.ours)
    return "; ".join(
        filter(
            None,
            (
                _CLOCKS[measurement.comparison.clock],
                f"{rounds} rounds" if rounds > 1 else "once",
                measurement.remark,
                f"load {measurement.load:.1f}" if measurement.load else "",
            ),
        )
    )


def markdown(measurements: Sequence[Measurement], machine: Mapping[str, str]) -> str:
    """Return the report as Markdown: the machine, the table, and why floors are not reached."""
    rows = [cells(measurement) for measurement in measurements]
    reached = sum(is_reached(measurement) for measurement in measurements)
    parts = [
        "# Benchmarks",
        f"{reached} of {len(rows)} floors reached.",
        "\n".join(f"- {name}: {value}" for name, value in machine.items()),
        f"{_LEGEND} {LOAD}",
        _table(rows),
    ]
    missed = [row for row in rows if row["explanation"]]
    if missed:
        parts.append("## What is not reached, and why")
        parts.extend(
            f"**{row['what']} : {row['against']}** ({row['ratio']}; {row['floor']}). "
            f"{row['explanation']}"
            for row in missed
        )
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    titles = ("Work", "Against", "Ratio", "Spread", "Floor", "", "Ours", "Theirs", "Measured")
    lines = [_row(titles), _row(["---"] * len(titles))]
    for row in rows:
        names = ("what", "against", "ratio", "spread", "floor", "reached", "ours", "theirs")
        lines.append(_row([row[name] for name in (*names, "measured")]))
    return "\n".join(lines)


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(text.replace('|', '&#124;') for text in texts)} |"
