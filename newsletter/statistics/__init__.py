"""Figures: what became of issues and of the list, computed once and shown in five ways.

    storage.ledger.totals ─┐
    consent log ───────────┼─▶ gather ─▶ figures ─┬─▶ terminal     text with small plots
    settings ──────────────┘   (SQL)     (pure)   ├─▶ documents    JSON and CSV
                                                  └─▶ view, plots ─▶ report_page, the desk

A figure that nobody can know is None and is said to be unknown, never 0: opens and clicks are not
tracked, and bounces are told by SendGrid's webhook or a return path only. No value here names a
reader. What others call:

- `gather.issue_statistics` and `gather.newsletter_statistics`: the use cases. The database adds
  up, so memory does not grow with the list.
- `figures`: the values, and what follows from them: shares, sums, the best posts, weekdays.
- `terminal.render_text`, `documents` and `report_page.render_report`: the same in each form.
  `files` saves them, and replaces nothing but earlier ones unasked.
- `view`: what a page of figures shows, with `plots` and `growth_plot` as the geometry of SVGs and
  the sentences of `notes`. The desk's pages draw the same.
"""
