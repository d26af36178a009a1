from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.errors import ComposeError
from newsletter.resources import template_folders, templates
from tests.composer.conftest import Renderer


def _own(folder: Path, **files: str) -> tuple[Path, ...]:
    own = folder / "templates" / "email"
    own.mkdir(parents=True)
    for name, content in files.items():
        (own / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return template_folders("email", folder)


def test_a_file_of_the_author_wins_and_the_rest_stays(tmp_path: Path, rendered: Renderer) -> None:
    edition = rendered(folders=_own(tmp_path, digest__txt="{{ title }} by {{ author }}"))
    assert edition.text == "Mud & Miles Weekly by Robin Ashdown\n"
    assert edition.html == rendered().html


def test_a_change_to_a_file_is_seen_at_once(tmp_path: Path, rendered: Renderer) -> None:
    folders = _own(tmp_path, digest__txt="one")
    assert rendered(folders=folders).text == "one\n"
    changed = folders[0] / "digest.txt"
    changed.write_text("two", encoding="utf-8")
    os.utime(changed, (1, 1))
    assert rendered(folders=folders).text == "two\n"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("one\n{{ titel }}", "'titel' is undefined"),
        ("one\n{% if %}", "Expected an expression"),
        ("one\n{{ posts[0].nonsense }}", "nonsense"),
        ("one\n{{ 1 / 0 }}", "division by zero"),
        ("one\n{{ title.__class__.__mro__ }}", "unsafe"),
        ('one\n{% include "missing.txt" %}', "missing.txt"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(
    tmp_path: Path, rendered: Renderer, broken: str, reason: str
) -> None:
    with pytest.raises(ComposeError) as error:
        rendered(folders=_own(tmp_path, digest__txt=broken))
    assert str(tmp_path / "templates" / "email" / "digest.txt") + ", line 2" in error.value.message
    assert reason in error.value.message
    assert error.value.cure


def test_broken_mjml_is_reported_with_its_line(tmp_path: Path, rendered: Renderer) -> None:
    with pytest.raises(ComposeError, match=r"digest\.mjml.*line 2 .*<mj-body>"):
        rendered(folders=_own(tmp_path, digest__mjml="<mjml>\n<mj-body></p></mj-body></mjml>"))


def test_a_template_cannot_include_a_file_from_disk(tmp_path: Path, rendered: Renderer) -> None:
    source = '<mjml><mj-body><mj-include path="/etc/passwd" /></mj-body></mjml>'
    with pytest.raises(ComposeError, match=r"digest\.mjml"):
        rendered(folders=_own(tmp_path, digest__mjml=source))


def test_a_missing_template_is_reported(tmp_path: Path, rendered: Renderer) -> None:
    with pytest.raises(ComposeError, match=r"digest\.mjml"):
        rendered(folders=(tmp_path,))


def test_an_unknown_time_zone_is_reported(rendered: Renderer) -> None:
    with pytest.raises(ComposeError, match="Middle/Earth"):
        rendered(timezone="Middle/Earth")


def test_no_shipped_template_has_a_bare_zero_in_a_padding() -> None:
    # The MJML compiler then computes too large a width for the block.
    for path in (templates() / "email").glob("*.mjml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            paddings = line.split(' padding="')[1:]
            assert not any(" 0 " in f" {p.split(chr(34))[0]} " for p in paddings), line


def test_the_same_issue_gives_the_same_bytes_in_every_process(rendered: Renderer) -> None:
    program = (
        "from newsletter.composer.render import render\n"
        "from newsletter.resources import template_folders\n"
        "from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY\n"
        "f = template_folders('email', None)\n"
        "print(render(ISSUE, 'north', LETTERHEAD, folders=f, merge_key=MERGE_KEY).content_hash)\n"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=templates().parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert hashes == {rendered().content_hash}


def test_every_change_a_reader_could_see_changes_the_hash(rendered: Renderer) -> None:
    changed = {
        rendered().content_hash,
        rendered(sign_off="Happy Trails,").content_hash,
        rendered(hemisphere="south").content_hash,
        rendered(body="title").content_hash,
    }
    assert len(changed) == 4
