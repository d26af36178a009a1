"""The desk shows each finding of the checks with its place and cure."""

from __future__ import annotations

from pathlib import Path

from tests.desk.conftest import OpenDesk
from tests.support.newsletter_folder import create_newsletter, publish
from tests.support.visitor import Visitor


def test_an_issue_without_findings_says_so(author: Visitor) -> None:
    words = author.get("/").words
    assert "Nothing to correct" in words
    assert "Holds it back" not in words


def test_what_holds_it_back_is_reported_with_its_cure(tmp_path: Path, open_desk: OpenDesk) -> None:
    context = create_newsletter(tmp_path / "newsletter", postal_address=False)
    publish(context, "Larch week", image="http://photos.example.org/hill.jpg")
    words = open_desk(context).get("/").words
    assert "Holds it back: in the footer" in words
    assert "Write postal_address under [newsletter] in newsletter.toml." in words
    assert "Worth a look: in the post “Larch week”" in words
    assert "is not a secure address" in words
    assert "Nothing to correct" not in words
