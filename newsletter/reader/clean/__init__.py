"""The cleaner: a post's HTML from the wild, made fit for email."""
