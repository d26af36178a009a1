"""The sign-up form for the blog itself: plain HTML that works wherever it is pasted."""

from __future__ import annotations

from html import escape

from newsletter.context import Context
from newsletter.errors import SettingsError

# No script and no style sheet: WordPress takes both out. Colours are the blog's own, and
# the form opens our page, which asks for one more press and so needs nothing secret here.
_FORM = """\
<form action="{action}" method="post" target="_blank" rel="noopener">
  <p>
    <label for="happy-trails-email">{title}, by email</label><br>
    <input id="happy-trails-email" type="email" name="email" required
      autocomplete="email" maxlength="254" placeholder="you@example.com">
    <button type="submit">Sign up</button>
  </p>
</form>"""


def blog_form(context: Context) -> str:
    """The form as HTML. Raises SettingsError while nobody can reach the site."""
    if not context.settings.site.url:
        raise SettingsError(
            "The form needs the public address of `newsletter serve`, and [site] url is empty.",
            cure="Set it in newsletter.toml.",
        )
    return _FORM.format(
        action=escape(f"{context.site_url}/subscribe"),
        title=escape(context.settings.newsletter.title),
    )
