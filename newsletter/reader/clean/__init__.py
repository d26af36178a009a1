"""The cleaner: a post's HTML from the wild, made fit for email."""

from newsletter.reader.clean.facts import facts_of_fields
from newsletter.reader.clean.post import CleanPost, clean_post

__all__ = ["CleanPost", "clean_post", "facts_of_fields"]
