"""The sign-up form for the author's own blog: plain HTML that works wherever it is pasted."""

from __future__ import annotations

from html import escape

from newsletter.config.settings import Settings
from newsletter.errors import SettingsError

# No script and no style sheet: WordPress removes both. The form opens our page, which asks
# for one more click and carries the signed form token, so this one needs none.
_FORM = """\
<form action="{action}" method="post" target="_blank" rel="noopener">
  <p>
    <label for="happy-trails-email">{title}, by email</label><br>
    <input id="happy-trails-email" type="email" name="email" required
      autocomplete="email" maxlength="254" placeholder="you@example.com">
    <button type="submit">Sign up</button>
  </p>
</form>"""


def blog_form(settings: Settings) -> str:
    """Return the form as HTML. Raise SettingsError if the site has no public address."""
    if not settings.site.url:
        raise SettingsError(
            "The form needs the public address of `newsletter serve`, and [site] url is empty.",
            cure="Set it in newsletter.toml.",
        )
    return _FORM.format(
        action=escape(f"{settings.site.url.rstrip('/')}/subscribe"),
        title=escape(settings.newsletter.title),
    )
