"""The pages and pictures of the documentation that are made from the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tools.docs.commands_page import commands_page
from tools.docs.settings_page import settings_page
from tools.docs.state_pictures import BATCH, DELIVERY, ISSUE, draw
from tools.docs.trouble_page import trouble_page

#: By its name in `docs/`, what makes it.
PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "trouble.md": trouble_page,
    "pictures/issue-states.svg": partial(draw, ISSUE),
    "pictures/batch-states.svg": partial(draw, BATCH),
    "pictures/delivery-states.svg": partial(draw, DELIVERY),
}
