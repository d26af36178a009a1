"""The words of the frame in the language of the newsletter, else in English."""

from __future__ import annotations

from newsletter.composer.text.phrase_files import words_for
from newsletter.composer.text.phrases import Words
from newsletter.context import Context


def frame_words(context: Context) -> Words:
    """Read anew where the author changed them. Raises ComposeError."""
    return words_for(context.settings.newsletter.language, context.email_templates)
