"""`python -m tests.benchmarks [NAME …]`: speed and memory of the program, as ratios.

Ratios, because seconds differ between machines. NAME is a benchmark ("starting"); without any,
all run. The report goes to build/bench/: rows that did not run now are taken from the last report
if it was of the same machine. A missed floor is shown and is no error, because a busy machine
would fail the build.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.all_benchmarks import BENCHMARKS, COMPARISONS, choose_benchmarks
from tests.benchmarks.node import node_versions
from tests.benchmarks.report.files import earlier_rows, write_report
from tests.benchmarks.report.machine import describe_machine
from tests.benchmarks.report.table import line

_FOLDER = Path("build", "bench")


def main(words: Sequence[str]) -> int:
    """Measure what `words` name and write the report; return the exit code."""
    names = choose_benchmarks(words)
    if names is None:
        print(f"There is no benchmark of that name. Choose among: {', '.join(BENCHMARKS)}.")
        return 2
    # With this variable set, each start would compile the program again, which no user's start
    # does.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    machine = describe_machine(node_versions())
    rows = earlier_rows(_FOLDER, COMPARISONS, machine)
    for name in names:
        for found in BENCHMARKS[name].measure():
            measurement = replace(found, load=os.getloadavg()[0])
            rows[measurement.comparison.key] = measurement
            print(line(measurement), flush=True)
    order = [comparison.key for comparison in COMPARISONS]
    write_report(_FOLDER, [rows[key] for key in order if key in rows], machine)
    print(f"The report is in {_FOLDER}: report.html, report.md, report.svg and report.json.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
