"""Nothing that comes from outside acts on the author's terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from newsletter.cli import invocation
from newsletter.cli.invocation import encode_json
from newsletter.text import printable
from tests.support.newsletter_folder import NOW, create_newsletter
from tests.support.program import CommandResult, Program
from tests.support.web_server import WebServer

#: A title, a colour, the clipboard, the one-byte CSI, directions, and a line of our own.
HOSTILE = "\x1b]0;pwn\x07 \x1b[31m \x1b]52;c;cm0=\x07 \x9b2J \u202egnp\u2066 \u200f"
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    return Program(context.folder, now=NOW)


def assert_harmless(*results: CommandResult) -> None:
    assert results
    for result in results:
        assert _ACTIVE.search(result.out + result.err) is None, ascii(result.out + result.err)
        assert "\nnewsletter: All is well" not in result.out + result.err


@pytest.mark.parametrize(
    "table",
    [
        f"{HOSTILE},b\nada@example.com,x\n",
        f"email,hemisphere\nada@example.com,{HOSTILE}\n",
        f"email,status\nada@example.com,{HOSTILE}\n",
        f"email,{HOSTILE} unsubscribed\nada@example.com,{HOSTILE}\n",
        f"email,confirmed_at\nada@example.com,{HOSTILE}\n",
        f"email,name\nada@example.com,{HOSTILE}\n",
        f"email\nada{HOSTILE}@example.com\n",
        'email,status\nada@example.com,"x\nnewsletter: All is well"\n',
    ],
)
def test_an_import_that_goes_wrong_shows_no_control_characters(
    program: Program, tmp_path: Path, table: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(table, "utf-8")
    results = (
        program("subscribers", "import", str(file)),
        program("subscribers", "import", str(file), "--dry-run"),
        program("subscribers", "import", str(file), "--dry-run", "--json"),
    )
    assert all(result.out + result.err for result in results)
    assert_harmless(*results)


def test_a_list_of_feeds_cannot_write_lines_of_its_own(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    urls = (
        "http://127.0.0.1:1/&#x9b;2J&#x202e;",
        "http://127.0.0.1:1/&#10;newsletter: All is well",
    )
    outlines = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in urls)
    file.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', "utf-8")
    refused = program("feeds", "import", str(file))
    assert "127.0.0.1:1/" in refused.out + refused.err
    assert_harmless(refused)


def test_a_redirect_cannot_act_on_the_terminal(tmp_path: Path, web: WebServer) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    settings = context.folder / "newsletter.toml"
    settings.write_text(f"{settings.read_text('utf-8')}\n[fetch]\nallow_private_addresses = true\n")
    hidden = "/page/\x9b31m\x9b2J\u202egnp.xml"
    address = web.answer("/feed", status=302, Location=hidden.encode().decode("latin-1"))
    web.answer("/page/%C2%9B31m%C2%9B2J%E2%80%AEgnp.xml", "<p>No feed.</p>", kind="text/html")
    result = Program(context.folder, now=NOW)("feeds", "add", address)
    assert "/page/%C2%9B31m%C2%9B2J%E2%80%AEgnp.xml" in result.out
    assert_harmless(result)


def test_names_of_readers_do_not_turn_the_list(program: Program) -> None:
    program("subscribers", "add", "ada@example.com", "--name", "Ada \u202eyzal\u2066 \u200f")
    listed = program("subscribers", "list")
    assert "Ada yzal" in listed.out
    assert_harmless(listed, program("subscribers", "list", "--json"))


def test_what_can_be_printed_stays_as_it_is() -> None:
    text = "Zoë ran 🏃🏽‍♀️ 10 km\n\tנמל מרוץ\u00a0• 秋の山道"
    assert printable(text) == text


def test_json_keeps_every_character_as_an_escape() -> None:
    encoded = encode_json({"name": HOSTILE})
    assert json.loads(encoded) == {"name": HOSTILE}
    assert _ACTIVE.search(encoded) is None


def test_every_command_writes_through_the_filter() -> None:
    commands = Path(invocation.__file__).parent
    others = [path for path in commands.glob("*.py") if path.name != "invocation.py"]
    assert [path.name for path in others if "click.echo" in path.read_text("utf-8")] == []
