"""newsletter.toml as Windows' editors save it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config.load import load_settings
from newsletter.errors import SettingsError
from tests.config.test_load import GOOD

TEXT = GOOD.replace("Happy Trails Weekly", "Läufer & Wege")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_and_windows_line_ends_are_read_over(
    encoding: str, line_end: str, tmp_path: Path
) -> None:
    octets = TEXT.replace("\n", line_end).encode(encoding)
    (tmp_path / "newsletter.toml").write_bytes(octets)
    assert load_settings(tmp_path).newsletter.title == "Läufer & Wege"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_its_name(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_bytes(TEXT.strip().encode(encoding))
    with pytest.raises(SettingsError, match=r"it is saved as UTF-16.*Save it as UTF-8"):
        load_settings(tmp_path)


def test_the_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_bytes(TEXT.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"line 3 is not UTF-8 text.*Save it as UTF-8"):
        load_settings(tmp_path)
