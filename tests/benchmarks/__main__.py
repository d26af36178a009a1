"""`python -m tests.benchmarks`: the program's speed and memory as ratios within one run.

Ratios, since another machine gives other seconds. An aim that is missed is shown, never
an error: a busy machine would fail the build.
"""

from __future__ import annotations

import os

from tests.benchmarks import (
    composing,
    delivering,
    greetings,
    importing,
    message,
    reading,
    sending,
    sharing,
    starting,
    unsubscribing,
)
from tests.benchmarks.table import print_head, print_rows

# Where this is set every start would compile the program anew, as no reader's ever does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

print_head()
for part in (
    starting,
    composing,
    message,
    greetings,
    reading,
    sending,
    sharing,
    delivering,
    importing,
    unsubscribing,
):
    print_rows(part.rows())
