"""Secrets that the environment only names the files of."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config.secret_files import take_secret_files
from newsletter.config.secrets import NAMES
from newsletter.errors import SettingsError
from tests.support.newsletter_folder import create_newsletter
from tests.support.program import Program


@pytest.mark.parametrize("name", NAMES)
def test_each_secret_may_lie_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("words that nobody guesses\n", "utf-8")
    environ = {f"{name}_FILE": str(file)}

    take_secret_files(environ)

    assert environ == {name: "words that nobody guesses"}


def test_other_variables_stay_as_they_are() -> None:
    environ = {
        "SSL_CERT_FILE": "/nowhere",
        "SENDGRID_API_KEY": "a key",
        "SENDGRID_API_KEY_FILE": "",
    }

    take_secret_files(environ)

    assert environ["SSL_CERT_FILE"] == "/nowhere"
    assert environ["SENDGRID_API_KEY"] == "a key"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        (b" \n", "which is empty"),
        (b"\xff\xfe\x00", "it is not UTF-8 text"),
    ],
)
def test_a_file_without_a_secret_is_said(content: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingsError, match=f"NEWSLETTER_SECRET_FILE names .*{words}"):
        take_secret_files({"NEWSLETTER_SECRET_FILE": str(file)})


def test_a_secret_that_is_there_twice_is_said(tmp_path: Path) -> None:
    environ = {"SENDGRID_API_KEY": "one", "SENDGRID_API_KEY_FILE": str(tmp_path / "other")}

    with pytest.raises(SettingsError, match="Both SENDGRID_API_KEY and SENDGRID_API_KEY_FILE"):
        take_secret_files(environ)


def test_a_command_takes_them_and_prints_none(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "address"
    file.write_text("postgresql+psycopg://news:hush@127.0.0.1:9/news\n", "utf-8")
    create_newsletter(program.folder).engine.dispose()
    program.env["NEWSLETTER_DATABASE_URL_FILE"] = str(file)

    answer = program("issues")

    assert answer.code == 1
    assert "database" in answer.err
    assert "hush" not in answer.err
    program.env["NEWSLETTER_DATABASE_URL_FILE"] = str(tmp_path / "gone")
    assert program("issues").code == 2
