"""The files of the report: JSON with every round, Markdown, a page, and the plot alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from tests.benchmarks.report.comparison import Comparison, Measurement, is_reached, ratios, spread
from tests.benchmarks.report.plot import plot
from tests.benchmarks.report.table import LOAD, cells, markdown

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2a24; --faint: #5d6b64; --rule: #d9e0dc;
  --paper: #ffffff; --good: #1f7a4d; --bad: #b3470e }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ece8; --faint: #9fb0a7;
  --rule: #34403a; --paper: #151b18; --good: #5cc795; --bad: #f39a5f } }
body { margin: 0 auto; max-width: 1100px; padding: 24px 16px; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif }
.wide { overflow-x: auto } svg { min-width: 720px; max-width: 100%; height: auto }
table { border-collapse: collapse; font-size: 14px } dl { display: grid;
  grid-template-columns: max-content auto; gap: 2px 16px; font-size: 14px }
dt, .faint { color: var(--faint) } dd { margin: 0 } th { text-align: left }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top }
td.figure { white-space: nowrap } .good { color: var(--good) }
.bad { color: var(--bad); font-weight: 600 }
"""


def write_report(
    folder: Path, measurements: Sequence[Measurement], machine: Mapping[str, str]
) -> None:
    """Write the report into `folder`: as JSON, Markdown, a page and an SVG image."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"machine": dict(machine), "rows": [_record(row) for row in measurements]}
    texts = {
        "report.json": json.dumps(record, indent=1, ensure_ascii=False) + "\n",
        "report.md": markdown(measurements, machine),
        "report.html": page(measurements, machine),
        "report.svg": plot(measurements),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def earlier_rows(
    folder: Path, comparisons: Sequence[Comparison], machine: Mapping[str, str]
) -> dict[str, Measurement]:
    """Return what the last report in `folder` measured on the same machine, by key.

    Leaves out rows whose comparison has changed since or is no longer made.
    """
    try:
        record = json.loads((folder / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if record["machine"] != dict(machine):
        return {}
    known = {comparison.key: comparison for comparison in comparisons}
    return {
        row["key"]: Measurement(
            comparison=known[row["key"]],
            ours=tuple(row["measured"]["ours"]),
            theirs=tuple(row["measured"]["theirs"]),
            remark=row["remark"],
            load=row["load"],
        )
        for row in record["rows"]
        if row["key"] in known and row["what"] == known[row["key"]].what
    }


def _record(measurement: Measurement) -> dict[str, object]:
    found = measurement
    return {
        **asdict(found.comparison),
        "reached": is_reached(found),
        "ratio": asdict(spread(ratios(found))),
        "ours": asdict(spread(found.ours)),
        "theirs": asdict(spread(found.theirs)),
        "measured": {"ours": found.ours, "theirs": found.theirs},
        "remark": found.remark,
        "load": found.load,
    }


def page(measurements: Sequence[Measurement], machine: Mapping[str, str]) -> str:
    """Return the report as a page that needs nothing from anywhere."""
    rows = [cells(measurement) for measurement in measurements]
    reached = sum(is_reached(measurement) for measurement in measurements)
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(machine[name])}</dd>" for name in machine)
    titles = ("Work", "Ratio", "Floor", "Ours", "Theirs", "Measured")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Benchmarks</title><style>{_STYLE}</style></head><body>"
        f"<h1>Benchmarks</h1><p>{reached} of {len(rows)} floors reached. Every figure is a "
        "median of interleaved rounds; the spread is that of the middle half of the rounds. "
        f"{escape(LOAD)}</p>"
        f'<div class="wide">{plot(measurements)}</div><h2>Figures</h2>'
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(map(_row, rows))}</tbody></table></div>"
        f"<h2>Machine</h2><dl>{facts}</dl></body></html>\n"
    )


def _row(row: Mapping[str, str]) -> str:
    text = {name: escape(value) for name, value in row.items()}
    why = f'<br><span class="faint">{text["explanation"]}</span>' if text["explanation"] else ""
    kind = "good" if text["reached"] == "reached" else "bad"
    return (
        f"<tr><td>{text['what']} <span class='faint'>: {text['against']}</span>{why}</td>"
        f'<td class="figure">{text["ratio"]}<br><span class="faint">{text["spread"]}</span></td>'
        f'<td class="figure">{text["floor"]}<br><span class="{kind}">{text["reached"]}</span></td>'
        f'<td class="figure">{text["ours"]}</td><td class="figure">{text["theirs"]}</td>'
        f'<td class="faint">{text["measured"]}</td></tr>'
    )
