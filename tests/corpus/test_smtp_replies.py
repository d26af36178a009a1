"""The table of SMTP replies on replies of real servers: `pytest --cases DIR`.

The folder holds `smtp_replies.tsv` with the columns phase, code, enhanced, text (lines joined by
the two characters `\\n`) and class.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

import pytest

from newsletter.sender.mailers.smtp.replies import classify
from newsletter.sender.mailers.smtp.reply_words import Phase


def test_every_real_reply_is_classified(pytestconfig: pytest.Config) -> None:
    path = Path(str(pytestconfig.getoption("cases"))) / "smtp_replies.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    wrong = []
    for row in rows:
        text = f"{row['enhanced']} {row['text']}".strip().replace("\\n", "\n")
        fault = classify(cast("Phase", row["phase"]), int(row["code"]), text)
        if fault != row["class"]:
            wrong.append((row["phase"], row["code"], text, row["class"], fault))
    assert len(rows) > 200
    assert not wrong
