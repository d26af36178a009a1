"""Write the pages and pictures that are made from the code: `python -m tools.docs`."""

from __future__ import annotations

from tools.docs.messages import ROOT
from tools.docs.pages import PAGES


def main() -> None:
    """Write each page whose text changed."""
    for name, make in PAGES.items():
        path, text = ROOT / "docs" / name, make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"docs/{name} is written anew.")


if __name__ == "__main__":
    main()
