"""A browser window on one site that records every address it requests."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

_SENDS = """
([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", name, value];
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}
"""


@dataclass(slots=True)
class Tab:
    """A browser window on the site, and every address it requested."""

    page: Page
    home: str
    requests: list[str]

    def close(self) -> None:
        """Fail if any other site was requested."""
        self.page.context.close()
        assert [url for url in self.requests if not url.startswith(self.home)] == []

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.home}{path}")
        return self.page

    def send(self, path: str, **fields: str) -> Page:
        """Submit a form of this site and return what it leads to."""
        with self.page.expect_navigation():
            self.page.evaluate(_SENDS, [path, list(fields.items())])
        return self.page


def open_tab(browser: Browser, home: str, *, scripts: bool = True) -> Tab:
    """Open a window as wide as a phone, in the light colour scheme."""
    window = browser.new_context(
        viewport={"width": 390, "height": 900}, java_script_enabled=scripts
    )
    page = window.new_page()
    tab = Tab(page, home, [])
    page.on("request", lambda request: tab.requests.append(request.url))
    return tab
