"""`python -m tests.benchmarks`: speed and memory of the program, as ratios within one run.

Ratios, because seconds differ between machines. A missed aim is printed and is no error, because a
busy machine would fail the build.
"""

from __future__ import annotations

import os

from tests.benchmarks import (
    archive,
    composing,
    delivering,
    desk_lists,
    editing,
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

# With this variable set, each start would compile the program again, which no user's start does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

print_head()
for part in (
    starting,
    archive,
    composing,
    message,
    greetings,
    editing,
    desk_lists,
    reading,
    sending,
    sharing,
    delivering,
    importing,
    unsubscribing,
):
    print_rows(part.rows())
