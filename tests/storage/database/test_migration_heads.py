"""Each schema has one migration head: with two, no database would open."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import newsletter.storage
import subscribers
from newsletter.storage.database import migrate
from subscribers.storage import schema

PACKAGES = (
    (Path(str(newsletter.storage.__file__)).parent / "migrations", migrate.HEAD),
    (Path(str(subscribers.__file__)).parent / "migrations", schema.HEAD),
)


@pytest.mark.parametrize(("scripts", "head"), PACKAGES)
def test_the_migrations_have_one_head_which_the_program_knows(scripts: Path, head: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_heads() == [head]
