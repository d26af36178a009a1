"""Check that cleaned HTML holds nothing that acts, whatever the input was."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

_FORBIDDEN = "script, iframe, form, style, object, embed, svg, [style], [class], [id]"
# Browsers read "https:/host" and "https:host" as addresses of the web as well.
_SCHEMES = ("http:", "https:", "mailto:", "tel:")


def is_safe(html: str) -> bool:
    tree = LexborHTMLParser(html)
    if tree.css_first(_FORBIDDEN) is not None:
        return False
    for node in tree.css("body *"):
        for name, value in node.attributes.items():
            if name.startswith("on"):
                return False
            if name in {"href", "src"} and not (value or "").startswith(_SCHEMES):
                return False
    return True
