"""Checks of an issue before it is sent: `check` runs those of the composer and, on request,
those that ask others: `network` (links and pictures) and `spam_score` (SpamAssassin).
"""
