"""`subscribers import`: the exports of other programs, each with the status of its people."""

from __future__ import annotations

import pytest

from tests.end_to_end.importing.exports import EXPORTS, ExportFile
from tests.end_to_end.newsletter import Newsletter


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_everybody_in_an_export_gets_the_status_they_had_there(
    begun: Newsletter, export: ExportFile
) -> None:
    path = begun.folder / export.name
    path.write_text(export.text, "utf-8")

    report = begun.run("subscribers", "import", str(path), "--json").json

    listed = begun.run("subscribers", "list", "--json").json
    assert {row["email"]: row["status"] for row in listed["subscribers"]} == export.statuses
    assert report["format"] == export.format
    assert {status: count for status, count in report["statuses"].items() if count} == {
        status: list(export.people.values()).count(status) for status in export.people.values()
    }
