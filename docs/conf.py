"""How Sphinx builds the site from the Markdown files beside this one: `make docs`.

The site needs no network: no font, script or picture comes from elsewhere, and building twice
gives the same files.
"""

from __future__ import annotations

import re
from pathlib import Path

project = "Happy Trails"
author = "the Happy Trails authors"
html_show_copyright = False
html_show_sphinx = False
html_last_updated_fmt = None
language = "en"

_SOURCE = Path(__file__).parents[1] / "newsletter" / "__init__.py"
release = re.findall(r'__version__ = "([^"]+)"', _SOURCE.read_text("utf-8"))[0]

extensions = ["myst_parser"]
# A heading's anchor is the one that GitHub gives it, so that links work in both places.
myst_heading_anchors = 4
# A link to a file that is no page, such as a Caddyfile, offers the file itself.
myst_all_links_external = False
# Options begin with two hyphens, and what is quoted may be typed: neither is typography.
smartquotes = False
nitpicky = True

html_theme = "furo"
html_title = "Happy Trails"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#9a3f12",
        "color-brand-content": "#9a3f12",
        "color-brand-visited": "#7a3410",
    },
    "dark_css_variables": {
        "color-brand-primary": "#f0a366",
        "color-brand-content": "#f0a366",
        "color-brand-visited": "#e0b08a",
    },
}
# What a command prints is read as well: these meet WCAG's contrast.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
